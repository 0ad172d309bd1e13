"""Batches: many pictures in one request."""

import math
import time
from collections.abc import Iterable
from typing import Any, Unpack

from vitrina.endpoint import endpoint
from vitrina.endpoints.base import Base, HasId, Parameters, given, id_of, new_key
from vitrina.errors import NotYetError, retry_after
from vitrina.flow import Flow, Pause
from vitrina.pictures import Picture, Source, picture_of
from vitrina.shapes import Batch, read


class BatchEndpoints(Base):
    """Batches."""

    @endpoint
    def create_batch(
        self,
        pictures: Iterable[Source | Picture] = (),
        *,
        archive: Source | Picture | None = None,
        service: str = "classify",
        key: str = "",
        **parameters: Unpack[Parameters],
    ) -> Flow[Batch]:
        """Hand in up to 50 pictures, or a zip archive of them; each becomes a job.

        A picture that cannot be used becomes a failed job. For more than 50, or to have results as
        they come, see ``classify_many``.

        :param key: the idempotency key; by default a new one.
        """
        all_pictures = [picture_of(source) for source in pictures]
        urls = [picture.url for picture in all_pictures if picture.url]
        files = [("images", picture) for picture in all_pictures if not picture.url]
        if archive is not None:
            files.append(("zip", picture_of(archive)))
        form = given(parameters) | {"service": service} | ({"image_urls": urls} if urls else {})
        content: dict[str, Any] = {"form": form, "pictures": files} if files else {"json": form}
        headers = {"Idempotency-Key": key or new_key()}
        answer = yield from self._send("POST", "batches", headers=headers, **content)
        return read(answer, Batch)

    @endpoint
    def batch(self, batch: HasId | str) -> Flow[Batch]:
        """Look at a batch: how many of its jobs are in each state."""
        return self._fetch(Batch, f"batches/{id_of(batch)}")

    @endpoint
    def wait_batch(self, batch: HasId | str, *, timeout: float | None = None) -> Flow[Batch]:
        """Wait until all jobs of a batch have ended; ``jobs(batch=…)`` lists them.

        :raises NotYetError: after ``timeout`` seconds; they go on.
        """
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            answer = yield from self._send("GET", f"batches/{id_of(batch)}")
            found = read(answer, Batch)
            if found.is_finished:
                return found
            pause = retry_after(answer) or 1
            if time.monotonic() + pause > end:
                raise NotYetError(f"Batch {found.id}")
            yield Pause(pause)
