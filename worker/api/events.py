"""A job's states as server-sent events, for whoever wants to watch instead of asking.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
import time
import uuid
from collections.abc import Iterator
from http import HTTPStatus

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from project.api import room
from project.api.problems import ProblemError
from project.api.schema import problems
from project.api.views import ApiView
from worker.api import examples, representation, schemas
from worker.api.common import job_or_problem, language, language_check
from worker.api.waiting import watch
from worker.models import Job, Status

HEARTBEAT_SECONDS = 15.0
LONGEST_SECONDS = 600.0
"""After this long a stream ends; who watches connects again, and misses nothing."""

RECONNECT_MS = 2000

EVENT = {
    "type": "object",
    "description": "One event of the stream.",
    "required": ["event", "id", "data"],
    "properties": {
        "event": {"type": "string", "enum": Status.values, "description": "The job's state."},
        "id": {"type": "string", "description": "For `Last-Event-ID`."},
        "data": {
            "type": "string",
            "description": "The job.",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/Job"},
        },
    },
}
"""As OpenAPI 3.1 describes streams: by what each of their parts is."""


def event_id(job: Job) -> str:
    """Return what tells two states of a job apart."""
    return f"{job.attempts}-{job.status}"


class JobEventsView(ApiView):
    """What happens to a job."""

    access = {"GET": Scope.JOBS_READ}

    @extend_schema(
        operation_id="jobs_events",
        tags=["jobs"],
        parameters=[
            schemas.LANG,
            OpenApiParameter(
                "Last-Event-ID",
                str,
                OpenApiParameter.HEADER,
                description="The last event that you have seen: the stream goes on after it.",
            ),
        ],
        responses={
            (200, "text/event-stream"): OpenApiResponse(
                EVENT,
                "An event for each state, named after it, with the job as its data; a comment "
                "every 15 seconds while nothing happens. The stream closes after the last event.",
                examples.EVENTS,
            ),
            204: OpenApiResponse(None, "You have seen the last event; do not connect again."),
            **problems(410),
        },
    )
    def get(self, request: Request, job_id: uuid.UUID) -> HttpResponseBase:
        """Follow a job: an event for each of its states, until it has ended."""
        language_check(request)
        job = job_or_problem(self.user, job_id)
        seen = request.headers.get("Last-Event-ID", "")
        if job.is_finished and seen == event_id(job):
            return Response(status=HTTPStatus.NO_CONTENT)
        if watch.is_full:
            raise ProblemError("too_many_waiting", headers={"Retry-After": "5"})
        return StreamingHttpResponse(
            self._events(request, job, seen),
            content_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    def _events(self, request: Request, job: Job, seen: str) -> Iterator[str]:
        """Yield events and, while nothing happens, comments that keep the connection alive."""
        lang, end = language(request, job), time.monotonic() + LONGEST_SECONDS
        yield f"retry: {RECONNECT_MS}\n\n"
        while True:
            if seen != event_id(job):
                seen = event_id(job)
                yield self._event(request, job, lang)
            if job.is_finished or time.monotonic() > end:
                return
            start = time.monotonic()
            state = (job.status, job.attempts)
            changed = watch.wait(job.id, seen=state, seconds=HEARTBEAT_SECONDS)
            if changed:
                try:
                    with room.inside():
                        job = job_or_problem(self.user, job.id)
                except ProblemError:
                    return
            elif time.monotonic() - start < HEARTBEAT_SECONDS:
                return  # the process stops, or too many wait
            else:
                yield ": still waiting\n\n"

    def _event(self, request: Request, job: Job, lang: str) -> str:
        """Return one event as text. This runs after the view has returned, hence the room."""
        with room.inside(), translation.override(lang):
            data = representation.job_data(job, language=lang, address=request.build_absolute_uri)
        text = json.dumps(data, ensure_ascii=False)
        return f"event: {job.status}\nid: {event_id(job)}\ndata: {text}\n\n"
