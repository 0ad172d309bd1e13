"""The page on which photographs are handed in."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from accounts.allowances import limits_of
from accounts.models import User
from classify.examples import examples_shown
from classify.forms import PicturesField, SubmitForm
from classify.service import ClassifyService
from classify.views.common import user_of
from classify.views.examples import landing
from worker.api.inputs import fetched, url_source
from worker.failures import NOT_ALLOWED, UNAVAILABLE, JobRefusedError, message
from worker.limits import picture_limits
from worker.services import job_submit, jobs_submit

OF_ADDRESSES = ("url_refused", "url_unreachable")

CHECKED_BY_BROWSER = (
    "empty",
    "unsupported_type",
    "too_large",
    "too_small",
    "too_long_side",
    "too_many_pixels",
)


@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest) -> HttpResponse:
    """Show the form, or to visitors what the site does; take in pictures."""
    if not isinstance(request.user, User):
        if request.method == "POST":
            return redirect_to_login(request.path)
        return landing(request)
    if request.method != "POST":
        return _form(request, SubmitForm(user=request.user))
    form = SubmitForm(request.POST, request.FILES, user=request.user)
    if not form.is_valid():
        return _form(request, form, status=HTTPStatus.BAD_REQUEST)
    try:
        return _hand_in(request.user, form)
    except JobRefusedError as refusal:
        form.add_error(
            "image_url" if refusal.code in OF_ADDRESSES else "images", str(refusal.message)
        )
        response = _form(request, form, status=refused_status(refusal))
        if refusal.retry_after:
            response["Retry-After"] = str(refusal.retry_after)
        return response


def refused_status(refusal: JobRefusedError) -> HTTPStatus:
    """Return the status that tells why: the site, the user's quota, or the picture."""
    if refusal.code in UNAVAILABLE:
        return HTTPStatus.SERVICE_UNAVAILABLE
    if refusal.code in NOT_ALLOWED:
        return HTTPStatus.FORBIDDEN
    if refusal.retry_after:
        return HTTPStatus.TOO_MANY_REQUESTS
    if refusal.code == "too_large":
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return HTTPStatus.BAD_REQUEST


def _form(request: HttpRequest, form: SubmitForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
    """Render the form, with the limits that the browser may check beforehand."""
    context = {
        "form": form,
        "allowed": limits_of(user_of(request)).allows("services", ClassifyService.slug),
        "max_files": settings.UPLOAD_MAX_FILES,
        "max_jobs": settings.BATCH_MAX_JOBS,
        "too_many": PicturesField.default_error_messages["too_many"]
        % {"limit": settings.BATCH_MAX_JOBS},
        "max_megabytes": settings.UPLOAD_MAX_BYTES // 2**20,
        "limits": {name.replace("_", "-"): limit for name, limit in picture_limits().items()},
        "examples": examples_shown(get_language() or settings.LANGUAGE_CODE),
        "problems": {code: message(code) for code in CHECKED_BY_BROWSER},
    }
    return render(request, "classify/submit.html", context, status=status)


def _hand_in(user: User, form: SubmitForm) -> HttpResponse:
    """Submit one picture, or several as a batch, and lead to its page.

    :raises JobRefusedError: when the picture, or all of them, are not accepted.
    """
    images = [(image.name, image) for image in form.cleaned_data["images"]]
    if url := form.cleaned_data["image_url"]:
        images.append((url_source(url).name, fetched(url)))
    model, parameters = form.cleaned_data["model"], form.parameters
    if len(images) > 1:
        batch = jobs_submit(
            user=user,
            service=ClassifyService.slug,
            images=images,
            model=model,
            parameters=parameters,
        )
        return redirect("classify:batch", batch.id)
    name, image = images[0]
    job = job_submit(
        user=user,
        service=ClassifyService.slug,
        image=image,
        name=name,
        model=model,
        parameters=parameters,
    )
    return redirect("classify:job", job.id)
