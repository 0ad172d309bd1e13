"""Redis and PostgreSQL through TLS, with certificates of an authority of our own."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from project.broker import Trust
from project.celery import app
from tests.chaos.servers import HOST, PostgresServer, RedisServer, free_port
from tests.chaos.waiting import wait_until
from tests.conftest import connect
from tests.factories import submit
from tests.hosts.authority import Authority, is_possible
from tests.hosts.conftest import DoctorOn, StartOn
from worker.models import Job, Status

pytestmark = [
    pytest.mark.processes,
    pytest.mark.slow,
    pytest.mark.timeout(60),
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not is_possible, reason="openssl is not installed"),
]
needs_redis = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="Redis, which knows TLS, is not installed"
)
needs_postgres = pytest.mark.skipif(
    PostgresServer.binaries() is None, reason="PostgreSQL is not installed"
)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def redis_with_tls(authority: Authority, name: str, *more: str) -> RedisServer:
    """Return a Redis whose certificate is for a name, not started yet."""
    certificate, key = authority.sign("redis", name)
    ca = str(authority.certificate)
    options = ("--port", "0", "--tls-port", "{port}", "--tls-ca-cert-file", ca)
    files = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key))
    server = RedisServer(
        authority.directory / "redis",
        *(*options, *files, *more),
        ssl=True,
        ssl_ca_certs=ca,
        ssl_check_hostname=False,
        ssl_certfile=str(certificate),
        ssl_keyfile=str(key),
    )
    server.start()
    return server


@pytest.fixture
def server(authority: Authority) -> Iterator[RedisServer]:
    """A Redis for 127.0.0.1 that does not ask who comes."""
    redis = redis_with_tls(authority, "IP:127.0.0.1", "--tls-auth-clients", "no")
    yield redis
    redis.stop()


def redis_line(done: subprocess.CompletedProcess[str]) -> str:
    """Return what the doctor says of Redis."""
    line = re.search(r"^.*redis: .*$", done.stdout, re.MULTILINE)
    assert line, done.stdout + done.stderr
    return line.group()


@needs_redis
def test_the_site_trusts_the_authority_it_is_told_of(
    server: RedisServer, authority: Authority, doctor_on: DoctorOn
) -> None:
    url = f"rediss://{HOST}:{server.port}/0"

    trusted = redis_line(doctor_on(url, REDIS_CA_FILE=str(authority.certificate)))
    untold = redis_line(doctor_on(url))
    unchecked = redis_line(doctor_on(url, REDIS_TLS_CHECK="none"))

    assert trusted == f"ok  redis: {url} answers"
    assert untold.startswith("FIX")
    assert "certificate verify failed" in untold
    assert "REDIS_CA_FILE says who is trusted" in untold
    assert unchecked.startswith("ok")


@needs_redis
def test_jobs_go_through_it(server: RedisServer, authority: Authority, start_on: StartOn) -> None:
    url, before = f"rediss://{HOST}:{server.port}/0", app.conf.broker_url
    connect(url, trust=Trust(ca=authority.certificate))
    try:
        jobs = [submit() for _ in range(20)]
        start_on(url, "work", "--processes=1", REDIS_CA_FILE=str(authority.certificate))
        wait_until(lambda: Job.objects.filter(status=Status.SUCCEEDED).count() == len(jobs))
    finally:
        connect(before)


@needs_redis
def test_another_authority_is_not_trusted(
    server: RedisServer, tmp_path: Path, doctor_on: DoctorOn
) -> None:
    other = Authority(tmp_path, "other")

    line = redis_line(
        doctor_on(f"rediss://{HOST}:{server.port}/0", REDIS_CA_FILE=str(other.certificate))
    )

    assert line.startswith("FIX")


@needs_redis
def test_a_certificate_for_another_name_is_refused(
    authority: Authority, doctor_on: DoctorOn
) -> None:
    server = redis_with_tls(authority, "DNS:another.example", "--tls-auth-clients", "no")
    url, ca = f"rediss://{HOST}:{server.port}/0", str(authority.certificate)
    try:
        full = redis_line(doctor_on(url, REDIS_CA_FILE=ca))
        nameless = redis_line(doctor_on(url, REDIS_CA_FILE=ca, REDIS_TLS_CHECK="ca"))
    finally:
        server.stop()

    assert full.startswith("FIX")
    assert "certificate is not valid for '127.0.0.1'" in full
    assert nameless.startswith("ok")


@needs_redis
def test_a_redis_that_asks_who_comes_is_shown_a_certificate(
    authority: Authority, doctor_on: DoctorOn
) -> None:
    server = redis_with_tls(authority, "IP:127.0.0.1")  # it asks unless told not to
    certificate, key = authority.sign("site", "DNS:site")
    url, ca = f"rediss://{HOST}:{server.port}/0", {"REDIS_CA_FILE": str(authority.certificate)}
    own = {"REDIS_CERTIFICATE_FILE": str(certificate), "REDIS_KEY_FILE": str(key)}
    try:
        shown = redis_line(doctor_on(url, **ca, **own))
        without = redis_line(doctor_on(url, **ca))
    finally:
        server.stop()

    assert shown.startswith("ok")
    assert without.startswith("FIX")


SENTINEL = """
port 0
tls-port {port}
bind {host}
dir {directory}
tls-ca-cert-file {ca}
tls-cert-file {certificate}
tls-key-file {key}
tls-auth-clients no
tls-replication yes
sentinel monitor mymaster {host} {primary} 1
"""


@needs_redis
def test_sentinels_and_their_primary_both_speak_tls(
    server: RedisServer, authority: Authority, doctor_on: DoctorOn
) -> None:
    port, directory = free_port(), authority.directory
    settings = SENTINEL.format(
        port=port,
        host=HOST,
        directory=directory,
        ca=authority.certificate,
        certificate=directory / "redis.crt",
        key=directory / "redis.key",
        primary=server.port,
    )
    file = directory / "sentinel.conf"
    file.write_text(settings)
    sentinel = subprocess.Popen([server.binary, str(file), "--sentinel"], stdout=subprocess.DEVNULL)
    ca, lines = str(authority.certificate), []

    def answers() -> bool:
        lines.append(redis_line(doctor_on(f"sentinels://{HOST}:{port}/0", REDIS_CA_FILE=ca)))
        return lines[-1].startswith("ok")

    try:
        wait_until(answers, seconds=20)
        stranger = redis_line(doctor_on(f"sentinels://{HOST}:{port}/0"))
    finally:
        sentinel.kill()
        sentinel.wait()

    assert stranger.startswith("FIX")


@pytest.fixture
def postgres(authority: Authority) -> Iterator[PostgresServer]:
    """A PostgreSQL that takes nobody without TLS, and whose certificate is for localhost."""
    server = PostgresServer()
    certificate, key = authority.sign("postgres", "DNS:localhost")
    for file in (certificate, key):
        shutil.copy(file, server.directory)
        if server.as_user:
            shutil.chown(server.directory / file.name, "nobody")
        (server.directory / file.name).chmod(0o600)
    server.options = (
        f"-c ssl=on -c ssl_cert_file={server.directory / certificate.name}"
        f" -c ssl_key_file={server.directory / key.name}"
    )
    try:
        server.create()
        rules = Path(server._data, "pg_hba.conf")
        rules.write_text("hostssl all all 127.0.0.1/32 trust\n")
        server.start()
        yield server
    finally:
        server.remove()


@needs_postgres
def test_postgresql_has_to_show_a_certificate_for_its_name(
    postgres: PostgresServer, authority: Authority, doctor_on: DoctorOn
) -> None:
    def database(host: str, ca: Path, mode: str = "verify-full") -> str:
        address = f"postgres://chaos@{host}:{postgres.port}/postgres"
        url = f"{address}?sslmode={mode}&sslrootcert={ca}"
        return doctor_on("redis://127.0.0.1:1/0", TEST_DATABASE_URL=url).stdout

    other = Authority(authority.directory, "other")

    full = database("localhost", authority.certificate)
    assert "lacks" in full  # it has answered: nothing is migrated there
    assert "is encrypted, and the server has shown a certificate for its name" in full
    assert "certificate verify failed" in database("localhost", other.certificate)
    assert "does not match host name" in database(HOST, authority.certificate)
    required = database("localhost", other.certificate, "require")
    assert "certificate verify failed" in required  # with an authority at hand, libpq asks it
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(f"{postgres.url}?sslmode=disable")
