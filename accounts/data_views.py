"""The page on which people see to what the site keeps of them."""

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.data_forms import RetentionForm
from accounts.retention import retention_set
from accounts.views import signed_in_user


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest) -> HttpResponse:
    """Show what is kept for how long, and change it."""
    user = signed_in_user(request)
    form = RetentionForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_bound and form.is_valid():
        cleaned = form.cleaned_data
        retention_set(user=user, retention=cleaned["retention"], days=cleaned["days"])
        messages.success(request, _("Your choice is saved."))
        return redirect("account_data")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"form": form, "kept_days": settings.PICTURES_KEPT_DAYS}
    return render(request, "account/data.html", context, status=status)
