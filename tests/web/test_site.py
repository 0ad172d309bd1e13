"""What belongs to the whole site: theme, maintenance, installing, previews, last resorts."""

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from accounts.models import User
from tests.api.conftest import problem

pytestmark = pytest.mark.django_db


def theme(client: Client, path: str = "/") -> str:
    found = re.search(r'data-bs-theme="(\w+)"', client.get(path).text)
    return found[1] if found else ""


# --- Theme ------------------------------------------------------------------


def test_the_device_decides_until_somebody_chooses(client: Client) -> None:
    assert theme(client) == ""


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_the_choice_is_there_before_the_page_is_painted(client: Client, chosen: str) -> None:
    response = client.post("/accounts/theme/", {"theme": chosen})
    assert response["Location"] == "/"
    assert client.cookies["theme"]["max-age"] > 30_000_000
    assert theme(client) == chosen
    client.post("/accounts/theme/", {"theme": ""})
    assert theme(client) == ""


def test_an_account_remembers_its_theme(web: Client, user: User) -> None:
    web.post("/accounts/theme/", {"theme": "dark"})
    elsewhere = Client()
    elsewhere.force_login(user)
    assert theme(elsewhere) == "dark"
    web.post("/accounts/theme/", {"theme": ""})
    assert theme(elsewhere) == ""


def test_choosing_leads_back_to_the_page(client: Client) -> None:
    def back(page: str) -> str:
        headers = {"Referer": page}
        answer = client.post("/accounts/theme/", {"theme": "dark"}, headers=headers)
        return str(answer["Location"])

    assert back("http://testserver/accounts/login/") == "http://testserver/accounts/login/"
    assert back("https://evil.example/") == "/"


@pytest.mark.parametrize("chosen", ["blue", "dark\r\nSet-Cookie: a=b", "<script>"])
def test_other_themes_are_refused(client: Client, chosen: str) -> None:
    assert client.post("/accounts/theme/", {"theme": chosen}).status_code == 400
    client.cookies["theme"] = "evil"
    assert theme(client) == ""


def test_choosing_needs_a_post(client: Client) -> None:
    assert client.get("/accounts/theme/").status_code == 405


def test_error_pages_are_the_same_in_every_theme(client: Client) -> None:
    plain = client.get("/nothing").content
    client.cookies["theme"] = "dark"
    assert client.get("/nothing").content == plain


# --- Maintenance --------------------------------------------------------------


@pytest.fixture
def maintenance() -> None:
    call_command("maintenance", "on", verbosity=0)


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "We will be back soon"), ("es", "Volvemos enseguida")]
)
def test_maintenance_is_told_in_the_readers_language(
    client: Client, maintenance: None, language: str, sentence: str
) -> None:
    response = client.get("/jobs/", headers={"Accept-Language": language, "Accept": "text/html"})
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert response["Cache-Control"] == "no-store"
    assert sentence in response.text


def test_programs_are_told_in_json(client: Client, maintenance: None) -> None:
    response = client.post("/jobs/", headers={"Accept": "application/json"})
    assert response["Content-Type"] == "application/problem+json"
    assert response["Retry-After"] == "60"
    assert response.json()["status"] == 503
    for accept in ("*/*", "text/html"):
        response = client.get("/api/v1/jobs", headers={"Accept": accept, "Accept-Language": "es"})
        assert problem(response, 503, "maintenance")["title"] == "Volvemos enseguida"
        assert response["Retry-After"] == "60"


def test_health_stays_up_and_the_site_comes_back(client: Client, maintenance: None) -> None:
    assert client.get("/health/live").status_code == 200
    call_command("maintenance", "off", verbosity=0)
    call_command("maintenance", "off", verbosity=0)
    assert client.get("/").status_code == 200


# --- Last resorts -------------------------------------------------------------


def away(_request: HttpRequest) -> HttpResponse:
    raise OperationalError("the server closed the connection")


def defect(_request: HttpRequest) -> HttpResponse:
    raise DatabaseError("no such column")


urlpatterns = [path("away", away), path("defect", defect), path("", include("project.urls"))]
handler500 = "project.views.server_error"


@pytest.mark.urls("tests.web.test_site")
def test_a_database_that_is_away_is_not_our_mistake() -> None:
    client = Client(raise_request_exception=False)
    response = client.get("/away")
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "The site is busy" in response.text
    assert client.get("/defect").status_code == 500


# --- Installing and previews ----------------------------------------------------


@pytest.mark.parametrize(("language", "name"), [("en", "Your jobs"), ("es", "Tus trabajos")])
def test_the_manifest_is_in_the_readers_language(client: Client, language: str, name: str) -> None:
    page = client.get("/", headers={"Accept-Language": language}).text
    address = f"/manifest/{language}.webmanifest"
    assert f'rel="manifest" href="{address}"' in page
    response = client.get(address)
    assert response["Content-Type"] == "application/manifest+json"
    manifest = json.loads(response.content)
    assert manifest["shortcuts"][1]["name"] == name
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        assert finders.find(icon["src"].removeprefix("/static/"))


def test_there_is_no_manifest_in_other_languages(client: Client) -> None:
    assert client.get("/manifest/xx.webmanifest").status_code == 404


def test_the_service_worker_is_served_from_the_root(client: Client) -> None:
    response = client.get("/service-worker.js")
    assert response["Content-Type"] == "text/javascript"
    assert "no-cache" in response["Cache-Control"]
    assert "/offline/" in response.text


def test_the_offline_notice_speaks_every_language_and_knows_nobody(web: Client) -> None:
    response = web.get("/offline/")
    assert "No connection" in response.text
    assert "Sin conexión" in response.text
    assert response.content == Client().get("/offline/").content


def test_links_have_a_preview(client: Client) -> None:
    page = client.get("/").text
    found = re.search(r'<meta property="og:image" content="http://testserver/static/(.+)"', page)
    assert found
    assert finders.find(found[1])


def test_previews_of_private_pages_tell_nothing(web: Client, user: User) -> None:
    page = web.get("/jobs/").text
    previews = re.findall(r'<meta (?:property|name)="(?:og|twitter):.*', page)
    assert len(previews) > 5
    assert not any(user.email in line for line in previews)
