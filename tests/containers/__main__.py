"""What a site in containers lives through, told as it happens. ``docker/test.sh`` starts it."""

import re
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.containers.own_model import run_own_model
from tests.containers.stack import REPOSITORY, Stack, docker, say
from tests.containers.visitor import Visitor, expect

EMAIL, PASSWORD = "visitor@example.com", "correct horse battery"
PICTURE = (REPOSITORY / "classify/data/golden/chelsea.jpg").read_bytes()
CRASH = "import os; os.kill(-1, 9)"
"""Everything in a container dies, as from lack of memory; its first process follows."""


def build(stack: Stack, other: Stack) -> None:
    """Build the images."""
    start = time.monotonic()
    stack.compose("build", "web", "worker")
    other.compose("build", "worker")
    say(f"images built in {time.monotonic() - start:.0f} s")


def sizes() -> None:
    """Print how large the images are; the promises are 350 and 600 MB."""
    for name, most in (("web", 350), ("worker", 600)):
        size = int(docker("image", "inspect", "--format", "{{.Size}}", f"vitrina-{name}:latest"))
        say(f"image vitrina-{name}: {size / 1e6:.0f} MB")
        expect(size < most * 1e6, f"vitrina-{name} is larger than {most} MB")


def start(stack: Stack) -> None:
    """Start the site."""
    say(f"site up and healthy in {stack.up():.0f} s, from nothing, with migrations")
    for service in ("sweeper", "webhooks", "worker", "web"):
        say(f"  {service}: works {stack.start_seconds(service):.1f} s after its start")
    stack.wait()
    made = stack.compose("logs", "setup")
    expect("admin@example.com administers this site" in made, f"the administrator: {made}")


def watched(stack: Stack) -> None:
    """Read each container's metrics as Prometheus does, which knows them by their addresses."""
    token = (stack.secrets / "metrics-token").read_text().strip()
    # A sweeper that has had nothing to do has counted nothing, but answers.
    for service, port, told in (
        ("web", 8000, "vitrina_"),
        ("worker", 9100, "vitrina_"),
        ("sweeper", 9100, ""),
    ):
        code = (
            "import socket, urllib.request as u; "
            f"url = 'http://' + socket.gethostbyname('{service}') + ':{port}/metrics'; "
            f"asked = u.Request(url, headers=dict(Authorization='Bearer {token}')); "
            "print(u.urlopen(asked).read())"
        )
        expect(told in stack.run("webhooks", "python", "-c", code), f"metrics of {service}")
    say("web, worker and sweeper tell their metrics to whoever has the token")


def visit(stack: Stack) -> str:
    """Sign up, submit a photograph, see the result and the picture; return the job's path."""
    visitor = Visitor(stack.url, stack.secrets / "tls.crt")
    visitor.post_form("/accounts/signup/", email=EMAIL, password1=PASSWORD, password2=PASSWORD)
    log = stack.compose("logs", "--no-log-prefix", "web")
    mail = re.search(rf"{re.escape(stack.url)}(/accounts/confirm-email/\S+)", log)
    expect(mail is not None, "no e-mail with a link")
    visitor.post_form(mail[1] if mail else "")
    visitor.sign_in(EMAIL, PASSWORD)
    begun = time.monotonic()
    page = visitor.post_form("/", PICTURE, top_k="5", model="efficientnet-lite2-int8")
    path = page.url.removeprefix(stack.url)
    expect(re.fullmatch(r"/jobs/[0-9a-f-]{36}/", path) is not None, f"submit: {page}")
    expect(sees_cat(visitor, path, seconds=30), "no result")
    say(f"signed up, submitted, and saw the result {time.monotonic() - begun:.1f} s later")
    styled(visitor)
    private(stack, visitor, path)
    return path


