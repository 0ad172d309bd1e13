"""What belongs to the whole site: its manifest, its service worker, its last resorts."""

import sys
from http import HTTPStatus

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from project.mail import MailAwayError
from project.media import StoreAwayError

RETRY_AFTER = 60
ICONS = (("logo.svg", "any"), ("logo-maskable.svg", "maskable"))


@require_safe
@cache_control(public=True, max_age=86400)
def manifest(request: HttpRequest, language: str) -> HttpResponse:
    """Tell browsers how to install the site, in a language."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        answer = {
            "name": "Vitrina",
            "short_name": "Vitrina",
            "description": _("Upload photographs and see what they show, in your language."),
            "lang": language,
            "start_url": reverse("classify:submit"),
            "scope": "/",
            "display": "standalone",
            "theme_color": "#0b6e66",
            "background_color": "#f7f5f1",
            "icons": [
                {
                    "src": static(f"vitrina/img/{name}"),
                    "sizes": "any",
                    "type": "image/svg+xml",
                    "purpose": purpose,
                }
                for name, purpose in ICONS
            ],
            "shortcuts": [
                {"name": _("Classify photographs"), "url": reverse("classify:submit")},
                {"name": _("Your jobs"), "url": reverse("classify:jobs")},
            ],
        }
    del request
    return JsonResponse(answer, content_type="application/manifest+json")


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker from the root: it may only act below its own address."""
    del request
    name = "vitrina/js/service-worker.js"
    path = finders.find(name) if settings.STATIC_ROOT is None else staticfiles_storage.path(name)
    with open(str(path), "rb") as file:  # noqa: PTH123 - the finder returns strings
        return HttpResponse(file.read(), content_type="text/javascript")


@require_safe
@cache_control(public=True, max_age=3600)
def offline(request: HttpRequest) -> HttpResponse:
    """Return the notice that the service worker keeps."""
    return render(request, "errors/offline.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 while database, store or mail is away, and 500 when we have made a mistake."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError | StoreAwayError):
        return unavailable("503.html")
    if isinstance(error, MailAwayError):
        return unavailable("errors/no_mail.html")
    return defaults.server_error(request)


def unavailable(template: str) -> HttpResponse:
    """Answer 503 with a page that needs neither database nor session."""
    response = HttpResponse(render_to_string(template), status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response
