"""The Helm chart renders to sound manifests that name only what the code has."""

import re
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.urls import resolve

from project import gunicorn
from project.middleware import PROBES
from tests.conftest import REPOSITORY
from tests.project.chart import (
    CHART,
    SCHEMA,
    Manifest,
    containers,
    environment_of,
    of_kind,
    pods,
    template,
    variables,
)

DOCKER = REPOSITORY / "docker"
SECRETS = "/run/secrets/vitrina"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("version", ["1.27", kubernetes_validate.latest_version()])
def test_it_is_what_kubernetes_takes(manifests: list[Manifest], version: str) -> None:
    """KEDA's and the Prometheus operator's kinds are theirs: other tests look at them."""
    known = [one for one in manifests if "." not in one["apiVersion"].removesuffix(".k8s.io/v1")]
    others = {one["kind"] for one in manifests if one not in known}

    assert len(known) > 15
    assert others <= {"ScaledObject", "PodMonitor"}
    for one in known:
        kubernetes_validate.validate(one, version, strict=True)


def test_helm_finds_nothing_to_complain_of(helm: str) -> None:
    done = subprocess.run(
        [helm, "lint", "--strict", str(CHART)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


# --- Manifests against the code -----------------------------------------------------------------
def test_every_variable_is_one_that_is_read(manifests: list[Manifest]) -> None:
    known = variables() | {f"{name}_FILE" for name in variables()}
    for name, container in containers(manifests).items():
        given = set(environment_of(container))
        assert given >= {"ALLOWED_HOSTS", "SECRET_KEY_FILE"}, name
        assert given <= known, name


@pytest.mark.timeout(60)  # each starts a process
@pytest.mark.parametrize("name", ["web", "worker-main"])
def test_the_site_understands_what_it_is_given(
    manifests: list[Manifest], tmp_path: Path, name: str
) -> None:
    secret = {
        "DATABASE_URL": "postgres://user:pass@host/name",
        "EMAIL_URL": "console:",
        "REDIS_URL": "redis://host",
        "SIGN_IN_PROVIDERS": "[]",
    }
    given = environment_of(containers(manifests)[name])
    for variable, path in given.items():
        if variable.endswith("_FILE"):
            value = secret.get(variable.removesuffix("_FILE"), "x" * 50)
            (tmp_path / Path(path).name).write_text(value)
    given = {key: value.replace(SECRETS, str(tmp_path)) for key, value in given.items()}
    code = "from project.settings.production import *; print(*ALLOWED_HOSTS)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("vitrina.example")
    assert done.stdout.split() == given["ALLOWED_HOSTS"].split(",")


def test_every_command_is_one_of_ours(manifests: list[Manifest]) -> None:
    apps = get_commands()
    for name, container in containers(manifests).items():
        if name == "web":
            assert "command" not in container  # the image's
            continue
        python, manage, command, *arguments = container["command"]
        assert (python, manage) == ("python", "manage.py")
        app = apps[command]
        assert isinstance(app, str)
        load_command_class(app, command).create_parser("manage.py", command).parse_args(arguments)


def test_ports_and_probes_agree(manifests: list[Manifest]) -> None:
    every = containers(manifests)
    web = every.pop("web")
    assert web["ports"] == [{"name": "http", "containerPort": 8000}]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = web[probe]["httpGet"]
        assert asked["port"] == "http"
        assert resolve(asked["path"]).view_name
        assert asked["path"] in PROBES
    del every["setup"]
    for name, container in every.items():
        port = environment_of(container)["METRICS_PORT"]
        assert container["ports"] == [{"name": "metrics", "containerPort": int(port)}], name
        for probe in ("readinessProbe", "livenessProbe"):
            assert container[probe]["exec"]["command"] == ["healthy", "work"]


def test_a_pod_has_the_time_to_stop(manifests: list[Manifest]) -> None:
    times = {
        name: one["spec"]["terminationGracePeriodSeconds"] for name, one in pods(manifests).items()
    }
    running = settings.STOP_GRACE.total_seconds()
    for name, time in times.items():
        if name.startswith("worker-") or name == "webhooks":
            assert time > running, name
    wait = containers(manifests)["web"]["lifecycle"]["preStop"]["exec"]["command"]
    assert wait[0] == "sleep"
    assert times["web"] > int(wait[1]) + gunicorn.graceful_timeout


def test_it_is_the_images_that_are_built(manifests: list[Manifest]) -> None:
    dockerfile = (DOCKER / "Dockerfile").read_text()
    targets = re.findall(r" AS ([\w-]+)$", dockerfile, re.MULTILINE)
    for name, container in containers(manifests).items():
        pattern = r"(?:[\w.]+/)*vitrina-([\w-]+):[\d.]+(?:@sha256:\w{64})?"
        image = re.fullmatch(pattern, container["image"])
        assert image is not None, name
        assert image[1] in targets
    assert "EXPOSE 8000" in dockerfile
    assert "docker/healthy.py /usr/local/bin/healthy" in dockerfile
    assert '"work": work' in (DOCKER / "healthy.py").read_text()
    assert "USER 10001:10001" in dockerfile


# --- How they belong together -------------------------------------------------------------------
def selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()


def test_selectors_select_what_they_should(manifests: list[Manifest]) -> None:
    labels = {name: one["metadata"]["labels"] for name, one in pods(manifests).items()}

    def selected(one: Manifest) -> list[str]:
        spec = one["spec"]
        selector = spec.get("podSelector") or spec["selector"]
        wanted = selector.get("matchLabels", selector)
        return [name for name, has in labels.items() if selects(wanted, has)]

    for one in of_kind(manifests, "Deployment", "PodDisruptionBudget", "NetworkPolicy"):
        assert [name for name in selected(one) if one["metadata"]["name"].endswith(name)]
        assert len(selected(one)) == 1
    guarded = [name for one in of_kind(manifests, "NetworkPolicy") for name in selected(one)]
    assert sorted(guarded) == sorted(labels)
    (service,) = of_kind(manifests, "Service")
    assert selected(service) == ["web"]
    for monitor in of_kind(manifests, "PodMonitor"):
        assert sorted(selected(monitor)) == sorted(labels)
        asked = {one["port"] for one in monitor["spec"]["podMetricsEndpoints"]}
        every = containers(manifests).values()
        assert asked == {port["name"] for one in every for port in one.get("ports", [])}


def test_who_opens_strangers_pictures_talks_to_no_stranger(manifests: list[Manifest]) -> None:
    policies = {
        one["metadata"]["labels"]["app.kubernetes.io/component"]: one["spec"]["egress"]
        for one in of_kind(manifests, "NetworkPolicy")
    }
    for part, egress in policies.items():
        strangers = [rule for rule in egress if "ports" not in rule]
        assert bool(strangers) == (part in {"web", "webhooks"}), part
        for rule in strangers:
            assert all(peer["ipBlock"]["except"] for peer in rule["to"])


def test_every_pod_is_shut(manifests: list[Manifest]) -> None:
    for name, pod in pods(manifests).items():
        spec = pod["spec"]
        container = spec["containers"][0]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["enableServiceLinks"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in container["resources"]["limits"]
        assert len(spec["containers"]) == 1
        assert "initContainers" not in spec
    accounts = of_kind(manifests, "ServiceAccount")
    assert all(one["automountServiceAccountToken"] is False for one in accounts)
    used = {pod["spec"]["serviceAccountName"] for pod in pods(manifests).values()}
    assert used == {one["metadata"]["name"] for one in accounts}


def test_secrets_are_named_and_never_held(manifests: list[Manifest]) -> None:
    secret = set(SCHEMA["properties"]["secrets"]["properties"])
    assert of_kind(manifests, "Secret", "ConfigMap") == []
    for name, pod in pods(manifests).items():
        given = environment_of(pod["spec"]["containers"][0])
        assert not secret & set(given)
        files = {path for variable, path in given.items() if variable.endswith("_FILE")}
        (volume,) = [one for one in pod["spec"]["volumes"] if one["name"] == "secrets"]
        mounted = [
            item for one in volume["projected"]["sources"] for item in one["secret"]["items"]
        ]
        assert files == {f"{SECRETS}/{item['path']}" for item in mounted}
        assert "ADMIN_PASSWORD_FILE" not in given or name == "setup"


def test_what_sets_up_runs_first(manifests: list[Manifest]) -> None:
    """And has its account and its network then."""
    hooks = {
        one["kind"]: one["metadata"]["annotations"]
        for one in manifests
        if "helm.sh/hook" in one["metadata"].get("annotations", {})
    }
    assert set(hooks) == {"Job", "ServiceAccount", "NetworkPolicy"}
    assert {one["helm.sh/hook"] for one in hooks.values()} == {"pre-install,pre-upgrade"}
    first = int(hooks["Job"]["helm.sh/hook-weight"])
    assert all(int(hooks[k]["helm.sh/hook-weight"]) < first for k in hooks if k != "Job")


def test_a_bucket_takes_the_volumes_place(helm: str) -> None:
    done = template(helm, "--set", "settings.S3_BUCKET=pictures")
    assert done.returncode == 0, done.stderr
    made = [one for one in yaml.safe_load_all(done.stdout) if one]

    volumes = [
        volume
        for pod in pods(made).values()
        for volume in pod["spec"]["volumes"]
        if volume["name"] == "data"
    ]
    assert len(volumes) >= 4
    assert all("persistentVolumeClaim" not in volume for volume in volumes)
    ways = {
        one["metadata"]["name"].removeprefix("site-vitrina-"): {
            port["port"] for way in one["spec"]["egress"] for port in way.get("ports", [])
        }
        for one in of_kind(made, "NetworkPolicy")
    }
    assert {part for part, ports in ways.items() if 443 in ports} == {
        *(part for part in ways if part.startswith("worker-")),
        *("web", "sweeper", "setup"),
    }
