"""The files of the containers are sound, and name only what the code has."""

import os
import re
import runpy
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from django.urls import resolve

from project import environment
from project.serving import SAFE
from project.uploads import longest_request
from tests.conftest import REPOSITORY

DOCKERFILE = (REPOSITORY / "docker" / "Dockerfile").read_text()
NGINX = (REPOSITORY / "docker" / "nginx.conf").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if "build" in one}
HEALTHY = REPOSITORY / "docker" / "healthy.py"
PATIENCE: int = runpy.run_path(str(HEALTHY))["PATIENCE"]
BIN = Path(sys.executable).parent


def run(*command: str, **options: Any) -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def variables() -> set[str]:
    """Return the names that the environment module reads."""
    source = (REPOSITORY / "project" / "environment.py").read_text()
    return set(re.findall(r'(?:env\.\w+|_database|_file)\(\s*"([A-Z0-9_]+)"', source))


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


# --- Lint -------------------------------------------------------------------------------------
def test_the_dockerfile_is_sound() -> None:
    run(str(BIN / "hadolint"), str(REPOSITORY / "docker" / "Dockerfile"))


def test_every_yaml_file_is_sound() -> None:
    relaxed = "{extends: relaxed, rules: {line-length: disable}}"
    places = [str(REPOSITORY / name) for name in ("compose.yaml", "docker", ".github")]
    run(str(BIN / "yamllint"), "--strict", "-d", relaxed, *places)


def test_it_also_runs_on_an_old_engine() -> None:
    """Docker 20.10 knows none of these, or needs the network for them."""
    assert not re.search(r"^# *syntax=|--link\b|<<", DOCKERFILE, re.MULTILINE | re.IGNORECASE)
    assert not any({"privileged", "ulimits"} & set(one) for one in SERVICES.values())


def test_what_the_dockerfile_copies_is_there() -> None:
    sources = re.findall(r"^COPY (?!--from)(?:--chmod=\S+ )?(.+) \S+$", DOCKERFILE, re.MULTILINE)
    named = [name for line in sources for name in line.split()]
    assert len(named) > 10
    assert [name for name in named if not any(REPOSITORY.glob(_made(name)))] == []
    ignored = (REPOSITORY / "docker" / "Dockerfile.dockerignore").read_text()
    tops = {name.split("/")[0] for name in map(_made, named)}
    assert tops == {name.split("/")[0] for name in re.findall(r"^!(\S+)$", ignored, re.MULTILINE)}


def _made(name: str) -> str:
    return name.replace("${TENSORFLOW}", "tensorflow").rstrip("/")


# --- Compose against the code -------------------------------------------------------------------
def test_every_variable_is_one_that_is_read() -> None:
    given = {name for one in OURS.values() for name in one["environment"]}
    in_image = DOCKERFILE.split("\nENV PATH=")[1].split("\nWORKDIR")[0]
    given |= set(re.findall(r"\b([A-Z_]+)=", in_image))
    known = variables() | {f"{name}_FILE" for name in variables()}
    known |= {"PYTHONDONTWRITEBYTECODE", "DJANGO_SETTINGS_MODULE", "TMPDIR"}

    assert len(given) > 15
    assert given <= known


def test_every_secret_is_handed_over_and_made(tmp_path: Path) -> None:
    for name, one in SERVICES.items():
        used = set(re.findall(r"/run/secrets/([\w.-]+)", str(one)))
        assert used <= set(one.get("secrets", [])), name
    assert re.findall(r"/run/secrets/([\w.-]+)", NGINX) == SERVICES["proxy"]["secrets"]
    config = (REPOSITORY / "docker" / "valkey.conf").read_text()
    assert re.findall(r"/run/secrets/([\w.-]+)", config) == SERVICES["queue"]["secrets"]

    folder = tmp_path / "secrets"
    script = str(REPOSITORY / "docker" / "secrets.sh")
    run(script, "vitrina.example", env={"SECRETS": str(folder), "PATH": "/usr/bin:/bin"})
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(first) == set(COMPOSE["secrets"])
    assert folder.stat().st_mode & 0o077 == 0
    assert first["database-password"].strip() in first["database-url"]
    assert first["queue-password"].split()[1] in first["queue-url"]
    run(script, env={"SECRETS": str(folder), "PATH": "/usr/bin:/bin"})
    assert first == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_command_is_one_of_ours() -> None:
    commands = [one["command"] for one in OURS.values() if "command" in one]
    commands += [["python", "manage.py", "work"]] if '"manage.py", "work"]' in DOCKERFILE else []
    assert len(commands) == 4
    for command in commands:
        assert command[:2] == ["python", "manage.py"]
        assert command[2] in get_commands()


def test_ports_agree() -> None:
    port = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
    assert port == ["8000"]
    assert '"--bind", "0.0.0.0:8000"' in DOCKERFILE
    assert re.findall(r"set \$web http://(\w+):(\d+);", NGINX) == [("web", "8000")]
    listens = set(re.findall(r"listen (\d+)", NGINX))
    assert {published.rsplit(":", 1)[1] for published in SERVICES["proxy"]["ports"]} == listens
    probed = re.search(r":(\d+)/(\S+)", SERVICES["proxy"]["healthcheck"]["test"][-1])
    assert probed is not None
    assert probed[1] in listens
    assert f"location = /{probed[2]} " in NGINX
    scraped = (REPOSITORY / "docker" / "monitoring" / "prometheus.yml").read_text()
    with_metrics = {
        (name, one["environment"]["METRICS_PORT"])
        for name, one in OURS.items()
        if "METRICS_PORT" in one["environment"]
    }
    targets = set(re.findall(r"names: \[(\w+)\]\s+type: A\s+port: (\d+)", scraped))
    assert targets == {("web", "8000"), *with_metrics}
    assert '("http://127.0.0.1:8000/health/ready"' in HEALTHY.read_text()
    assert resolve("/health/ready").view_name


