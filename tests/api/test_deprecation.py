"""What is to go is announced by one line in its view."""

from datetime import date

import pytest
from django.test import Client

from project.api.views import ApiView
from worker.api.services import ServicesView


def test_what_is_to_go_says_so(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServicesView, "deprecated", (date(2026, 1, 1), date(2027, 1, 1)))
    answer = client.get("/api/v1/services")
    assert answer.status_code == 200
    assert answer["Deprecation"] == "@1767225600"
    assert answer["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    paths = client.get("/api/v1/schema").json()["paths"]
    marked = [
        path
        for path, operations in paths.items()
        if any(operation.get("deprecated") for operation in operations.values())
    ]
    assert marked == ["/api/v1/services"]


def test_nothing_goes_sooner_than_a_year_after_that_is_announced() -> None:
    with pytest.raises(TypeError, match="a year"):

        class TooSoon(ApiView):
            deprecated = (date(2026, 1, 1), date(2026, 12, 31))


def test_nothing_else_is(client: Client, db: None) -> None:
    answer = client.get("/api/v1/services")
    assert not {"Deprecation", "Sunset"} & set(answer.headers)
