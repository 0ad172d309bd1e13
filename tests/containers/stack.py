"""A whole site in containers, of its own name, ports, secrets and volumes."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent

STARTED = ("database", "queue", "web", "worker", "webhooks", "sweeper", "proxy")
"""What is left running, once ``setup`` has ended."""


def docker(*command: str, check: bool = True) -> str:
    """Run the engine's client and return what it says."""
    done = subprocess.run(["docker", *command], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise SystemExit(f"docker {' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def say(text: str) -> None:
    """Tell whoever waits, with the time."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def _compose() -> list[str]:
    """Return how Compose is called here: as a plugin, or on its own."""
    as_plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return ["docker", "compose"] if as_plugin.returncode == 0 else ["docker-compose"]


class Stack:
    """One site.

    :param folder: where its secrets and files are.
    :param port: where its proxy listens; the next one is for HTTP.
    """

    def __init__(self, name: str, folder: Path, port: int, **settings: str) -> None:
        self.name, self.folder, self.port = name, folder, port
        self.url = f"https://localhost:{port}"
        self.secrets = folder / "secrets"
        (folder / "env").touch()
        self._compose = [*_compose(), "--env-file", str(folder / "env"), "--project-name", name]
        self._environment = os.environ | {
            "SECRETS": str(self.secrets),
            "SITE_ENV": str(folder / "env"),
            "HTTPS_PORT": str(port),
            "HTTP_PORT": str(port + 1),
            "WORKER_PROCESSES": "1",
            **settings,
        }

    def make_secrets(self, *, like: "Stack | None" = None) -> None:
        """Make its secrets; the secret key is that of another one, if it is to read its backup."""
        if like is not None:
            self.secrets.mkdir(parents=True)
            shutil.copy(like.secrets / "secret-key", self.secrets)
        subprocess.run(
            ["docker/secrets.sh"],
            cwd=REPOSITORY,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def compose(self, *command: str, check: bool = True) -> str:
        """Run Compose and return what it says."""
        done = subprocess.run(
            [*self._compose, *command],
            cwd=REPOSITORY,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            said = f"{done.stdout[-3000:]}{done.stderr[-3000:]}"
            raise SystemExit(f"compose {' '.join(command)} failed:\n{said}")
        return done.stdout

    def up(self, *options: str) -> float:
        """Start what is missing, wait until all of it is healthy; return the seconds it took."""
        start = time.monotonic()
        self.compose("up", "--detach", "--no-build", *options)
        self.wait()
        return time.monotonic() - start

    def wait(self, seconds: float = 240) -> None:
        """Wait until every container is healthy."""
        end = time.monotonic() + seconds
        while ill := [name for name in self.containers() if self.health(name) != "healthy"]:
            if time.monotonic() > end:
                logs = self.compose("logs", "--tail", "30", check=False)
                raise SystemExit(f"{', '.join(ill)} did not become healthy.\n{logs[-6000:]}")
            time.sleep(0.5)

    def containers(self, *services: str) -> list[str]:
        """Return the ids of the running services' containers, but for the one that ends."""
        return self.compose("ps", "--quiet", *(services or STARTED)).split()

    def health(self, container: str) -> str:
        """Return what the engine says of a container's health."""
        form = "{{if .State.Running}}{{.State.Health.Status}}{{else}}stopped{{end}}"
        return docker("inspect", "--format", form, container, check=False).strip()

    def start_seconds(self, service: str) -> float:
        """Return the time from the start of a container to the first moment at which it is well."""
        container = self.containers(service)[0]
        check = json.loads(docker("inspect", container))[0]["Config"]["Healthcheck"]["Test"][1:]
        docker("stop", "--time", "60", container)
        start = time.monotonic()
        docker("start", container)
        exec_in = ["docker", "exec", container, *check]
        while subprocess.run(exec_in, capture_output=True, check=False).returncode:
            time.sleep(0.1)
        return time.monotonic() - start

    def run(self, service: str, *command: str) -> str:
        """Run a command in a running container."""
        return self.compose("exec", "-T", service, *command)

    def ask(self, code: str) -> str:
        """Have the site's own models answer a question."""
        return self.run("web", "python", "manage.py", "shell", "--no-imports", "-c", code).strip()

    def down(self) -> None:
        """Remove it with everything in it."""
        self.compose("down", "--volumes", "--timeout", "60", check=False)
