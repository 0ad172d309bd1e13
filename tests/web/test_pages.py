"""What holds for every page: own addresses only, nothing inline, labels, error pages."""

import gzip
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation
from django.views import defaults
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.factories import BatchFactory, JobFactory
from worker.models import Job

pytestmark = pytest.mark.django_db

VISITOR_PAGES = [
    "/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/confirm-email/",
    "/accounts/inactive/",
    "/offline/",
    "/nothing-here",
]
USER_PAGES = [
    "/",
    "/jobs/",
    "/accounts/logout/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/tokens/",
    "/accounts/webhooks/",
]


class Page(HTMLParser):
    """Collects what must not be there, and what must."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.fields: list[str] = []
        self.labels: set[str] = set()
        self.ids: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        addresses = ("href", "src", "action", "hx-get", "content")
        self.addresses += [values[name] for name in addresses if name in values]
        self.inline += [name for name in values if name == "style" or name.startswith("on")]
        if "id" in values:
            self.ids.append(values["id"])
        is_code = tag == "script" and values.get("type") != "application/json"
        if tag == "style" or (is_code and "src" not in values):
            self.inline.append(tag)
        if tag == "label":
            self.labels.add(values.get("for", ""))
        shown = values.get("type") != "hidden" and "hidden" not in values
        if tag in {"input", "select", "textarea"} and shown:
            self.fields.append(values.get("id", "?"))


def check(text: str) -> None:
    page = Page(text)
    ours = re.compile(r"(?i)http://testserver/")
    outside = [
        url for url in page.addresses if re.match(r"(?i)\w+:|//", url) and not ours.match(url)
    ]
    assert not outside
    assert not page.inline
    assert set(page.fields) <= page.labels
    assert len(page.ids) == len(set(page.ids))
    assert "<title>" in text
    assert text.count("<h1") == 1
    assert '<html lang="' in text


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("path", VISITOR_PAGES)
def test_pages_for_visitors(client: Client, path: str, language: str) -> None:
    response = client.get(path, headers={"Accept-Language": language})
    assert response.status_code in {200, 404}
    assert f'<html lang="{language}"' in response.text
    check(response.text)


@pytest.mark.parametrize("path", USER_PAGES)
def test_pages_for_users(web: Client, path: str) -> None:
    check(web.get(path).text)


def test_pages_about_jobs(web: Client, user: User, succeeded: Callable[..., Job]) -> None:
    batch = BatchFactory.create(user=user)
    jobs = [
        succeeded(batch=batch),
        JobFactory.create(user=user, service="classify", batch=batch),
        JobFactory.create(user=user, service="classify", finished="failed"),
    ]
    check(web.get("/jobs/").text)
    check(web.get(f"/batches/{batch.id}/").text)
    for job in jobs:
        check(web.get(f"/jobs/{job.id}/").text)
        check(web.get(f"/jobs/{job.id}/delete").text)


def test_the_policy_allows_nothing_inline(client: Client) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_what_a_page_loads_exists_and_is_small(web: Client, user: User) -> None:
    job = JobFactory.create(user=user, service="classify")
    for path in ("/", f"/jobs/{job.id}/"):
        names = set(re.findall(r'(?:src|href)="/static/([^"#]+)', web.get(path).text))
        assert names
        files = [Path(finders.find(name) or "missing") for name in names]
        assert all(file.exists() for file in files), names
        loaded = [file for file in files if file.suffix in {".js", ".css"}]
        assert sum(len(gzip.compress(file.read_bytes())) for file in loaded) < 150_000


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "Something went wrong on our side"), ("es", "Algo ha fallado por nuestra parte")],
)
def test_the_page_of_a_defect_needs_no_database(
    language: str, sentence: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    request = RequestFactory().get("/")
    with translation.override(language), django_assert_num_queries(0):
        text = defaults.server_error(request).content.decode()
    check(text)
    assert sentence in text


@pytest.mark.parametrize(
    "name", ["400", "403", "404", "429", "503", "errors/maintenance", "errors/no_mail"]
)
def test_error_pages(name: str) -> None:
    check(render_to_string(f"{name}.html"))


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_a_form_out_of_date_is_explained(user: User, language: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    response = browser.post("/accounts/login/", headers={"Accept-Language": language})
    assert response.status_code == 403
    check(response.text)
    sentence = {"en": "The form is out of date", "es": "El formulario ha caducado"}[language]
    assert sentence in response.text


def test_probes_answer(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.get("/health/ready").json() == {"status": "ok"}
    assert client.post("/health/live").status_code == 405


def test_the_admin_is_there(client: Client) -> None:
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/login/")["Location"] == "/accounts/login/?next=%2Fadmin%2Flogin%2F"
