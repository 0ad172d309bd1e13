"""Metrics: who may read them, that they are right under several processes, and quick."""

import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from accounts.tokens import token_create
from project.metrics import REGISTRY, ROOM, _make_room, exposition
from tests.api import conftest as api
from tests.api.conftest import Server
from tests.conftest import REPOSITORY, picture, wait_until
from tests.factories import JobFactory, UserFactory
from worker import gauges
from worker.models import Job, ServiceState, Status, WorkerState
from worker.sweep import sweeper_seen

serve = api.serve

TOKEN = "only-for-prometheus"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(text: str) -> Samples:
    """Return the value of each sample by its name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(samples: Samples, name: str, **labels: str) -> float:
    """Return the sum of the samples that have these labels, among others."""
    wanted = labels.items()
    return sum(value for (known, has), value in samples.items() if known == name and wanted <= has)


# --- Who may read them ------------------------------------------------------------


@pytest.fixture
def token(settings: Settings) -> str:
    settings.METRICS_TOKEN = TOKEN
    return TOKEN


@pytest.mark.django_db
def test_the_token_opens_them(client: Client, token: str) -> None:
    answer = client.get("/metrics", headers=HEADERS)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert "no-cache" in answer["Cache-Control"]
    assert total(parsed(answer.text), "vitrina_database_up") == 1
    assert token not in answer.text
    assert client.post("/metrics", headers=HEADERS).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "Bearer", "Bearer x", f"bearer {TOKEN}", f"Bearer {TOKEN}é"])
def test_without_it_they_are_shut(client: Client, token: str, given: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": given})
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert client.get(f"/metrics?token={TOKEN}").status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["Bearer ", "Bearer None", ""])
def test_no_token_opens_nothing(client: Client, given: str) -> None:
    assert client.get("/metrics", headers={"Authorization": given}).status_code == 401


@pytest.mark.django_db
def test_a_token_of_the_api_opens_nothing(client: Client) -> None:
    _, secret = token_create(user=UserFactory.create(is_superuser=True, is_staff=True), name="x")
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "authorization", "status"),
    [
        ("/health/live", "", 200),
        ("/health/ready", "", 200),
        ("/metrics", "Bearer {token}", 200),
        ("/metrics", "Bearer another", 401),
        ("/metrics", "", 400),
        ("/", "", 400),
        ("/health/other", "", 400),
        ("/metrics/", "Bearer {token}", 400),
    ],
)
def test_who_watches_knows_a_process_by_its_address(
    token: str, settings: Settings, path: str, authorization: str, status: int
) -> None:
    """Nothing else is answered under a name that is not the site's, or without TLS."""
    settings.ALLOWED_HOSTS = ["vitrina.example"]
    settings.SECURE_SSL_REDIRECT = True
    headers = {"Authorization": authorization.format(token=token)} if authorization else {}

    answer = Client(headers=headers).get(path, headers={"Host": "172.26.0.5:8000"})

    assert answer.status_code == status


@pytest.mark.django_db
def test_operators_may_read_them(client: Client) -> None:
    user: User = UserFactory.create(is_staff=True)
    client.force_login(user)
    assert client.get("/metrics").status_code == 404
    user.user_permissions.set(Permission.objects.filter(codename="view_job"))
    assert client.get("/metrics").status_code == 200


