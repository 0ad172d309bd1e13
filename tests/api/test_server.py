"""The web processes themselves: many who wait, and others who do not notice."""

import contextlib
import io
import json
import signal
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from django.db import connection

from accounts.models import User
from accounts.tokens import token_create
from tests.api.conftest import Server
from tests.chaos.slow import is_nameless
from tests.conftest import picture, wait_until
from tests.factories import UserFactory
from worker.models import IdempotencyKey, Job, Status

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]

WAITING = 200


@pytest.fixture
def user(transactional_db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def secret(user: User) -> str:
    return token_create(user=user, name="test")[1]


def create(client: httpx.Client, wait: int = 0, key: str = "") -> httpx.Response:
    headers = {"Prefer": f"wait={wait}"} if wait else {}
    if key:
        headers["Idempotency-Key"] = key
    return client.post(
        "/api/v1/services/null/jobs",
        files={"image": ("a.jpg", io.BytesIO(picture()), "image/jpeg")},
        headers=headers,
    )


def finish_all() -> int:
    return Job.objects.filter(status=Status.QUEUED).update(
        status=Status.CANCELED, finished_at="2026-01-01T00:00:00Z"
    )


def test_two_hundred_wait_and_others_do_not_notice(
    serve: Callable[..., Server], secret: str
) -> None:
    server = serve()
    limits = httpx.Limits(max_connections=WAITING)
    with (
        server.client(secret, timeout=60, limits=limits) as waiting,
        server.client(secret, timeout=10) as other,
        ThreadPoolExecutor(WAITING) as pool,
    ):
        answers = [pool.submit(create, waiting, 40) for _ in range(WAITING)]
        wait_until(lambda: Job.objects.count() == WAITING, seconds=40)
        job = Job.objects.first()
        assert job is not None

        times = []
        for _ in range(40):
            start = time.perf_counter()
            assert other.get(f"/api/v1/jobs/{job.id}").status_code == 200
            times.append(time.perf_counter() - start)
        assert not any(answer.done() for answer in answers)
        assert finish_all() == WAITING
        assert {answer.result().status_code for answer in answers} == {201}

    print(f"{WAITING} wait; a poll takes {statistics.median(times) * 1000:.1f} ms")
    assert statistics.median(times) < 0.1
    assert sorted(times)[-2] < 0.5


def test_a_slow_sender_is_nobody_elses_problem(serve: Callable[..., Server], secret: str) -> None:
    server = serve(processes=1)
    sockets = []
    for _ in range(60):
        slow = socket.create_connection(("127.0.0.1", server.port))
        slow.sendall(
            b"POST /api/v1/services/null/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Authorization: Bearer " + secret.encode() + b"\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000\r\n\r\n--x\r\n"
        )
        sockets.append(slow)
    with server.client(secret, timeout=5) as other:
        for _ in range(10):
            assert other.get("/api/v1/jobs").status_code == 200
    for slow in sockets:
        slow.close()


def multipart(content: Iterator[bytes]) -> Iterator[bytes]:
    yield b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
    yield from content
    yield b"\r\n--x--\r\n"


def test_a_body_of_unknown_length_is_read_but_not_endlessly(
    serve: Callable[..., Server], secret: str
) -> None:
    server = serve(processes=1)
    process = psutil.Process(server.process.pid).children()[0]
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    url = "/api/v1/services/null/jobs"
    with server.client(secret, timeout=60) as client:
        made = client.post(url, content=multipart(iter([picture()])), headers=headers)
        assert made.status_code == 202
        assert made.json()["image"]["format"] == "JPEG"
        body = iter([b'{"image_url": ', b'"https://127.0.0.1/x.jpg"}'])
        refused = client.post(url, content=body, headers={"Content-Type": "application/json"})
        assert refused.json()["code"] == "url_refused"

        before = process.memory_info().rss
        sent = 0

        def gigabyte() -> Iterator[bytes]:
            nonlocal sent
            while sent < 2**30:
                sent += 2**20
                yield bytes(2**20)

        # The answer comes while it is still being sent, and the connection may be closed.
        with contextlib.suppress(httpx.WriteError, httpx.ReadError):
            answer = client.post(url, content=multipart(gigabyte()), headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert process.memory_info().rss - before < 40 * 2**20
    assert Job.objects.count() == 1


@pytest.mark.parametrize("chunked", [False, True])
def test_a_refused_body_does_not_cost_the_connection(
    serve: Callable[..., Server], secret: str, chunked: bool
) -> None:
    server = serve(processes=1)
    body = b"x" * 2**20
    with server.client(timeout=20) as client:
        for _ in range(3):
            refused = client.post("/api/v1/batches", content=iter([body]) if chunked else body)
            assert refused.status_code == 401
            assert client.get("/health/live").status_code == 200


PART = (
    b'--x\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\n'
    + picture()
    + b"\r\n"
)


@pytest.mark.parametrize(
    "broken",
    [
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\nzz\r\n" % (len(PART), PART),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(PART), PART),
        b"Content-Length: %d\r\n\r\n%b" % (2 * len(PART) + 7, PART + PART[:-50]),
        b"Content-Length: %d\r\n\r\n%b" % (2 * len(PART) + 7, PART),
    ],
    ids=["a chunk that is none", "a chunk is missing", "in a picture", "between pictures"],
)
def test_what_breaks_off_is_no_batch(
    serve: Callable[..., Server], secret: str, broken: bytes
) -> None:
    server = serve(processes=1)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.sendall(
            b"POST /api/v1/batches HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Authorization: Bearer " + secret.encode() + b"\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n" + broken
        )
        raw.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"malformed"' in answer
    assert not Job.objects.exists()


def nameless_files(server: Server) -> int:
    """Return how many files without a name the server's processes hold open."""
    links = [
        link
        for process in psutil.Process(server.process.pid).children()
        for link in Path(f"/proc/{process.pid}/fd").iterdir()
    ]
    return sum(is_nameless(link) for link in links)


def test_what_breaks_off_leaves_no_file(serve: Callable[..., Server], secret: str) -> None:
    server = serve(processes=1)
    before = nameless_files(server)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.sendall(
            b"POST /api/v1/services/null/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Authorization: Bearer " + secret.encode() + b"\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n"
            b"Content-Length: 9000000\r\n\r\n" + PART.rstrip() + 400_000 * b"x"
        )
        wait_until(lambda: nameless_files(server) > before)
        raw.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    wait_until(lambda: nameless_files(server) == before)


def test_the_head_of_what_does_not_end_ends(serve: Callable[..., Server], secret: str) -> None:
    server = serve(processes=1)
    with server.client(secret, timeout=10) as client:
        job = create(client).json()
        assert client.head(job["urls"]["events"]).status_code == 200
        listed = client.head("/api/v1/jobs")
        assert listed.headers["Content-Length"] != "0"
        assert listed.content == b""


@pytest.mark.parametrize("length", [6_000, 10_000])
def test_an_endless_id_is_none(serve: Callable[..., Server], secret: str, length: int) -> None:
    server = serve(processes=1)
    with server.client(secret, timeout=10) as client:
        answer = client.get(f"/api/v1/jobs/{'1' * length}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert set(answer.json()) == set(client.get("/api/v1/jobs/1").json())
        assert client.get("/api/v1/jobs").status_code == 200


def test_fifty_creates_with_one_key_make_one_job(serve: Callable[..., Server], secret: str) -> None:
    server = serve()
    with server.client(secret, timeout=60) as client, ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: create(client, key='"8e03978e-40d5"'), range(50)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert Job.objects.count() == IdempotencyKey.objects.count() == 1
    storage = Job.objects.get().input.storage
    assert len(storage.listdir(f"jobs/{Job.objects.get().id.hex[-2:]}")[0]) >= 1


def test_those_who_wait_are_let_go_when_the_server_stops(
    serve: Callable[..., Server], secret: str
) -> None:
    server = serve(processes=1)
    with server.client(secret, timeout=60) as client, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(create, client, 60)
        wait_until(Job.objects.exists)
        time_stopped = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert answer.result().status_code == 202
        server.process.wait(30)
    assert time.monotonic() - time_stopped < 10


def test_events_come_as_they_happen(serve: Callable[..., Server], start: Any, secret: str) -> None:
    server = serve(processes=1)
    with server.client(secret, timeout=30) as client:
        job = create(client).json()
        start("work", "--processes=1")
        with client.stream("GET", job["urls"]["events"]) as stream:
            assert stream.headers["Content-Type"] == "text/event-stream"
            text = "".join(stream.iter_text())
        events = [block.split("\n") for block in text.split("\n\n") if block.startswith("event")]
        assert [lines[0] for lines in events][-1] == "event: succeeded"
        assert {lines[0] for lines in events} <= {
            "event: queued",
            "event: running",
            "event: succeeded",
        }
        data = json.loads(events[-1][2].removeprefix("data: "))
        assert data["output"]["answer"] == 42

        last = {"Last-Event-ID": events[-1][1].removeprefix("id: ")}
        assert client.get(job["urls"]["events"], headers=last).status_code == 204
        again = client.get(job["urls"]["events"], headers={"Last-Event-ID": "0-queued"})
        assert again.text.count("event: ") == 1


def test_waiting_ends_with_the_job(serve: Callable[..., Server], start: Any, secret: str) -> None:
    server = serve(processes=1)
    start("work", "--processes=1")
    with server.client(secret, timeout=60) as client:
        first = create(client, 40)
        assert first.status_code == 201, first.text
        assert first.headers["Preference-Applied"] == "wait=40"
        assert first.json()["status"] == "succeeded"
        times = []
        for _ in range(30):
            start_time = time.perf_counter()
            answer = create(client, 10)
            times.append((time.perf_counter() - start_time) * 1000)
            assert answer.status_code == 201
        total = answer.json()["timings"]["total_ms"]
        print(f"create with wait: {statistics.median(times):.1f} ms, of which the job {total} ms")


def test_the_database_connections_are_few(serve: Callable[..., Server], secret: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL counts connections")
    server = serve(processes=1)
    with server.client(secret, timeout=60) as client, ThreadPoolExecutor(60) as pool:
        answers = [pool.submit(create, client, 30) for _ in range(60)]
        wait_until(lambda: Job.objects.count() == 60, seconds=40)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            )
            connections = cursor.fetchone()[0]
        finish_all()
        for answer in answers:
            answer.result()
    assert connections < 8 + 4 + threading.active_count()
