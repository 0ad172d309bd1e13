"""The audit log in the admin: to read, filter and take away."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.audit import audit_csv, audit_events
from accounts.models import AuditEntry
from project.admin import ReadOnlyAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise


class EventFilter(admin.SimpleListFilter):
    """One kind of event."""

    title = _("event")
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, "StrOrPromise"]]:
        """Offer every event that can be in the log."""
        del request, model_admin
        return sorted(audit_events().items())

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[AuditEntry]"
    ) -> "QuerySet[AuditEntry]":
        """Filter as chosen."""
        del request
        return queryset.filter(event=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    list_display = ("created_at", "what", "actor", "user", "target", "address", "request_id")
    list_filter = (EventFilter, "created_at")
    list_select_related = ("actor", "user")
    search_fields = ("=actor__email", "=user__email", "=target", "=request_id", "=address")
    search_help_text = _("A whole e-mail address, target, request or network address.")
    sortable_by = ()
    readonly_fields = ("what",)
    actions = ("export",)

    @admin.display(description=_("event"), ordering="event")
    def what(self, entry: AuditEntry) -> "StrOrPromise":
        """Say what happened, in words."""
        return audit_events().get(entry.event, entry.event)

    @admin.action(description=_("Export as CSV"))
    def export(
        self, request: HttpRequest, entries: "QuerySet[AuditEntry]"
    ) -> StreamingHttpResponse:
        """Take the chosen entries away; "select all" takes all that a filter finds."""
        del request
        return StreamingHttpResponse(
            audit_csv(entries),
            content_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
        )
