"""Pictures handed in one by one by the script of the submit page; the answers are JSON.

A picture that is refused for good is a failed job of its batch like any other; an answer
other than 201 means that nothing is stored and that the same request may be sent again.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import BinaryIO, cast

from django.forms import Form
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from classify.forms import BatchForm, UploadForm
from classify.service import ClassifyService
from classify.views.submit import refused_status
from worker.api.inputs import fetched, url_source
from worker.batches import Upload, batch_start, upload_add
from worker.failures import JobRefusedError, message
from worker.models import Batch
from worker.selectors import batches_visible_to

Answer = Callable[..., JsonResponse]


def _answers(view: Answer) -> Answer:
    """Have a view's refusals, and a lost session, answered in JSON."""

    @wraps(view)
    def answering(request: HttpRequest, *args: object, **kwargs: object) -> JsonResponse:
        if not isinstance(request.user, User):
            text = _("You are signed out. Sign in again in another tab, then retry.")
            return _problem(text, HTTPStatus.UNAUTHORIZED)
        try:
            return view(request, *args, **kwargs)
        except JobRefusedError as refusal:
            response = _problem(str(refusal.message), refused_status(refusal))
            if refusal.retry_after:
                response["Retry-After"] = str(refusal.retry_after)
            return response

    return require_POST(answering)


def _problem(text: str, status: HTTPStatus) -> JsonResponse:
    return JsonResponse({"problem": text}, status=status)


def _wrong(form: Form) -> JsonResponse:
    """Say what is wrong with the fields."""
    sentences = [str(sentence) for errors in form.errors.values() for sentence in errors]
    return _problem(" ".join(sentences), HTTPStatus.BAD_REQUEST)


@_answers
def start(request: HttpRequest) -> JsonResponse:
    """Open a batch and tell where its pictures go."""
    form = BatchForm(request.POST, user=_user(request))
    if not form.is_valid():
        return _wrong(form)
    jobs = form.cleaned_data["jobs"]
    batch = batch_start(user=_user(request), service=ClassifyService.slug, jobs=jobs)
    return JsonResponse(
        {
            "files": reverse("classify:upload", args=[batch.id]),
            "page": reverse("classify:batch", args=[batch.id]),
        },
        status=HTTPStatus.CREATED,
    )


@_answers
def add(request: HttpRequest, batch_id: uuid.UUID) -> JsonResponse:
    """Take in one picture of a batch."""
    batch = get_object_or_404(batches_visible_to(request.user), id=batch_id)
    return _take_in(request, batch)


@_answers
def add_alone(request: HttpRequest) -> JsonResponse:
    """Take in a picture that comes alone."""
    return _take_in(request, None)


def _take_in(request: HttpRequest, batch: Batch | None) -> JsonResponse:
    """Store a picture and tell where its job is, and what is wrong with it."""
    form = UploadForm(request.POST, request.FILES, user=_user(request))
    if not form.is_valid():
        return _wrong(form)
    job = upload_add(
        user=_user(request),
        service=ClassifyService.slug,
        batch=batch,
        upload=_upload(form),
        jobs=form.cleaned_data["jobs"],
        model=form.cleaned_data["model"],
        parameters=form.parameters,
    )
    return JsonResponse(
        {
            "page": reverse("classify:job", args=[job.id]),
            "problem": str(message(job.error_code)) if job.error_code else "",
        },
        status=HTTPStatus.CREATED,
    )


def _upload(form: UploadForm) -> Upload:
    """Return the picture of a form: the file, or what is at the address."""
    key = f"page:{form.cleaned_data['key']}"
    image, url = form.files.get("image"), form.cleaned_data["image_url"]
    if image is not None:
        return Upload(image.name or "", key, lambda: cast("BinaryIO", image), image.size or 0)
    return Upload(url_source(url).name, key, lambda: fetched(url))


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - `_answers` sees to it
    return request.user
