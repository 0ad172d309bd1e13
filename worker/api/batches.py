"""The endpoints about batches: many pictures at once."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiRequest, OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from project.api import room
from project.api.idempotency import REPLAYED, idempotency_key
from project.api.parsers import JsonParser
from project.api.problems import invalid
from project.api.schema import problems
from project.api.uploads import ApiUploadHandler, refuse_long_request
from project.api.views import ApiView
from worker.api import examples, representation, schemas
from worker.api.archive import Picture, pictures_in
from worker.api.common import batch_or_404, service_or_404, versioned
from worker.api.inputs import Wanted, fetched, url_source, wanted
from worker.api.keys import Once
from worker.api.presenter import presenter_for
from worker.failures import JobRefusedError
from worker.models import Batch
from worker.registry import services
from worker.selectors import batch_counts
from worker.services import jobs_submit, picture_sha256

FETCHERS = 8
FETCH_ALL_SECONDS = 30.0
"""For the addresses of one batch; what has not been fetched then is a failed job of it."""


class BatchesView(ApiView):
    """Batches of a user."""

    access = {"POST": Scope.JOBS_WRITE}
    parser_classes = (MultiPartParser, JsonParser)

    @property
    def _total(self) -> int:
        """The longest honest request: the most pictures, or the largest archive."""
        pictures: int = settings.UPLOAD_MAX_FILES * settings.UPLOAD_MAX_BYTES
        return max(pictures, settings.API_ARCHIVE_MAX_BYTES)

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """Have the files of this request taken in with its own limits."""
        handler = ApiUploadHandler(
            request,
            total=self._total,
            code="request_too_large",
            fields={"zip": settings.API_ARCHIVE_MAX_BYTES},
        )
        request.upload_handlers = [handler]
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(
        operation_id="batches_create",
        tags=["batches"],
        parameters=[schemas.KEY, schemas.LOCATION, schemas.REPLAYED],
        request={
            schemas.MULTIPART: OpenApiRequest(
                schemas.CreateBatchForm, examples=examples.CREATE_BATCH_FORM
            ),
            schemas.JSON: OpenApiRequest(schemas.CreateBatchJson, examples=examples.CREATE_BATCH),
        },
        responses={
            202: OpenApiResponse(schemas.Batch, "Its jobs wait.", examples.BATCH),
            **problems(404, 409, 422),
        },
    )
    def post(self, request: Request) -> Response:
        """Create a batch: hand in many pictures, each of which becomes a job.

        Up to 50 of them: files, addresses, or one zip archive of up to 200 MB. A picture that
        cannot be used becomes a failed job; the others go on.
        """
        refuse_long_request(request._request, total=self._total, code="request_too_large")  # noqa: SLF001
        data = cast("Mapping[str, Any]", request.data)
        slug = service_or_404(str(data.get("service") or services()[0].slug))
        wishes = wanted(data, presenter_for(slug))
        with ExitStack() as opened:
            files, urls = _files(data, opened), _urls(data)
            _check_number(len(files) + len(urls))
            key = idempotency_key(request._request)  # noqa: SLF001
            if key is None:
                batch, replayed = self._submit(slug, files, urls, wishes), False
            else:
                once = Once(self.user, key, _content(slug, files, urls, wishes))
                batch, replayed = once.create(
                    lambda note: self._submit(slug, files, urls, wishes, note)
                )
        return _answer(request, batch, replayed=replayed)

    def _submit(
        self,
        service: str,
        files: Sequence[Picture],
        urls: Sequence[str],
        wishes: Wanted,
        note: Callable[[Batch], None] | None = None,
    ) -> Batch:
        """Fetch what has to be fetched, and hand everything in."""
        with room.outside():
            loaded = _fetched(urls)
        return jobs_submit(
            user=self.user,
            service=service,
            images=[*files, *loaded],
            model=wishes.model,
            parameters=wishes.parameters,
            lane=wishes.lane,
            on_store=note,
        )


def _answer(request: Request, batch: Batch, *, replayed: bool) -> Response:
    data = representation.batch_data(batch, batch_counts(batch), address=request.build_absolute_uri)
    response = Response(data, status=HTTPStatus.ACCEPTED)
    response["Location"] = data["urls"]["self"]
    if replayed:
        response[REPLAYED] = "true"
    return response


def _all(data: Mapping[str, Any], name: str) -> list[Any]:
    """Return a field's values: of a form also under its name with brackets."""
    if isinstance(data, QueryDict):
        return [*data.getlist(name), *data.getlist(f"{name}[]")]
    value = data.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise invalid(name, _("This value has the wrong type."), "type")
    return value


