"""Serves pictures: always those that a worker encoded anew, never the uploaded file."""

import uuid
from pathlib import PurePath

from django.contrib.auth.decorators import login_required
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from classify.views.common import job_or_404
from project.serving import stored_file_response
from worker.models import Job

THUMBNAIL_SECONDS = 24 * 3600
"""How long a browser keeps a small picture, for the session that it was sent to: its cookies
are part of what the answer is kept for, so that nobody sees it after signing out."""


def picture_response(
    picture: FieldFile,
    *,
    filename: str = "picture.jpg",
    download: bool = False,
    keep_seconds: int = 0,
) -> HttpResponseBase:
    """Answer with a stored picture such that no browser runs it, or with 404 without one."""
    keep = {"Cache-Control": f"private, max-age={keep_seconds}, immutable"} if keep_seconds else {}
    try:
        return stored_file_response(
            picture.storage,
            picture.name,
            content_type="image/jpeg",
            filename=filename,
            download=download,
            headers=keep,
        )
    except FileNotFoundError as error:
        raise Http404 from error


def download_name(job: Job) -> str:
    """Return a name for the picture on the user's disk, after the one that it came with."""
    return f"{PurePath(job.input_name).stem.strip('. ') or 'picture'}.jpg"


def thumbnail_of(job: Job) -> FieldFile:
    """Return the small picture; jobs from before there was one have only the large one."""
    return job.thumbnail or job.display


@login_required
@require_safe
def picture(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """Serve the picture to show."""
    return picture_response(job_or_404(request, job_id).display)


@login_required
@require_safe
def thumbnail(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """Serve the small picture for lists."""
    job = job_or_404(request, job_id)
    return picture_response(thumbnail_of(job), keep_seconds=THUMBNAIL_SECONDS)


@login_required
@require_safe
def download(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """Serve the picture to be kept as a file."""
    job = job_or_404(request, job_id)
    return picture_response(job.display, filename=download_name(job), download=True)
