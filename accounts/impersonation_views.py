"""The way back for an administrator who has signed in as somebody else."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.impersonation import impersonation_end


@require_POST
@login_required
def end(request: HttpRequest) -> HttpResponse:
    """Go back to one's own account, and to the page of the user's."""
    user_id = request.user.pk
    if impersonation_end(request=request):
        return redirect("admin:accounts_user_change", user_id)
    return redirect("/")
