"""Jobs: hand in a picture, wait, look, cancel, delete."""

import math
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypedDict, Unpack

from vitrina.endpoint import endpoint, pages
from vitrina.endpoints.base import Base, HasId, Parameters, given, id_of, new_key
from vitrina.errors import NotYetError, ProblemError, TooLargeError, retry_after
from vitrina.flow import Flow, Listing, Pause, Request
from vitrina.pictures import Picture, Source, picture_of
from vitrina.shapes import Feedback, Job, Usage, read

WAIT_MAX = 60
"""Seconds that the site lets one request wait."""

ALWAYS_TAKEN = 1_000_000
"""Bytes of a picture with which no site is asked first how many it takes."""


class Filters(TypedDict, total=False):
    """Which jobs to list.

    ``label`` is the id of the best class, and ``min_score`` the least score of it.
    """

    status: str | Sequence[str] | None
    service: str | None
    model: str | None
    label: str | None
    min_score: float | None
    created_after: datetime | None
    created_before: datetime | None
    batch: HasId | str | None
    lang: str | None


class JobEndpoints(Base):
    """Jobs."""

    _largest: int | None = None

    @endpoint
    def create_job(
        self,
        picture: Source | Picture,
        *,
        service: str = "classify",
        wait: float = 0,
        extra: Mapping[str, Any] | None = None,
        **parameters: Unpack[Parameters],
    ) -> Flow[Job]:
        """Hand in a picture; with ``wait`` the job may have ended in that many seconds.

        :param picture: a path, bytes, an open file, the address of a picture, or a
            :class:`Picture` that has a name and an idempotency key of its own.
        :param extra: parameters that only this service knows.
        :raises ProblemError: when it is not accepted.
        """
        return self._create(service, picture, wait, {**parameters, **(extra or {})})

    @endpoint
    def classify(
        self,
        picture: Source | Picture,
        *,
        timeout: float | None = None,
        **parameters: Unpack[Parameters],
    ) -> Flow[Job]:
        """Classify a picture: hand it in and wait until the job has ended.

        :raises ProblemError: when it is not accepted.
        :raises NotYetError: after ``timeout`` seconds; the job goes on.
        """
        return self._classify(picture, timeout, parameters)

    @endpoint
    def wait(
        self, job: HasId | str, *, timeout: float | None = None, lang: str | None = None
    ) -> Flow[Job]:
        """Wait until a job has ended, however.

        :raises NotYetError: after ``timeout`` seconds; the job goes on.
        """
        return self._wait(id_of(job), _end(timeout), lang)

    @endpoint
    def job(self, job: HasId | str, *, lang: str | None = None) -> Flow[Job]:
        """Look at a job."""
        return self._fetch(Job, f"jobs/{id_of(job)}", lang=lang)

    @pages
    def jobs(self, *, page_size: int = 100, **filters: Unpack[Filters]) -> Listing[Job]:
        """List your jobs, newest first."""
        query: dict[str, Any] = {**filters, "limit": page_size}
        for name in ("created_after", "created_before"):
            if query.get(name):
                query[name] = query[name].isoformat()
        if query.get("batch"):
            query["batch"] = id_of(query["batch"])
        return Listing(Request("GET", "jobs", query=given(query)), Job)

    @endpoint
    def cancel(self, job: HasId | str) -> Flow[Job]:
        """Cancel a job that has not ended; what a worker still makes of it is dropped.

        :raises ProblemError: with the code ``conflict`` when it has.
        """
        answer = yield from self._send("POST", f"jobs/{id_of(job)}/cancel")
        return read(answer, Job)

    @endpoint
    def delete(self, job: HasId | str) -> Flow[None]:
        """Erase a job with its picture and its result; no error when it is erased already."""
        try:
            yield from self._send("DELETE", f"jobs/{id_of(job)}")
        except ProblemError as problem:
            if problem.status != HTTPStatus.GONE:
                raise

    @endpoint
    def image(self, job: HasId | str) -> Flow[bytes]:
        """Load the picture of a job that has succeeded: a JPEG, upright, without metadata."""
        answer = yield from self._send("GET", f"jobs/{id_of(job)}/image")
        return answer.content

    @endpoint
    def feedback(
        self, job: HasId | str, *, correct: bool | None = None, label: str | None = None
    ) -> Flow[Feedback]:
        """Say of a result that it is right, or which class it should have been."""
        said = given({"correct": correct, "label": label})
        answer = yield from self._send("PUT", f"jobs/{id_of(job)}/feedback", json=said)
        return read(answer, Feedback)

    @endpoint
    def clear_feedback(self, job: HasId | str) -> Flow[None]:
        """Take back what you have said of a result."""
        yield from self._send("DELETE", f"jobs/{id_of(job)}/feedback")

    def _classify(
        self, source: Source | Picture, timeout: float | None, parameters: Mapping[str, Any]
    ) -> Flow[Job]:
        end = _end(timeout)
        job = yield from self._create(
            "classify", source, min(WAIT_MAX, timeout or WAIT_MAX), parameters
        )
        if job.is_finished:
            return job
        return (yield from self._wait(job.id, end, None))

    def _create(
        self, service: str, source: Source | Picture, wait: float, parameters: Mapping[str, Any]
    ) -> Flow[Job]:
        picture = picture_of(source)
        yield from self._check_size(picture.size)
        headers = {"Idempotency-Key": picture.key or new_key()}
        if wait:
            headers["Prefer"] = f"wait={math.ceil(wait)}"
        form = given(parameters)
        content: dict[str, Any] = {"form": form, "pictures": [("image", picture)]}
        if picture.url:
            content = {"json": form | {"image_url": picture.url}}
        answer = yield from self._send(
            "POST", f"services/{id_of(service)}/jobs", headers=headers, wait=wait, **content
        )
        return read(answer, Job)

    def _check_size(self, size: int) -> Flow[None]:
        """Refuse what the site would refuse: it hangs up on whoever sends far too much.

        :raises TooLargeError: when it is too large.
        """
        if size <= ALWAYS_TAKEN:
            return
        if self._largest is None:
            usage = yield from self._fetch(Usage, "me/usage")
            self._largest = usage.limits.image_bytes
        if size > self._largest:
            raise TooLargeError(size, self._largest)

    def _wait(self, job_id: str, end: float, lang: str | None) -> Flow[Job]:
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise NotYetError(f"Job {job_id}")
            seconds = math.ceil(min(WAIT_MAX, left))
            asked = time.monotonic()
            answer = yield from self._send(
                "GET",
                f"jobs/{job_id}",
                query=given({"lang": lang}),
                headers={"Prefer": f"wait={seconds}"},
                wait=seconds,
            )
            job = read(answer, Job)
            if job.is_finished:
                return job
            if time.monotonic() - asked < seconds / 2:
                # As many wait there already as may, or the site is being restarted.
                yield Pause(min(retry_after(answer) or 1, max(0, end - time.monotonic())))


def _end(timeout: float | None) -> float:
    return math.inf if timeout is None else time.monotonic() + timeout
