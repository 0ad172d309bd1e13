"""The endpoints about jobs: create, list, look at, cancel, delete."""

import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiRequest, OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from project.api import room
from project.api.idempotency import REPLAYED, idempotency_key
from project.api.paging import checked_query, page_of, page_response
from project.api.parsers import JsonParser
from project.api.problems import ProblemError
from project.api.schema import LINK, problems
from project.api.uploads import ApiUploadHandler, refuse_long_request
from project.api.views import ApiView
from project.serving import stored_file_response
from worker.api import examples, representation, schemas
from worker.api.common import (
    job_awaited,
    job_or_problem,
    job_response,
    language_check,
    service_or_404,
)
from worker.api.inputs import Source, Wanted, fetched, image_source, wanted
from worker.api.keys import Once
from worker.api.presenter import presenter_for
from worker.models import Job, Lane, Status
from worker.selectors import jobs_listed_for
from worker.services import job_cancel, job_delete, job_submit, picture_sha256


class CreateJobView(ApiView):
    """Jobs of a service."""

    access = {"POST": Scope.JOBS_WRITE}
    parser_classes = (MultiPartParser, JsonParser)
    # Base64 has four characters for three bytes.
    json_max_bytes = settings.UPLOAD_MAX_BYTES * 4 // 3 + 64 * 1024

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """Have the files of this request taken in with its own limits."""
        handler = ApiUploadHandler(request, total=settings.UPLOAD_MAX_BYTES, code="too_large")
        request.upload_handlers = [handler]
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(
        operation_id="jobs_create",
        tags=["jobs"],
        parameters=[
            schemas.WAIT,
            schemas.KEY,
            schemas.ETAG,
            schemas.LOCATION,
            schemas.AGAIN,
            schemas.APPLIED,
            schemas.REPLAYED,
        ],
        request={
            schemas.MULTIPART: OpenApiRequest(
                schemas.CreateJobForm, examples=examples.CREATE_JOB_FORM
            ),
            schemas.JSON: OpenApiRequest(schemas.CreateJobJson, examples=examples.CREATE_JOB),
        },
        responses={
            201: OpenApiResponse(schemas.Job, "It has ended while you waited.", examples.JOB),
            202: OpenApiResponse(schemas.Job, "It waits or runs.", examples.QUEUED_JOB),
            **problems(409, 422),
        },
    )
    def post(self, request: Request, service: str) -> Response:
        """Create a job: hand in one picture.

        As a file, as text, or by its address. A picture that turns out to be damaged is a failed
        job and not a failed request.
        """
        slug = service_or_404(service)
        refuse_long_request(request._request, total=self.json_max_bytes, code="too_large")  # noqa: SLF001
        wishes = wanted(cast("Mapping[str, Any]", request.data), presenter_for(slug))
        source = image_source(request)
        key = idempotency_key(request._request)  # noqa: SLF001
        if key is None:
            return self._answer(request, self._submit(slug, source, wishes), replayed=False)
        once = Once(self.user, key, _content(slug, source, wishes))
        job, replayed = once.create(lambda note: self._submit(slug, source, wishes, note))
        return self._answer(request, job, replayed=replayed)

    def _submit(
        self,
        service: str,
        source: Source,
        wishes: Wanted,
        note: Callable[[Job], None] | None = None,
    ) -> Job:
        """Fetch the picture where it has to be fetched, and hand it in."""
        image = source.file
        if image is None:
            with room.outside():
                image = fetched(source.url)
        return job_submit(
            user=self.user,
            service=service,
            image=image,
            name=source.name,
            model=wishes.model,
            parameters=wishes.parameters,
            lane=wishes.lane or Lane.INTERACTIVE,
            on_store=note,
        )

    def _answer(self, request: Request, job: Job, *, replayed: bool) -> Response:
        """Answer 201 with a job that has been waited for, else 202."""
        job, applied = job_awaited(request, job)
        status = HTTPStatus.CREATED if applied else HTTPStatus.ACCEPTED
        response = job_response(request, job, status=status)
        response["Location"] = response.data["urls"]["self"]
        for name, value in applied.items():
            response[name] = value
        if replayed:
            response[REPLAYED] = "true"
        return response


def _content(service: str, source: Source, wishes: Wanted) -> dict[str, Any]:
    """Return what tells a create from another one with the same key."""
    image = picture_sha256(source.file) if source.file is not None else source.url
    return {
        "service": service,
        "image": image,
        "model": wishes.model,
        "parameters": wishes.parameters,
        "lane": wishes.lane,
    }


