"""Signing in and the choice of language and theme, beyond what allauth brings."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django.views.i18n import LANGUAGE_QUERY_PARAMETER, set_language
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import Theme, User

THEME_COOKIE = "theme"


def polling_login_required(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Require a login; a page that polls and has lost its session is loaded anew.

    htmx would follow a redirect and put the sign-in page where the polled part was.
    """
    guarded = login_required(view)

    @wraps(view)
    def polled(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if "HX-Request" in request.headers and not request.user.is_authenticated:
            return HttpResponseClientRefresh()
        return guarded(request, *args, **kwargs)

    return polled


def signed_in_user(request: HttpRequest) -> User:
    """Return who is signed in, on a page that requires it."""
    if not isinstance(request.user, User):
        raise TypeError("Nobody is signed in.")
    return request.user


@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Remember the chosen language in a cookie, and in the account of whoever is signed in."""
    code = request.POST.get(LANGUAGE_QUERY_PARAMETER, "")
    if code not in dict(settings.LANGUAGES):  # Django's own view takes any that it knows
        raise BadRequest
    response = set_language(request)
    if isinstance(request.user, User):
        request.user.language = code
        request.user.save(update_fields=["language"])
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponseBase:
    """Remember the chosen theme in a cookie, and in the account of whoever is signed in."""
    chosen = request.POST.get("theme", "")
    if chosen not in {*Theme.values, ""}:
        raise BadRequest
    response = HttpResponseRedirect(_back(request))
    theme_keep(response, chosen)
    if isinstance(request.user, User):
        request.user.theme = chosen
        request.user.save(update_fields=["theme"])
    return response


def theme_keep(response: HttpResponseBase, chosen: str) -> None:
    """Have the browser remember a theme; its script reads it before the page is painted."""
    _keep(response, THEME_COOKIE, chosen)


def language_keep(response: HttpResponseBase, chosen: str) -> None:
    """Have the browser remember a language."""
    _keep(response, settings.LANGUAGE_COOKIE_NAME, chosen)


def _keep(response: HttpResponseBase, cookie: str, chosen: str) -> None:
    """Set a cookie; without a choice, forget the former one."""
    if not chosen:
        response.delete_cookie(cookie, samesite="Lax")
        return
    response.set_cookie(
        cookie,
        chosen,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )


def _back(request: HttpRequest) -> str:
    """Return the page that the form was on, if it is one of ours."""
    page = request.META.get("HTTP_REFERER", "")
    ours = url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return page if ours else "/"
