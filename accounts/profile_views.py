"""The pages on which people see to their profile and their sessions."""

from http import HTTPStatus

from allauth.usersessions.internal.flows.sessions import end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import ProfileForm
from accounts.views import language_keep, signed_in_user, theme_keep


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change name, language and theme."""
    data = request.POST if request.method == "POST" else None
    form = ProfileForm(data, instance=signed_in_user(request))
    if not (form.is_bound and form.is_valid()):
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return render(request, "account/profile.html", {"form": form}, status=status)
    user = form.save()
    with translation.override(user.language or translation.get_language()):
        messages.success(request, _("Your profile is saved."))
    response = HttpResponseRedirect(reverse("account_profile"))
    language_keep(response, user.language)
    theme_keep(response, user.theme)
    return response


@login_required
@require_POST
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign out another device, or this one."""
    session = get_object_or_404(UserSession, id=session_id, user=signed_in_user(request))
    end_sessions(request, [session])
    messages.success(request, _("That device is signed out."))
    return HttpResponseRedirect(reverse("usersessions_list"))
