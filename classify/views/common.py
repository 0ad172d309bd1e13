"""What several pages need."""

import uuid

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from worker.models import Job
from worker.selectors import jobs_visible_to


def job_or_404(request: HttpRequest, job_id: uuid.UUID) -> Job:
    """Return a job that the user may see, or answer 404."""
    return get_object_or_404(jobs_visible_to(request.user), id=job_id)
