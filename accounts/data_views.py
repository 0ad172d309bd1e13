"""The pages on which people see to what the site keeps of them: how long, all of it, nothing."""

import uuid
from http import HTTPStatus

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit import audit_record
from accounts.data_forms import ErasureForm, RetentionForm
from accounts.erasure import erasure_ask, erasure_of, erasure_undo
from accounts.exporting import ExportRefusedError, export_delete, export_request, exports_of
from accounts.impersonation import KEY as IMPERSONATOR
from accounts.retention import retention_set
from accounts.views import polling_login_required, signed_in_user
from project.serving import stored_file_response


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
    context = {"form": form, "kept_days": settings.PICTURES_KEPT_DAYS, **_exports(request)}
    return render(request, "account/data.html", context, status=status)


def _exports(request: HttpRequest) -> dict[str, object]:
    """Return what the page tells of exports."""
    exports = list(exports_of(signed_in_user(request))[:10])
    return {
        "exports": exports,
        "export_waits": any(export.finished_at is None for export in exports),
        "exports_kept_days": settings.EXPORTS_KEPT.days,
    }


@polling_login_required
@never_cache
@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """Show how far an export is, for the page to replace its own part."""
    return render(request, "account/exports.html", _exports(request))


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@never_cache
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Have everything exported."""
    try:
        origin = request.build_absolute_uri("/").rstrip("/")
        export_request(user=signed_in_user(request), origin=origin)
    except ExportRefusedError:
        text = _("An export is being made, or there were enough of them today.")
        messages.error(request, text)
    else:
        messages.success(request, _("Everything is being put together. We write to you."))
    return redirect("account_data")


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@require_safe
def export_download(request: HttpRequest, export_id: uuid.UUID) -> HttpResponseBase:
    """Hand an export to its owner, and to nobody who has signed in as them.

    :raises Http404: when it is not theirs, or not there.
    :raises PermissionDenied: when it is an administrator behind their account.
    """
    if IMPERSONATOR in request.session:
        raise PermissionDenied
    found = get_object_or_404(exports_of(signed_in_user(request)), id=export_id)
    if not found.is_ready or not default_storage.exists(found.path):
        raise Http404
    audit_record("export.taken", user=found.user_id, target=f"export:{found.id}")
    return stored_file_response(
        default_storage,
        found.path,
        content_type="application/zip",
        filename=f"vitrina-{found.created_at:%Y-%m-%d}.zip",
        download=True,
    )


@login_required
@never_cache
@require_POST
def export_remove(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    """Delete an export before its time, also one that is being made."""
    export_delete(export=get_object_or_404(exports_of(signed_in_user(request)), id=export_id))
    messages.success(request, _("The export is deleted."))
    return redirect("account_data")


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Say what goes and when, have it confirmed in writing, and close the account."""
    user = signed_in_user(request)
    form = ErasureForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_bound and form.is_valid():
        if erasure_ask(user=user, request=request):
            logout(request)
            return redirect("account_delete_asked")
        form.add_error(None, _("You are the only administrator: make somebody else one first."))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"form": form, "days": settings.ERASURE_GRACE_DAYS}
    return render(request, "account/delete.html", context, status=status)


@require_safe
def delete_asked(request: HttpRequest) -> HttpResponse:
    """Say that an account is closed."""
    return render(request, "account/delete_asked.html", {"days": settings.ERASURE_GRACE_DAYS})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete_undo(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether an account is to be kept, and open it again."""
    user = erasure_of(token)
    if request.method == "POST" and user is not None and erasure_undo(user=user):
        messages.success(request, _("Your account is kept. Sign in again."))
        return redirect("account_login")
    gone = user is None or request.method == "POST"
    status = HTTPStatus.GONE if gone else HTTPStatus.OK
    return render(request, "account/delete_undo.html", {"is_gone": gone}, status=status)
