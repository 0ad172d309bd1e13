"""The pages on which people manage the API tokens of their account."""

import uuid
from http import HTTPStatus

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.forms import TokenForm
from accounts.notices import token_notice
from accounts.tokens import TooManyTokensError, token_create, token_revoke, tokens_visible_to
from accounts.views import signed_in_user


@login_required
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """List the tokens, and make one."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return _made(request, form)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return _page(request, form, status=status)


@sensitive_variables("secret")
def _made(request: HttpRequest, form: TokenForm) -> HttpResponse:
    """Make the token and show its secret: in this answer and nowhere else.

    No redirect follows, as the secret would have to be stored until then.
    """
    try:
        token, secret = token_create(
            user=signed_in_user(request),
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at(),
        )
    except TooManyTokensError:
        messages.error(request, _("You have too many tokens. Revoke those that you do not use."))
        return _page(request, form, status=HTTPStatus.CONFLICT)
    token_notice(token)
    return _page(request, TokenForm(), made=token, secret=secret)


def _page(
    request: HttpRequest, form: TokenForm, *, status: int = HTTPStatus.OK, **more: object
) -> HttpResponse:
    context = {"form": form, "tokens": tokens_visible_to(signed_in_user(request)), **more}
    return render(request, "account/tokens.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    """Ask whether a token is to be revoked, and revoke it."""
    token = get_object_or_404(tokens_visible_to(signed_in_user(request)), id=token_id)
    if request.method != "POST":
        return render(request, "account/token_revoke.html", {"token": token})
    token_revoke(token=token)
    messages.success(request, _("The token opens nothing any more."))
    return HttpResponseRedirect(reverse("tokens"))
