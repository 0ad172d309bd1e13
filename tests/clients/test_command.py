"""The command ``vitrina``, as a person or a script runs it, against the real site."""

import json
import os
import pty
import signal
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from accounts.tokens import token_create
from tests.clients.conftest import MODEL, Command, Server
from tests.conftest import picture
from vitrina.cli.watch import Folder
from worker.models import Job, Lane, Status, Webhook

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(180)]


def lines(done: subprocess.CompletedProcess[str]) -> list[Any]:
    return [json.loads(line) for line in done.stdout.splitlines()]


# --- Signing in ------------------------------------------------------------------


def test_signing_in_and_out(vitrina: Command, server: Server, user: User, secret: str) -> None:
    done = vitrina("login", server.url + "/", stdin=f"{secret}\n")
    assert done.returncode == 0, done.stderr
    assert user.email in done.stdout
    assert secret not in done.stdout + done.stderr
    file = vitrina.home / "vitrina" / "login.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert vitrina("usage").returncode == 0

    wrong = vitrina("login", server.url, stdin="vit_wrong")
    assert (wrong.returncode, "invalid_token" in wrong.stderr) == (3, True)
    assert secret in file.read_text()
    assert vitrina("logout").returncode == 0
    assert not file.exists()
    out = vitrina("usage")
    assert (out.returncode, "vitrina login" in out.stderr) == (3, True)


def test_the_environment_says_who_calls(vitrina: Command, server: Server, secret: str) -> None:
    there = {"VITRINA_URL": server.url, "VITRINA_TOKEN": secret}
    assert vitrina("usage", **there).returncode == 0
    assert vitrina("login", **there).returncode == 0
    assert vitrina("usage").returncode == 0
    # The token that was stored for one site is not sent to another one.
    elsewhere = vitrina("usage", VITRINA_URL=server.url.replace("127.0.0.1", "localhost"))
    assert (elsewhere.returncode, "not_authenticated" in elsewhere.stderr) == (3, True)
    assert vitrina("models", VITRINA_URL=server.url).returncode == 0


def test_the_token_is_asked_for_without_echo(vitrina: Command, server: Server, secret: str) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        vitrina.line("login"),
        env=vitrina.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    for prompt, answer in ((b"site: ", server.url), (b"token: ", secret)):
        while not shown.endswith(prompt):
            shown += os.read(ours, 1)
        os.write(ours, answer.encode() + b"\n")
    while b"may:" not in shown:
        shown += os.read(ours, 1)
    assert process.wait(20) == 0
    os.close(ours)
    assert secret.encode() not in shown


def test_tokens_that_do_not_work(vitrina: Command, server: Server, user: User) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    token, secret = token_create(user=user, name="short", expires_at=soon)
    vitrina.login(server.url, secret)
    token.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    token.save()
    done = vitrina("jobs", "list")
    assert (done.returncode, done.stdout) == (3, "")
    assert "expired" in done.stderr
    assert "vitrina login" in done.stderr
    spanish = vitrina("jobs", "list", LANG="es_ES.UTF-8")
    assert "ha caducado" in spanish.stderr
    assert "Ejecuta «vitrina login»" in spanish.stderr


def test_nobody_answers(vitrina: Command) -> None:
    there = {"VITRINA_URL": "http://127.0.0.1:1", "VITRINA_TOKEN": "vit_x"}
    done = vitrina("models", **there)
    assert done.returncode == 3
    assert "http://127.0.0.1:1 does not answer" in done.stderr
    assert "no responde" in vitrina("models", **there, LANG="es").stderr
    assert vitrina("login", "127.0.0.1:1", stdin="vit_x").returncode == 3


# --- Looking and managing --------------------------------------------------------


def test_jobs(vitrina: Command, server: Server, user: User, secret: str) -> None:
    vitrina.login(server.url, secret)
    with server.client(secret) as http:
        for name in ("a.jpg", "b.jpg"):
            files = {"image": (name, picture(), "image/jpeg")}
            http.post("/api/v1/services/null/jobs", files=files)
    listed = lines(vitrina("jobs", "list", "--json"))
    assert [job["image"]["name"] for job in listed] == ["b.jpg", "a.jpg"]
    first, second = (job["id"] for job in listed)
    assert len(vitrina("jobs", "list", "--limit", 1).stdout.splitlines()) == 1
    assert "a.jpg" in vitrina("jobs", "show", second).stdout
    assert vitrina("jobs", "cancel", first, second).returncode == 0
    assert len(lines(vitrina("jobs", "list", "--json", "--status", "canceled"))) == 2
    mixed = vitrina("jobs", "delete", "nonsense/../me", first)
    assert (mixed.returncode, "not an id" in mixed.stderr) == (1, True)
    assert [str(job.id) for job in Job.objects.all()] == [second]
    gone = vitrina("jobs", "cancel", first, second)
    assert (gone.returncode, f"{first}: " in gone.stderr) == (1, True)


def test_tokens_and_webhooks(vitrina: Command, server: Server, secret: str) -> None:
    vitrina.login(server.url, secret)
    made = vitrina("tokens", "create", "Script", "--scope", "jobs:read", "--days", 3)
    assert made.stdout.startswith("vit_")
    assert len(made.stdout.splitlines()) == 1
    newest = lines(vitrina("tokens", "list", "--json"))[0]
    assert (newest["name"], newest["scopes"]) == ("Script", ["jobs:read"])
    assert "Script" in vitrina("tokens", "list").stdout
    assert vitrina("tokens", "revoke", newest["id"]).returncode == 0
    assert "Script" not in vitrina("tokens", "list").stdout

    hook = vitrina("webhooks", "create", "https://example.com/hook", "--event", "job.failed")
    assert hook.stdout.startswith("whsec_")
    webhook = Webhook.objects.get()
    assert str(webhook.id) in vitrina("webhooks", "list").stdout
    assert vitrina("webhooks", "test", webhook.id).returncode == 0
    assert vitrina("webhooks", "delete", webhook.id).returncode == 0
    assert not Webhook.objects.exists()


