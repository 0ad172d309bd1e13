"""A webhook from end to end: real web, workers and sweeper, and a receiver that fails first."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks

from accounts.models import User
from accounts.tokens import token_create
from tests.api.conftest import Server
from tests.api.receiver import certificate, receiver
from tests.conftest import picture, wait_until
from tests.factories import UserFactory

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]


def test_it_fails_three_times_and_then_accepts(
    serve: Callable[..., Server],
    start: Callable[..., Any],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    user: User = UserFactory.create()
    serves, _ = certificate(tmp_path, "localhost")
    local = {
        "DJANGO_SETTINGS_MODULE": "tests.api.local_receivers",
        "RECEIVER_CERTIFICATE": str(tmp_path / "cert.pem"),
    }
    start("work", "--processes=1")
    start("work", "--webhooks", **local)
    start("sweeper", **local)
    answers = [(500, {}, b"broken"), (302, {"Location": "/"}, b""), (503, {}, b""), (204, {}, b"")]
    server = serve(processes=1)
    with (
        receiver(*answers, tls=serves) as (port, requests),
        server.client(token_create(user=user, name="x")[1], timeout=60) as client,
    ):
        url = f"https://localhost:{port}/hook"
        webhook = client.post("/api/v1/webhooks", json={"url": url, "events": ["job.succeeded"]})
        assert webhook.status_code == 201, webhook.text
        job = client.post(
            "/api/v1/services/null/jobs",
            files={"image": ("a.jpg", picture())},
            headers={"Prefer": "wait=60", "X-Request-Id": "from-end-to-end"},
        )
        assert job.status_code == 201
        url = f"/api/v1/webhooks/{webhook.json()['id']}/deliveries"
        wait_until(
            lambda: client.get(url).json()["results"][0]["status"] == "succeeded", seconds=60
        )
        (delivery,) = client.get(url).json()["results"]

        assert delivery["attempts"] == 4
        assert [one["response_status"] for one in delivery["tries"]] == [500, 302, 503, 204]
        assert delivery["tries"][0]["response_excerpt"] == "broken"
        assert len(requests) == 4
        signer = standardwebhooks.Webhook(webhook.json()["secret"])
        for _method, _path, headers, body in requests:
            assert signer.verify(body, headers) == delivery["payload"]
            assert headers["X-Request-Id"] == "from-end-to-end"
        assert delivery["payload"]["data"]["id"] == job.json()["id"]

        replay = client.post(f"/api/v1/webhooks/deliveries/{delivery['id']}/replay")
        assert replay.status_code == 202
        wait_until(lambda: len(requests) == 5, seconds=60)
        test = client.post(f"/api/v1/webhooks/{webhook.json()['id']}/test")
        assert test.status_code == 202
        wait_until(lambda: len(requests) == 6, seconds=60)
    log = capfd.readouterr().err
    job_id = job.json()["id"]
    for line in (f"worker.services: job {job_id}", f"worker.execution: job {job_id}"):
        assert f"[from-end-to-end] {line}" in log
    assert f"[from-end-to-end] worker.webhook_delivery: delivery {delivery['id']}: 500" in log
    ids = [headers["webhook-id"] for _, _, headers, _ in requests]
    assert len(set(ids[:5])) == 1
    assert ids[5] != ids[0]