class JobsView(ApiView):
    """A user's jobs."""

    access = {"GET": Scope.JOBS_READ}

    @extend_schema(
        operation_id="jobs_list",
        tags=["jobs"],
        parameters=[schemas.JobsQuery, LINK],
        responses={200: OpenApiResponse(schemas.JobPage, "A page of jobs.", examples.JOBS)},
    )
    def get(self, request: Request) -> Response:
        """List your jobs, newest first."""
        wishes = checked_query(request, schemas.JobsQuery)
        jobs = _filtered(jobs_listed_for(self.user), wishes)
        page = page_of(jobs, cursor=wishes.get("cursor"), limit=wishes["limit"])
        results = representation.jobs_data(
            page.rows,
            language=wishes.get("lang") or get_language() or "",
            address=request.build_absolute_uri,
        )
        return page_response(request, page, results)


_FILTERS = {
    "status": "status__in",
    "service": "service",
    "model": "model",
    "label": "label",
    "min_score": "score__gte",
    "created_after": "created_at__gte",
    "created_before": "created_at__lt",
    "batch": "batch_id",
}


def _filtered(jobs: QuerySet[Job], wishes: dict[str, Any]) -> QuerySet[Job]:
    """Return those jobs that have what is asked for."""
    wanted_fields = {
        lookup: wishes[name]
        for name, lookup in _FILTERS.items()
        if wishes.get(name) not in (None, [])
    }
    return jobs.filter(**wanted_fields)


class JobView(ApiView):
    """One job."""

    access = {"GET": Scope.JOBS_READ, "DELETE": Scope.JOBS_WRITE}

    @extend_schema(
        operation_id="jobs_get",
        tags=["jobs"],
        parameters=[
            schemas.WAIT,
            schemas.IF_NONE_MATCH,
            schemas.LANG,
            schemas.ETAG,
            schemas.AGAIN,
            schemas.APPLIED,
        ],
        responses={
            200: OpenApiResponse(schemas.Job, "The job.", examples.JOB),
            304: OpenApiResponse(None, "It is as you know it."),
            **problems(410),
        },
    )
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """Look at a job: always 200 while it exists."""
        language_check(request)
        job, applied = job_awaited(request, job_or_problem(self.user, job_id))
        response = job_response(request, job)
        for name, value in applied.items():
            response[name] = value
        return response

    @extend_schema(
        operation_id="jobs_delete",
        tags=["jobs"],
        responses={204: OpenApiResponse(None, "It is erased."), **problems(410)},
    )
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """Erase a job with its picture and its result; from then on it is gone (410)."""
        del request
        job_delete(job=job_or_problem(self.user, job_id))
        return Response(status=HTTPStatus.NO_CONTENT)


class CancelJobView(ApiView):
    """The end of a job that is not wanted any more."""

    access = {"POST": Scope.JOBS_WRITE}

    @extend_schema(
        operation_id="jobs_cancel",
        tags=["jobs"],
        request=None,
        parameters=[schemas.ETAG],
        responses={
            200: OpenApiResponse(schemas.Job, "The canceled job.", examples.CANCELED_JOB),
            202: OpenApiResponse(
                schemas.Job, "It ran: a worker lets go of it in a moment.", examples.CANCELED_JOB
            ),
            **problems(409, 410),
        },
    )
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Cancel a job that has not ended; whatever a worker still makes of it is dropped."""
        job = job_or_problem(self.user, job_id)
        ran = job.status == Status.RUNNING
        canceled = job_cancel(job=job)
        job = job_or_problem(self.user, job_id)
        if not canceled and job.status != Status.CANCELED:
            raise ProblemError("conflict")
        status = HTTPStatus.ACCEPTED if canceled and ran else HTTPStatus.OK
        return job_response(request, job, status=status)


class JobImageView(ApiView):
    """The picture of a job."""

    access = {"GET": Scope.JOBS_READ}

    @extend_schema(
        operation_id="jobs_image",
        tags=["jobs"],
        responses={
            (200, "image/jpeg"): OpenApiResponse(bytes, description="The picture."),
            **problems(410),
        },
    )
    def get(self, request: Request, job_id: uuid.UUID) -> HttpResponseBase:
        """Load the picture as a worker encoded it anew, upright and without metadata."""
        del request
        job = job_or_problem(self.user, job_id)
        try:
            return stored_file_response(
                job.display.storage,
                job.display.name,
                content_type="image/jpeg",
                filename="picture.jpg",
            )
        except FileNotFoundError as error:
            raise ProblemError("not_found") from error