def test_a_host_without_database_changes_networks_that_there_are() -> None:
    changed = yaml.safe_load((REPOSITORY / "docker" / "host.yaml").read_text())

    assert set(changed) == {"networks"}
    for name, network in changed["networks"].items():
        assert COMPOSE["networks"][name]["internal"] is not network["internal"]


def test_a_container_has_the_time_to_stop() -> None:
    from project import gunicorn

    running = settings.STOP_GRACE.total_seconds()
    for name in ("worker", "webhooks"):
        assert seconds(SERVICES[name]["stop_grace_period"]) > running
    assert seconds(SERVICES["web"]["stop_grace_period"]) > gunicorn.graceful_timeout
    assert seconds(SERVICES["proxy"]["stop_grace_period"]) > gunicorn.graceful_timeout


def test_a_worker_is_not_called_ill_before_it_gives_up_itself() -> None:
    from project.settings import queue

    assert timedelta(seconds=PATIENCE) > queue.CANARY_PATIENCE


def test_the_lanes_have_someone_who_takes_from_them() -> None:
    """Queues are named in one place, ``manage.py work``: nothing here may name them again."""
    texts = [DOCKERFILE, *(str(one.get("command")) for one in OURS.values())]
    assert not any("--queues" in text or "celery" in text for text in texts)
    assert OURS["webhooks"]["command"][2:] == ["work", "--webhooks"]


# --- The proxy against the code -----------------------------------------------------------------
def body_limit(location: str) -> int:
    """Return how many bytes a location takes."""
    block = NGINX.split(f"location = {location} {{")[1].split("}")[0] if location else NGINX
    found = re.search(r"client_max_body_size (\d+)m;", block)
    assert found is not None
    return int(found[1]) * 2**20


def test_the_proxy_takes_what_the_site_takes() -> None:
    from worker.api.jobs import CreateJobView

    assert 0 <= body_limit("") - CreateJobView.json_max_bytes < 2**21
    for location in ("/", "/api/v1/batches"):
        assert body_limit(location) == longest_request()
        assert resolve(location).view_name
    assert resolve("/admin/classify/model/add/").view_name == "admin:classify_model_add"
    assert 0 < body_limit("/admin/classify/model/add/") - settings.MODEL_MAX_BYTES <= 2**20


def test_the_proxy_has_the_pictures_where_it_is_told() -> None:
    path = OURS["web"]["environment"]["MEDIA_INTERNAL_PATH"]
    block = NGINX.split(f"location {path} {{")[1].split("\n        }")[0]

    assert "internal;" in block
    mount = re.search(r"alias (\S+)/;", block)
    assert mount is not None
    volumes = [one for one in SERVICES["proxy"]["volumes"] if isinstance(one, dict)]
    assert [(one["source"], one["target"], one["read_only"]) for one in volumes] == [
        ("media", mount[1], True)
    ]
    assert "media:/data/media" in OURS["web"]["volumes"]
    for name, value in SAFE.items():
        assert re.search(rf'add_header {name} "?{re.escape(value)}"? always;', block), name


def test_the_proxy_overwrites_what_the_web_believes() -> None:
    assert OURS["web"]["environment"]["TRUSTED_PROXIES"] == "1"
    for name, value in (("For", "$remote_addr"), ("Proto", "$scheme"), ("Host", '""')):
        assert f"proxy_set_header X-Forwarded-{name} {value};" in NGINX
    # Headers are not inherited where a block sets one of its own.
    assert NGINX.count("proxy_set_header") == 5


# --- What keeps a container shut ----------------------------------------------------------------
@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_shut(name: str) -> None:
    one = SERVICES[name]

    assert one["read_only"]
    assert one["init"]
    assert one["cap_drop"] == ["ALL"]
    assert "cap_add" not in one
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in one
    assert name in OURS or re.fullmatch(r"[\w/]+:v?\d[\w.]*", one["image"])
    if name not in OURS:
        assert "user" in one or name == "grafana"  # which is nobody in its own image


def test_our_images_run_as_nobody() -> None:
    runtime = DOCKERFILE.split(" AS runtime\n")[1].split("\nFROM ")[0]
    assert runtime.rstrip().endswith("USER 10001:10001")
    assert "USER root" not in DOCKERFILE
    assert SERVICES["proxy"]["user"] == "10001:10001"


@pytest.mark.parametrize(("age", "status"), [(0, 0), (PATIENCE + 5, 1)], ids=["young", "old"])
def test_health_is_a_files_age(tmp_path: Path, age: int, status: int) -> None:
    file = tmp_path / "alive"
    file.touch()
    os.utime(file, (time.time() - age, time.time() - age))
    done = subprocess.run(
        [sys.executable, str(HEALTHY), "work"],
        env={"ALIVE_FILE": str(file)},
        check=False,
    )
    assert done.returncode == status


def test_the_default_of_the_images_is_production() -> None:
    assert "DJANGO_SETTINGS_MODULE=project.settings.production" in DOCKERFILE
    assert environment.BUILT_DIR is None  # here