def _files(data: Mapping[str, Any], opened: ExitStack) -> list[Picture]:
    """Return the pictures that came with the request, also those in an archive.

    :raises ProblemError: when something else came in their place.
    """
    given = [*_all(data, "images")]
    archive = data.get("zip")
    for name, values in (("images", given), ("zip", [archive] if archive is not None else [])):
        if not all(isinstance(value, UploadedFile) for value in values):
            raise invalid(name, _("Send files."), "type")
    pictures: list[Picture] = [(file.name, cast("BinaryIO", file)) for file in given]
    if archive is not None:
        _check_number(len(pictures) + 1)
        found = pictures_in(cast("BinaryIO", archive), room=settings.UPLOAD_MAX_FILES)
        for _name, content in found:
            if not isinstance(content, str):
                opened.callback(content.close)
        pictures += found
    return pictures


def _urls(data: Mapping[str, Any]) -> list[str]:
    """Return the addresses of pictures.

    :raises ProblemError: when there is something else among them.
    """
    urls = _all(data, "image_urls")
    if not all(isinstance(url, str) for url in urls):
        raise invalid("image_urls", _("This value has the wrong type."), "type")
    return urls


def _check_number(number: int) -> None:
    """Refuse none, and too many.

    :raises ProblemError: when it is one of these.
    """
    if not number:
        raise invalid("images", _("Send «images», «image_urls» or «zip»."), "required")
    if number > settings.UPLOAD_MAX_FILES:
        detail = _("Send at most %(limit)d pictures at once.")
        raise invalid("images", detail % {"limit": settings.UPLOAD_MAX_FILES}, "too_many")


def _fetched(urls: Sequence[str]) -> list[Picture]:
    """Return the pictures at some addresses, several at a time, in the order of the addresses."""
    if not urls:
        return []
    end = time.monotonic() + FETCH_ALL_SECONDS

    def load(url: str) -> Picture:
        name = url_source(url).name
        if time.monotonic() > end:
            return name, "url_unreachable"
        try:
            return name, fetched(url)
        except JobRefusedError as refusal:
            return name, refusal.code

    with ThreadPoolExecutor(min(FETCHERS, len(urls))) as pool:
        return list(pool.map(load, urls))


def _content(
    service: str,
    files: Sequence[Picture],
    urls: Sequence[str],
    wishes: Wanted,
) -> dict[str, Any]:
    """Return what tells a create from another one with the same key."""
    return {
        "batch": service,
        "images": [
            content if isinstance(content, str) else picture_sha256(content)
            for _name, content in files
        ],
        "image_urls": list(urls),
        "model": wishes.model,
        "parameters": wishes.parameters,
        "lane": wishes.lane,
    }


class BatchView(ApiView):
    """One batch."""

    access = {"GET": Scope.JOBS_READ}

    @extend_schema(
        operation_id="batches_get",
        tags=["batches"],
        parameters=[schemas.IF_NONE_MATCH, schemas.ETAG, schemas.AGAIN],
        responses={
            200: OpenApiResponse(schemas.Batch, "The batch.", examples.BATCH),
            304: OpenApiResponse(None, "It is as you know it."),
        },
    )
    def get(self, request: Request, batch_id: uuid.UUID) -> Response:
        """Look at a batch: how many of its jobs are in each state."""
        batch = batch_or_404(self.user, batch_id)
        counts = batch_counts(batch)
        data = representation.batch_data(batch, counts, address=request.build_absolute_uri)
        return versioned(
            request,
            representation.batch_etag(batch, counts),
            ended=data["finished"] == data["total"],
            data=lambda: data,
        )
