"""Two hosts with a web process each: whoever is sent from one to the other does not notice.

They share database, queue and pictures; each has a ``DATA_DIR`` of its own.
"""

import io
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from pytest_django import Settings

from accounts.models import User
from accounts.tokens import token_create
from tests.api.conftest import Server
from tests.conftest import Broker, picture, wait_until
from tests.factories import PASSWORD, UserFactory
from tests.hosts.conftest import StartOn
from worker.models import IdempotencyKey, Job, Status, Usage

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(90)]

SIGNED_IN = "/accounts/logout/"
LOCKED = "Too many failed login attempts."


class Hosts(NamedTuple):
    one: Server
    two: Server


@pytest.fixture
def hosts(broker: Broker, transactional_db: None, tmp_path: Path) -> Iterator[Hosts]:
    def start(name: str) -> Server:
        directory = tmp_path / name
        directory.mkdir()
        return Server(
            broker.url,
            1,
            DJANGO_SETTINGS_MODULE="tests.hosts.settings",
            DATA_DIR=str(directory),
            METRICS_DIR=str(directory / "metrics"),
            METRICS_TOKEN="of-both",
        )

    both = Hosts(start("one"), start("two"))
    for server in both:
        wait_until(server.answers, seconds=60)
    yield both
    for server in both:
        server.process.terminate()
    for server in both:
        server.process.wait(60)


@pytest.fixture
def user(transactional_db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def secret(user: User) -> str:
    return token_create(user=user, name="test")[1]


def sign_in(person: httpx.Client, server: Server, user: User, password: str) -> httpx.Response:
    """Sign in at one host, with the form that its page has."""
    page = person.get(f"{server.url}/accounts/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token, page.text
    form = {"login": user.email, "password": password, "csrfmiddlewaretoken": token[1]}
    return person.post(f"{server.url}/accounts/login/", data=form)


def create(client: httpx.Client, server: Server, key: str = "") -> httpx.Response:
    return client.post(
        f"{server.url}/api/v1/services/null/jobs",
        files={"image": ("a.jpg", io.BytesIO(picture()), "image/jpeg")},
        headers={"Idempotency-Key": key} if key else {},
    )


def test_who_signs_in_at_one_goes_on_at_the_other(hosts: Hosts, user: User) -> None:
    with httpx.Client(follow_redirects=True) as person:
        assert sign_in(person, hosts.one, user, PASSWORD).status_code == 200
        page = person.get(f"{hosts.two.url}/jobs/")
        assert page.url.path == "/jobs/"
        assert user.email in page.text

        # A form of the one is taken by the other, and who signs out there is out here.
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token
        person.post(f"{hosts.one.url}{SIGNED_IN}", data={"csrfmiddlewaretoken": token[1]})
        assert person.get(f"{hosts.two.url}/jobs/").url.path == "/accounts/login/"


def test_wrong_passwords_are_counted_wherever_they_are_tried(hosts: Hosts, user: User) -> None:
    with httpx.Client(follow_redirects=True) as stranger:
        servers = [*hosts, *hosts, *hosts]
        answers = [sign_in(stranger, server, user, "wrong").text for server in servers]

    assert [LOCKED in answer for answer in answers] == [False] * 5 + [True]


def test_requests_are_counted_wherever_they_are_sent(hosts: Hosts, secret: str) -> None:
    with httpx.Client(headers={"Authorization": f"Bearer {secret}"}) as program:
        left = []
        for server in [*hosts, *hosts]:
            answer = program.get(f"{server.url}/api/v1/me")
            found = re.search(r"r=(\d+)", answer.headers["RateLimit"])
            assert found
            left.append(int(found[1]))

    assert left == list(range(left[0], left[0] - 4, -1))


def test_a_create_that_is_sent_to_both_makes_one_job(hosts: Hosts, user: User, secret: str) -> None:
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(headers=headers, timeout=30) as program, ThreadPoolExecutor(8) as pool:
        servers = [*hosts] * 8
        answers = list(pool.map(lambda server: create(program, server, "once"), servers))
        final = [create(program, server, "once").json()["id"] for server in hosts]

    job = Job.objects.get()
    assert {answer.status_code for answer in answers} <= {202, 409}
    made = {answer.json()["id"] for answer in answers if answer.status_code == 202}
    assert {*made, *final} == {str(job.id)}
    assert IdempotencyKey.objects.count() == 1
    assert Usage.objects.get(user=user).jobs == 1


def test_events_come_from_either_and_pictures_too(
    hosts: Hosts, broker: Broker, secret: str, start_on: StartOn, tmp_path: Path
) -> None:
    """A third host runs the job: it has a folder of its own too, which is empty."""
    own = {"DATA_DIR": str(tmp_path / "three"), "METRICS_DIR": str(tmp_path / "three" / "metrics")}
    with httpx.Client(headers={"Authorization": f"Bearer {secret}"}, timeout=30) as program:
        job_id = create(program, hosts.one).json()["id"]
        path = f"/api/v1/jobs/{job_id}"
        with ThreadPoolExecutor(2) as pool:
            streams = [pool.submit(program.get, f"{server.url}{path}/events") for server in hosts]
            start_on(broker.url, "work", "--processes=1", **own)
            texts = [stream.result().text for stream in streams]
        jobs = [program.get(f"{server.url}{path}").json() for server in hosts]
        Job.objects.get().display.save("x.jpg", ContentFile(picture()))  # the service has none
        pictures = [program.get(f"{server.url}{path}/image") for server in hosts]

    for text in texts:
        assert re.findall(r"^event: (\w+)", text, re.MULTILINE)[-1] == Status.SUCCEEDED
        last = json.loads(re.findall(r"^data: (.+)", text, re.MULTILINE)[-1])
        assert last["id"] == job_id
    assert jobs[0]["output"] == jobs[1]["output"]
    assert [shown.content for shown in pictures] == [picture()] * 2


def test_maintenance_closes_both_and_opens_both(hosts: Hosts, settings: Settings) -> None:
    settings.MAINTENANCE_SHARED = True

    def statuses() -> list[int]:
        return [httpx.get(f"{server.url}/accounts/login/").status_code for server in hosts]

    assert statuses() == [200, 200]
    call_command("maintenance", "on", verbosity=0)
    wait_until(lambda: statuses() == [503, 503], seconds=10)
    assert [server.answers() for server in hosts] == [True, True]

    call_command("maintenance", "off", verbosity=0)
    wait_until(lambda: statuses() == [200, 200], seconds=10)


def test_each_host_counts_its_own_and_both_know_the_site(hosts: Hosts, secret: str) -> None:
    with httpx.Client(headers={"Authorization": f"Bearer {secret}"}) as program:
        create(program, hosts.one)
    opens = {"Authorization": "Bearer of-both"}
    one, two = (httpx.get(f"{server.url}/metrics", headers=opens).text for server in hosts)

    submitted = 'vitrina_jobs_submitted_total{lane="interactive",service="null"} 1.0'
    assert submitted in one
    assert submitted not in two
    waiting = re.compile(r"^vitrina_jobs_waiting\{.*\} 1\.0$", re.MULTILINE)
    assert waiting.search(one)
    assert waiting.search(two)
