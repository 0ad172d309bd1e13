"""The pages of an invitation."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.signing_up import invitation_accept, invitation_of


@require_safe
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Lead somebody who was invited to where they sign up."""
    found = invitation_of(token)
    if found is None:
        return render(request, "account/invitation_gone.html", status=HTTPStatus.GONE)
    invitation_accept(invitation=found, request=request)
    return redirect("account_signup")
