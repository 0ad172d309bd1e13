"""The landing page and its examples: all that there is to see without an account."""

from http import HTTPStatus

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from classify import examples
from classify.examples import examples_shown

PUBLIC = "public, max-age=86400"


def landing(request: HttpRequest) -> HttpResponse:
    """Show visitors what the site does, with one of the examples."""
    shown = examples_shown(get_language() or settings.LANGUAGE_CODE)
    return render(
        request,
        "classify/landing.html",
        {"examples": shown, "chosen": shown[0] if shown else None},
    )


@require_safe
def example(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one example: as a page, or only its part of it when a script asks."""
    shown = {one.slug: one for one in examples_shown(get_language() or settings.LANGUAGE_CODE)}
    if slug not in shown:
        raise Http404
    context = {"examples": shown.values(), "chosen": shown[slug]}
    part = "HX-Request" in request.headers
    name = "classify/partials/example.html" if part else "classify/landing.html"
    response = render(request, name, context, status=HTTPStatus.OK)
    response["Vary"] = "HX-Request"
    return response


@require_safe
def picture(request: HttpRequest, slug: str) -> FileResponse:
    """Serve an example's photograph."""
    del request
    return _file(slug, f"{slug}.jpg")


@require_safe
def thumbnail(request: HttpRequest, slug: str) -> FileResponse:
    """Serve an example's photograph in small."""
    del request
    return _file(slug, f"{slug}-small.jpg")


def _file(slug: str, name: str) -> FileResponse:
    """Answer with a file of an example that is in the index, and of nothing else."""
    if slug not in {one.slug for one in examples.examples()}:
        raise Http404
    try:
        file = (examples.directory() / name).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(file, content_type="image/jpeg", headers={"Cache-Control": PUBLIC})
