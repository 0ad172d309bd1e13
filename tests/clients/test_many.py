"""Many pictures at once: bounded, complete, in any order or in theirs."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.clients.conftest import Kind, Server
from tests.clients.flaky import LOSE, flaky
from tests.conftest import picture
from vitrina import Picture, ProblemError
from worker.models import Job

pytestmark = [pytest.mark.model, pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(180)]


def distinct(number: int) -> bytes:
    """Return a picture like no other."""
    buffer = io.BytesIO()
    Image.new("RGB", (64 + number, 48), "teal").save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.mark.parametrize("ordered", [True, False])
def test_all_are_classified_few_at_a_time(
    kind: Kind, classifying: Server, secret: str, tmp_path: Path, ordered: bool
) -> None:
    pictures: list[Any] = [Picture(distinct(n), name=f"{n}.jpg") for n in range(30)]
    pictures[7] = Picture(b"no picture", name="7.jpg")
    pictures[8] = Picture(tmp_path / "nowhere.jpg", name="8.jpg")
    asked = 0

    def coming() -> Any:
        nonlocal asked
        for each in pictures:
            asked += 1
            yield each

    with flaky(classifying.port, LOSE, "pass", LOSE) as way:
        client = kind.client(way.url, secret)
        results = kind.do(client.classify_many(coming(), concurrency=4, ordered=ordered, top_k=1))
        assert way.most_at_once <= 4

    names = [result.picture.name for result in results]
    assert sorted(names) == sorted(each.name for each in pictures)
    if ordered:
        assert names == [each.name for each in pictures]
    by_name = {result.picture.name: result for result in results}
    bad = by_name["7.jpg"].error
    assert isinstance(bad, ProblemError)
    assert bad.code == "unsupported_type"
    assert isinstance(by_name["8.jpg"].error, FileNotFoundError)
    good = [result.job for result in results if result.job]
    assert all(len(job.predictions) == 1 for job in good)
    assert Job.objects.count() == len(good) == 28
    assert asked == 30


def test_whoever_stops_listening_leaves_nothing_behind(
    kind: Kind, classifying: Server, secret: str
) -> None:
    client = kind.client(classifying.url, secret)
    asked = []

    def coming() -> Any:
        while True:
            asked.append(picture())
            yield asked[-1]

    results = client.classify_many(coming(), concurrency=2)
    if kind.portal:
        assert kind.do(anext(results)).job
        kind.do(results.aclose())
    else:
        assert next(results).job
        results.close()
    assert len(asked) <= 3