@pytest.mark.django_db
def test_they_stay_open_in_maintenance(
    client: Client, token: str, settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    call_command("maintenance", "on")
    assert client.get("/metrics", headers=HEADERS).status_code == 200
    assert client.get("/jobs/").status_code == 503


# --- What the database knows ------------------------------------------------------


def site() -> Samples:
    return parsed(exposition(site=True).decode())


@pytest.mark.django_db
def test_the_queue_workers_and_the_sweeper(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    now = timezone.now()
    long_ago = now - timedelta(minutes=5)
    waiting = [JobFactory.create(lane="bulk") for _ in range(3)]
    Job.objects.filter(id=waiting[1].id).update(created_at=long_ago)
    JobFactory.create(status=Status.RUNNING, lease_expires_at=long_ago)
    JobFactory.create(finished="succeeded")
    ServiceState.objects.create(service="null", paused=True)
    facts = {"started_at": long_ago, "version": "0.1.0", "model_names": "a, b"}
    WorkerState.objects.create(name="h:1", seen_at=now, memory_bytes=1000, **facts)
    WorkerState.objects.create(name="h:2", seen_at=long_ago, memory_bytes=1, **facts)
    sweeper_seen()
    WorkerState.objects.filter(name__startswith="sweeper").update(
        seen_at=now - timedelta(seconds=30)
    )

    with django_assert_max_num_queries(6):
        found = site()

    line = {"service": "null", "lane": "bulk"}
    assert total(found, "vitrina_jobs_waiting", **line) == 3
    assert 300 <= total(found, "vitrina_oldest_waiting_job_seconds", **line) < 320
    other = {"service": "null", "lane": "interactive"}
    assert total(found, "vitrina_jobs_waiting", **other) == 0
    assert total(found, "vitrina_oldest_waiting_job_seconds", **other) == 0
    assert total(found, "vitrina_jobs_running", **other) == 1
    assert total(found, "vitrina_leases_expired") == 1
    assert total(found, "vitrina_service_paused", service="null") == 1
    assert total(found, "vitrina_service_draining", service="null") == 0
    assert total(found, "vitrina_workers_alive") == 1
    assert total(found, "vitrina_worker_memory_bytes", worker="h:1") == 1000
    assert total(found, "vitrina_worker_info", worker="h:1", version="0.1.0", models="a, b") == 1
    assert 30 <= total(found, "vitrina_sweeper_lag_seconds") < 50
    assert total(found, "vitrina_web_memory_bytes") > 0


@pytest.mark.django_db
def test_no_figure_looks_at_ended_jobs() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has the same plan for few rows and for many")
    with CaptureQueriesContext(connection) as asked:
        list(gauges.collect())
    about_jobs = [query["sql"] for query in asked if "worker_job" in query["sql"]]
    assert len(about_jobs) == 2
    for sql in about_jobs:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = " ".join(row[3] for row in cursor.fetchall())
        assert re.search(r"USING (COVERING )?INDEX job_(unfinished|leased)", plan), plan


@pytest.mark.django_db
def test_a_sweeper_that_never_was_has_no_lag() -> None:
    assert not [name for name, _ in site() if name == "vitrina_sweeper_lag_seconds"]


@pytest.mark.django_db
def test_without_the_database_it_says_so() -> None:
    def gone(*_: object) -> None:
        raise DatabaseError

    with connection.execute_wrapper(gone):
        found = site()
    assert total(found, "vitrina_database_up") == 0
    assert total(found, "vitrina_web_memory_bytes") > 0
    assert not [name for name, _ in found if name == "vitrina_jobs_waiting"]


# --- What processes count ---------------------------------------------------------


def metrics_of(server: Server) -> Samples:
    answer = httpx.get(f"{server.url}/metrics", headers=HEADERS)
    assert answer.status_code == 200
    return parsed(answer.text)


LISTED = {"route": "api_jobs", "method": "GET"}


def ask(server: Server, secret: str, times: int) -> None:
    """Ask on a connection of its own each time, so that each process answers some of it."""
    for _ in range(times):
        with server.client(secret, timeout=60) as client:
            assert client.get("/api/v1/jobs").status_code == 200


def hand_in(server: Server, secret: str) -> None:
    """Hand in twelve pictures one by one, and seven together."""
    with server.client(secret, timeout=60) as client:
        for _ in range(12):
            made = client.post("/api/v1/services/null/jobs", files={"image": ("a.jpg", picture())})
            assert made.status_code == 202
        batch = [("images", (f"{number}.jpg", picture())) for number in range(7)]
        made = client.post("/api/v1/batches", data={"service": "null"}, files=batch)
        assert made.status_code == 202
        client.get("/nothing/here")


def lint(text: str) -> None:
    """Have Prometheus' own program look at the metrics, where it is installed."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool (Debian: prometheus) is not installed: the metrics are not linted")
    linted = subprocess.run(
        [program, "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (linted.returncode, linted.stdout + linted.stderr) == (0, "")


@pytest.mark.processes
@pytest.mark.timeout(150)
def test_several_processes_add_up_and_lose_nothing(
    serve: Callable[..., Server], start: Callable[..., Any], tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    extra = {"METRICS_DIR": str(tmp_path), "METRICS_TOKEN": TOKEN}
    server = serve(processes=3, **extra)
    start("work", "--processes=2", METRICS_PORT=port, **extra)
    start("sweeper", METRICS_PORT=port, **extra)
    _, secret = token_create(user=UserFactory.create(), name="x")
    ask(server, secret, 60)
    hand_in(server, secret)
    wait_until(lambda: total(metrics_of(server), "vitrina_jobs_ended_total") == 19, seconds=60)

    found = metrics_of(server)
    null = {"service": "null"}
    assert total(found, "vitrina_http_requests_total", status="200", **LISTED) == 60
    duration = "vitrina_http_request_duration_seconds"
    assert total(found, f"{duration}_count", **LISTED) == 60
    assert total(found, f"{duration}_bucket", le="+Inf", **LISTED) == 60
    assert 0 < total(found, f"{duration}_sum", **LISTED) < 60
    assert total(found, "vitrina_http_requests_total", route="none", status="404") == 1
    assert total(found, "vitrina_jobs_submitted_total", **null) == 19
    assert total(found, "vitrina_batch_jobs_sum", **null) == 7
    assert total(found, "vitrina_jobs_ended_total", status="succeeded", code="", **null) == 19
    assert total(found, "vitrina_job_wait_seconds_count", **null) == 19
    names = {path.name.partition("_")[2] for path in tmp_path.glob("*.db")}
    webs = {"web-0.db", "web-1.db", "web-2.db"}
    assert names == webs | {"worker-0.db", "worker-1.db", "sweeper-0.db"}

    # The same, but for what the database knows, from a host that has no web.
    elsewhere = f"http://127.0.0.1:{port}/metrics"
    assert httpx.get(elsewhere).status_code == 401
    assert httpx.get(f"{elsewhere}x", headers=HEADERS).status_code == 404
    counted = parsed(httpx.get(elsewhere, headers=HEADERS).text)
    assert total(counted, "vitrina_jobs_ended_total") == 19
    assert "vitrina_jobs_waiting" not in {name for name, _ in counted}

    # A process that is killed takes nothing with it, and its successor goes on with its file.
    psutil.Process(server.process.pid).children()[0].kill()
    wait_until(lambda: len(psutil.Process(server.process.pid).children()) == 3)
    ask(server, secret, 20)
    after = metrics_of(server)
    assert total(after, "vitrina_http_requests_total", status="200", **LISTED) == 80
    assert {path.name.partition("_")[2] for path in tmp_path.glob("*.db")} == names
    lint(httpx.get(f"{server.url}/metrics", headers=HEADERS).text)


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "counter_web-0.db"
    for content in (b"", b"\xff\xff\xff\x7f" * 99, b"\x40\0\0\0\0\0\0\0\xff\xff\0\0xx"):
        path.write_bytes(content)
        _make_room(path)
        assert path.read_bytes() == bytes(ROOM)


# --- The docs ---------------------------------------------------------------------


@pytest.mark.django_db
def test_the_docs_list_every_metric_with_its_labels() -> None:
    sweeper_seen()
    known = {}
    for metric in [*REGISTRY.collect(), *gauges.collect()]:
        suffix = "_total" if metric.type == "counter" else ""
        known[metric.name + suffix] = metric.type
    known["vitrina_web_memory_bytes"] = "gauge"
    table = (REPOSITORY / "docs" / "metrics.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", table, re.MULTILINE)
    assert dict(rows) == known
