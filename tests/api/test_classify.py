"""Services, classes, models, feedback."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from classify.models import Feedback
from tests.api.conftest import problem
from tests.factories import JobFactory
from worker.models import Job

LABELS = "/api/v1/services/classify/labels"
OUTPUT = {
    "predictions": [
        {"id": "n07920052", "index": 967, "score": 0.8743},
        {"id": "n09999999", "index": 5, "score": 0.05},
    ]
}


@pytest.fixture
def job(user: User, classes: None) -> Job:
    return JobFactory.create(
        user=user,
        service="classify",
        model="fine",
        finished="succeeded",
        output=OUTPUT,
        label="n07920052",
        score=0.8743,
    )


def test_services(client: Client, models: list[Any]) -> None:
    results = client.get("/api/v1/services").json()["results"]
    classify = next(service for service in results if service["id"] == "classify")
    assert [model["name"] for model in classify["models"]] == ["fine", "fast"]
    properties = classify["parameters"]["properties"]
    assert properties["top_k"]["minimum"] == 1
    assert properties["top_k"]["maximum"] == 100
    assert properties["top_k"]["default"] == 5
    assert properties["min_score"]["type"] == "number"
    assert properties["model"]["enum"] == ["fine", "fast"]
    assert properties["lane"]["enum"] == ["interactive", "bulk"]
    assert properties["lang"]["enum"] == ["en", "es"]
    assert client.get(classify["urls"]["self"]).json() == classify
    assert "explain" not in {service["id"] for service in results}
    problem(client.get("/api/v1/services/explain"), 404, "not_found")
    spanish = client.get("/api/v1/services/classify", headers={"Accept-Language": "es"})
    assert spanish.json()["name"] != classify["name"]


def test_names_are_in_the_language_asked_for(api: Client, job: Job) -> None:
    def first(query: str = "", **headers: str) -> dict[str, Any]:
        answer = api.get(f"/api/v1/jobs/{job.id}{query}", headers=headers)
        prediction: dict[str, Any] = answer.json()["output"]["predictions"][0]
        return prediction

    assert first() == {
        "id": "n07920052",
        "index": 967,
        "name": "espresso",
        "score": 0.8743,
        "parents": [{"id": "drink", "name": "drink"}],
    }
    assert first("?lang=es")["name"] == "café expreso"
    assert first(**{"Accept-Language": "es"})["parents"] == [{"id": "drink", "name": "bebida"}]
    Job.objects.filter(id=job.id).update(parameters={"lang": "es"})
    assert first(**{"Accept-Language": "en"})["name"] == "café expreso"
    assert first("?lang=en")["name"] == "espresso"


def test_a_class_that_is_not_known_any_more(api: Client, job: Job) -> None:
    last = api.get(f"/api/v1/jobs/{job.id}").json()["output"]["predictions"][1]
    assert (last["name"], last["parents"]) == ("n09999999", [])


def test_labels_are_listed_and_searched(client: Client, classes: None) -> None:
    first = client.get(f"{LABELS}?limit=1").json()
    assert [label["id"] for label in first["results"]] == ["n07920052"]
    second = client.get(first["next"]).json()
    assert [label["id"] for label in second["results"]] == ["n07930864"]
    assert second["next"] is None
    assert client.get(second["previous"]).json()["results"] == first["results"]

    for query in ("taza", "TEACUP", "teac"):
        found = client.get(LABELS, {"q": query, "lang": "es"}).json()["results"]
        assert [label["name"] for label in found] == ["taza de té"]
    assert len(client.get(LABELS, {"q": "bebida"}).json()["results"]) == 2
    assert client.get(LABELS, {"q": "nothing"}).json()["results"] == []


@pytest.mark.parametrize("query", ["limit=0", "q=" + "x" * 101, "lang=fr"])
def test_bad_queries(client: Client, db: None, query: str) -> None:
    problem(client.get(f"{LABELS}?{query}"), 400, "invalid")


def test_one_label(client: Client, classes: None) -> None:
    body = client.get(f"{LABELS}/n07930864?lang=es").json()
    assert body["name"] == "taza de té"
    assert body["parents"] == [{"id": "drink", "name": "bebida"}]
    problem(client.get(f"{LABELS}/n1"), 404, "not_found")


def test_labels_take_few_queries(
    client: Client, classes: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(2, connection=connection):
        client.get(LABELS)


def test_models(client: Client, models: list[Any]) -> None:
    results = client.get("/api/v1/services/classify/models").json()["results"]
    assert [model["name"] for model in results] == ["fine", "fast"]
    assert client.get("/v2/models/fine/ready").json() == {"name": "fine", "ready": True}
    problem(client.get("/v2/models/old/ready"), 404, "not_found")


def test_probes(client: Client, db: None) -> None:
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}


def put(client: Client, job: Job, body: Any) -> Any:
    url = f"/api/v1/jobs/{job.id}/feedback"
    return client.put(url, json.dumps(body), content_type="application/json")


def test_feedback(api: Client, job: Job) -> None:
    assert put(api, job, {"correct": True}).json() == {"correct": True, "label": None}
    answer = put(api, job, {"label": "n07930864"})
    assert answer.json() == {"correct": False, "label": "n07930864"}
    assert Feedback.objects.get().label_id == "n07930864"
    assert api.delete(f"/api/v1/jobs/{job.id}/feedback").status_code == 204
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#"),
        ({"correct": "perhaps"}, "#/correct"),
        ({"correct": True, "label": "n07930864"}, "#"),
        ({"label": "n1"}, "#/label"),
        ({"label": None}, "#/label"),
    ],
)
def test_bad_feedback(api: Client, job: Job, body: Any, pointer: str) -> None:
    assert problem(put(api, job, body), 400, "invalid")["errors"][0]["pointer"] == pointer


def test_feedback_needs_a_result(api: Client, other: Client, user: User, job: Job) -> None:
    queued = JobFactory.create(user=user, service="classify")
    problem(put(api, queued, {"correct": True}), 409, "conflict")
    problem(put(other, job, {"correct": True}), 404, "not_found")
