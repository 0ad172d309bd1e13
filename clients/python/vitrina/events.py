"""Watches a job: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

import json

import httpx

from vitrina.endpoints.base import given
from vitrina.flow import Request, answered, pause_before
from vitrina.shapes import Event, Job, parse


class Watch:
    """A job that is watched: what to ask for, what comes, and whether to connect again."""

    def __init__(self, job_id: str, lang: str | None, *, url: str, retries: int) -> None:
        self._path = f"jobs/{job_id}/events"
        self._lang = lang
        self._url = url
        self._retries = retries
        self._failures = 0
        self._finished = False
        self._last_id = ""
        self._reconnect = 2.0
        self._type = ""
        self._data: list[str] = []

    def request(self) -> Request:
        """Return what to ask for: what comes after the last event."""
        headers = {"Accept": "text/event-stream"}
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        query = given({"lang": self._lang})
        return Request("GET", self._path, query=query, headers=headers)

    def read(self, line: str) -> Event | None:
        """Take in a line; return the event that it ends."""
        if not line:
            return self._event()
        name, _colon, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._type = value
        elif name == "data":
            self._data.append(value)
        elif name == "id":
            self._last_id = value
        elif name == "retry" and value.isdecimal():
            self._reconnect = int(value) / 1000
        return None

    def _event(self) -> Event | None:
        kind, data = self._type, "\n".join(self._data)
        self._type, self._data = "", []
        if not data:
            return None
        event = Event(self._last_id, kind, parse(json.loads(data), Job))
        self._failures, self._finished = 0, event.job.is_finished
        return event

    def pause(self, outcome: httpx.Response | httpx.TransportError) -> float | None:
        """Return after how many seconds to connect again; ``None`` when the job has ended.

        :param outcome: an answer that has been read to its end, or why there is none.
        :raises VitrinaError: when it would not help.
        """
        if isinstance(outcome, httpx.Response) and outcome.status_code < 300:
            gone_by = outcome.status_code == httpx.codes.NO_CONTENT
            return None if self._finished or gone_by else self._reconnect
        if self._finished:
            return None
        self._failures += 1
        pause = None
        if self._failures <= self._retries:
            pause = pause_before(self._failures - 1, self.request(), outcome)
        if pause is None:
            answered(outcome, self._url)
        return pause