def sees_cat(visitor: Visitor, path: str, *, seconds: float) -> bool:
    """Tell whether the page of a job says what the photograph shows."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if re.search(r"egyptian cat|tabby", visitor.ask(path).text, re.IGNORECASE):
            return True
        time.sleep(0.2)
    return False


def styled(visitor: Visitor) -> None:
    """See that everything that pages load is there."""
    loaded = set()
    for page in ("/", "/jobs/", "/accounts/profile/", "/api/docs"):
        answer = visitor.ask(page)
        expect(answer.status == 200, f"{page} answers {answer.status}")
        loaded |= set(re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text))
    wrong = [path for path in loaded if visitor.ask(path).status != 200]
    expect(len(loaded) > 10 and not wrong, f"{len(loaded)} static files, not there: {wrong}")


def private(stack: Stack, visitor: Visitor, path: str) -> None:
    """See that the proxy serves a picture to its owner only, and takes no more than it should."""
    answer = visitor.ask(f"{path}picture")
    expect(answer.status == 200 and answer.body[:2] == b"\xff\xd8", f"picture: {answer.status}")
    for name, value in (("content-security-policy", "sandbox"), ("x-content-type-options", "nosn")):
        expect(value in answer.headers.get(name, ""), f"{name} of a picture")
    expect("last-modified" in answer.headers, "the picture does not come from the proxy")
    expect("x-accel-redirect" not in answer.headers, "a client sees where pictures are")
    stranger = Visitor(stack.url, stack.secrets / "tls.crt")
    expect("/login" in stranger.ask(f"{path}picture").url, "a stranger is not sent to sign in")
    name = stack.ask("from worker.models import Job; print(Job.objects.latest('id').display.name)")
    expect(visitor.ask(f"/internal/media/{name}").status == 404, "the proxy's own path is open")
    answer = visitor.post_form("/accounts/login/", b"x" * 16 * 2**20)
    expect(answer.status == 413, f"16 MB are answered with {answer.status}")
    answer = stranger.ask("/", Host="web")
    expect(answer.status == 421, f"our inner name is answered with {answer.status}")
    say("pictures are their owner's alone; what is too large is refused")


def submit_many(program: Visitor, count: int) -> set[str]:
    """Hand in photographs; return the ids of the jobs."""
    ids = set()
    for _ in range(count):
        answer = program.job_create(PICTURE)
        expect(answer.status == 202, f"submit: {answer.status} {answer.text[:200]}")
        ids.add(answer.headers["Location"].rsplit("/", 1)[1])
    return ids


def all_end(program: Visitor, ids: set[str], what: str) -> None:
    """See that each job has ended, and well."""
    begun = time.monotonic()
    waiting, failed = program.unfinished(ids, seconds=240)
    expect(not waiting and not failed, f"{what}: {len(waiting)} unfinished, {len(failed)} failed")
    say(f"{what}: all {len(ids)} jobs succeeded, the last {time.monotonic() - begun:.0f} s later")


def scale(stack: Stack, program: Visitor) -> None:
    """Run three workers, and see each of them at work."""
    say(f"--scale worker=3: healthy in {stack.up('--no-recreate', '--scale', 'worker=3'):.0f} s")
    all_end(program, submit_many(program, 150), "three workers")
    hosts = stack.ask(
        "from worker.models import Job; print(len({name.split(':')[0] for name in "
        "Job.objects.values_list('worker', flat=True) if name}))"
    )
    expect(int(hosts) >= 3, f"{hosts} workers worked")


def kill(stack: Stack, program: Visitor) -> None:
    """Kill a worker's container, and all that is in another one, while jobs run."""
    first, second, _ = stack.containers("worker")
    ids = set().union(*(program.batch_create([PICTURE] * 50) for _ in range(8)))
    docker("kill", first)
    docker("exec", second, "python", "-c", CRASH, check=False)
    left = stack.ask(
        "from worker.models import Job; print(Job.objects.exclude(status='succeeded').count())"
    )
    say(f"two of three workers killed when {left} of {len(ids)} jobs had not ended")
    expect(int(left) > 0, "they were killed too late to hurt anybody")
    all_end(program, ids, "two workers killed")
    restarts = docker("inspect", "--format", "{{.RestartCount}}", second).strip()
    expect(restarts != "0", "the engine did not start the dead worker again")
    stack.up("--no-recreate", "--scale", "worker=3")