# --- Classifying -----------------------------------------------------------------


@pytest.mark.model
def test_files_of_every_kind(
    vitrina: Command, classifying: Server, secret: str, coffee: Path
) -> None:
    vitrina.login(classifying.url, secret)
    folder = coffee.parent / "photos"
    (folder / "deeper").mkdir(parents=True)
    whole = coffee.read_bytes()
    (folder / "deeper" / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "text.jpg").write_text("not a picture")
    (folder / "large.jpg").write_bytes(whole + b"\0" * 30_000_000)
    (folder / "notes.txt").write_text("left out of folders")
    done = vitrina("classify", "--json", "--top-k", 2, folder, coffee, coffee, "/nowhere.jpg")
    assert done.returncode == 1
    assert "Could not be classified: 4 of 5." in done.stderr
    answers = {Path(answer["file"]).name: answer for answer in lines(done)}
    assert answers["coffee.jpg"]["model"] == {"name": MODEL, "version": "1"}
    found = answers["coffee.jpg"]["predictions"]
    assert [set(each) for each in found] == [{"id", "index", "name", "score"}] * 2
    assert found[0]["id"] == "n07920052"
    codes = {name: answer.get("error", {}).get("code") for name, answer in answers.items()}
    assert codes == {
        "coffee.jpg": None,
        "truncated.jpg": "broken_image",
        "text.jpg": "unsupported_type",
        "large.jpg": "too_large",
        "nowhere.jpg": "unreadable",
    }
    assert {job.lane for job in Job.objects.all()} == {Lane.BULK}

    spanish = vitrina("classify", coffee, "--lang", "es")
    assert (spanish.returncode, "café expreso" in spanish.stdout) == (0, True)
    assert Job.objects.latest("created_at").lane == Lane.INTERACTIVE
    piped = lines(vitrina("classify", "-", "--json", "--min-score", 0.5, stdin=whole))
    assert piped[0]["file"] == "-"
    assert all(each["score"] >= 0.5 for each in piped[0]["predictions"])
    assert "espresso" in vitrina("jobs", "list").stdout
    assert "espresso" in vitrina("jobs", "show", Job.objects.latest("created_at").id).stdout
    assert MODEL in vitrina("models").stdout
    assert "n07920052" in vitrina("labels", "café expreso").stdout

    unknown = vitrina("classify", "--model", "nonsense", coffee, folder / "text.jpg")
    assert (unknown.returncode, unknown.stdout) == (3, "")
    assert "model: " in unknown.stderr


def test_wrong_calls(vitrina: Command, tmp_path: Path) -> None:
    assert vitrina("classify").returncode == 2
    assert vitrina("classify", "--top-k", 0, "a.jpg").returncode == 2
    empty = vitrina("classify", tmp_path, VITRINA_URL="http://127.0.0.1:1")
    assert (empty.returncode, "There is no picture" in empty.stderr) == (2, True)
    assert "0." in vitrina("--version").stdout
    assert "Clasifica archivos" in vitrina("classify", "--help", LANG="es_ES.UTF-8").stdout


def test_what_is_still_being_written_is_not_complete(tmp_path: Path) -> None:
    (tmp_path / "old.jpg").write_bytes(b"1")
    folder = Folder(tmp_path, everything=False)
    file = tmp_path / "deeper" / "new.jpg"
    file.parent.mkdir()
    for content in (b"", b"1", b"12", b"123"):
        file.write_bytes(content)
        (tmp_path / "notes.txt").write_bytes(content)
        assert folder.complete() == []
    assert folder.complete() == [str(file)]
    assert folder.complete() == [str(file)]  # until it is done
    folder.done(str(file))
    assert folder.complete() == []
    file.write_bytes(b"another one")
    assert (folder.complete(), folder.complete()) == ([], [str(file)])
    old = str(tmp_path / "old.jpg")
    everything = Folder(tmp_path, everything=True)
    assert (everything.complete(), old in everything.complete()) == ([], True)


@pytest.mark.model
def test_a_folder_is_watched(
    vitrina: Command, classifying: Server, secret: str, coffee: Path
) -> None:
    vitrina.login(classifying.url, secret)
    folder = coffee.parent / "inbox"
    folder.mkdir()
    (folder / "old.jpg").write_bytes(coffee.read_bytes())
    process = vitrina.start("watch", folder, "--json", "--top-k", 1)
    assert process.stdout
    assert process.stderr
    assert "Watching" in process.stderr.readline()

    (folder / "new.jpg").write_bytes(coffee.read_bytes())
    (folder / "bad.png").write_text("not a picture")
    answers = {}
    for _ in range(2):
        answer = json.loads(process.stdout.readline())
        answers[Path(answer["file"]).name] = answer
    assert answers["new.jpg"]["predictions"][0]["id"] == "n07920052"
    assert answers["bad.png"]["error"]["code"] == "unsupported_type"
    (folder / "bad.png").write_bytes(picture(form="PNG"))
    assert "predictions" in json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert process.stdout.read() == ""
    assert Job.objects.filter(status=Status.SUCCEEDED).count() == 2