class Load(threading.Thread):
    """Submits a photograph after the other until it is told to stop."""

    def __init__(self, program: Visitor) -> None:
        super().__init__(daemon=True)
        self.program, self.stop = program, threading.Event()
        self.accepted: set[str] = set()
        self.refused: list[str] = []

    def run(self) -> None:
        """Submit."""
        while not self.stop.wait(0.1):
            try:
                answer = self.program.job_create(PICTURE)
            except OSError as error:
                self.refused.append(repr(error))
                continue
            if answer.status == 202:
                self.accepted.add(answer.headers["Location"].rsplit("/", 1)[1])
            else:
                self.refused.append(f"{answer.status} {answer.text[:200]}")


def roll(stack: Stack, program: Visitor) -> None:
    """Replace every container of web and workers by a new one, as for a new version, under load."""
    load = Load(program)
    load.start()
    for service, count in (("web", 1), ("worker", 3)):
        for old in stack.containers(service):
            stack.up("--no-recreate", "--no-deps", "--scale", f"{service}={count + 1}", service)
            begun = time.monotonic()
            docker("stop", "--time", "60", old)
            say(f"  a {service} drained and stopped in {time.monotonic() - begun:.1f} s")
            docker("rm", "--volumes", old)
    load.stop.set()
    load.join()
    refused = f"{len(load.refused)} requests failed {load.refused[:3]}"
    expect(not load.refused, f"rolling restart: {refused}")
    all_end(program, load.accepted, f"rolling restart under load, {refused}")


def restore(stack: Stack, other: Stack, path: str, token: str) -> None:
    """Take a backup of the running site, make a second one of it, and look for everything."""
    begun = time.monotonic()
    stack.run("worker", "python", "manage.py", "backup", "/data/backup.tar.gz")
    file = stack.folder / "backup.tar.gz"
    stack.compose("cp", "worker:/data/backup.tar.gz", str(file))
    file.chmod(0o644)
    say(f"backup of {file.stat().st_size / 1e6:.0f} MB in {time.monotonic() - begun:.0f} s")
    counted = "from worker.models import Job; print(Job.objects.count())"
    jobs = stack.ask(counted)
    begun = time.monotonic()
    stack.compose("stop", "--timeout", "60")
    say(f"site stopped in {time.monotonic() - begun:.0f} s")
    other.make_secrets(like=stack)
    begun = time.monotonic()
    other.compose("run", "--rm", "-T", "setup")
    restored = other.compose(
        *("run", "--rm", "-T", "--no-deps", "--volume", f"{file}:/backup.tar.gz:ro", "setup"),
        *("python", "manage.py", "restore", "/backup.tar.gz"),
    )
    other.up()
    say(f"second site made of it in {time.monotonic() - begun:.0f} s: {restored.splitlines()[-1]}")
    expect(other.ask(counted) == jobs, f"{jobs} jobs became {other.ask(counted)}")
    visitor = Visitor(other.url, other.secrets / "tls.crt")
    visitor.sign_in(EMAIL, PASSWORD)
    expect(sees_cat(visitor, path, seconds=5), "the result is not there")
    expect(visitor.ask(f"{path}picture").body[:2] == b"\xff\xd8", "the picture is not there")
    program = Visitor(other.url, other.secrets / "tls.crt", token)
    all_end(program, submit_many(program, 5), "second site, with the first one's token")
    run_own_model(other, program)
    say(other.run("worker", "python", "manage.py", "doctor").strip().splitlines()[-1])


def main() -> None:
    """Do everything, and leave nothing."""
    with tempfile.TemporaryDirectory(prefix="vitrina-containers-") as folder:
        one, two = Path(folder, "one"), Path(folder, "two")
        one.mkdir()
        two.mkdir()
        stack = Stack("vitrina-test", one, 18443, ADMIN_EMAIL="admin@example.com")
        other = Stack("vitrina-test-two", two, 19443, WORKER="worker-tensorflow")
        if "--no-build" not in sys.argv:
            build(stack, other)
        sizes()
        stack.make_secrets()
        try:
            start(stack)
            path = visit(stack)
            watched(stack)
            token = stack.run("web", "python", "manage.py", "create_token", EMAIL).strip()
            program = Visitor(stack.url, stack.secrets / "tls.crt", token)
            scale(stack, program)
            kill(stack, program)
            roll(stack, program)
            restore(stack, other, path, token)
        finally:
            stack.down()
            other.down()
    say("All is well.")


if __name__ == "__main__":
    main()
