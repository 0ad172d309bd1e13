"""The admin: its site, and what all its pages inherit.

Whatever is done in it goes to the audit log, and there alone: Django's own log of the admin keeps
the names of things, which may be people's.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from allauth.account.decorators import secure_admin_login
from csp.decorators import csp_update
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.sites import UnfoldAdminSite

from accounts.audit import audit_record

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite as _AdminSite
    from django.contrib.admin import ModelAdmin as _ModelAdmin
    from django.contrib.admin import StackedInline
else:
    from unfold.admin import StackedInline

    _AdminSite, _ModelAdmin = UnfoldAdminSite, UnfoldModelAdmin

__all__ = ["AdminSite", "M", "ModelAdmin", "ReadOnlyAdmin", "StackedInline"]

M = TypeVar("M", bound=Model)

# Unfold's pages are Alpine's: it evaluates expressions in their attributes, and sets styles.
# There is no inline script all the same.
_policy = csp_update({"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]})

COUNTED_MAX = 10_000
"""Rows that a list counts, and leads to page by page; older ones are found by search and filter."""


class BoundedPaginator(Paginator[Any]):
    """Pages of a table that may hold a million rows."""

    @cached_property
    def count(self) -> int:
        """Count no further than anybody turns pages."""
        rows: Any = self.object_list
        counted: int = rows.order_by()[:COUNTED_MAX].count()
        return counted


class AdminSite(_AdminSite):
    """The site of the admin: for what is made for it, with the policy that it needs."""

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take in admins that write to the audit log; those that libraries bring are left out."""
        if admin_class is not None and issubclass(admin_class, ModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Loosen the policy for the pages of the admin, and for these only."""
        return _policy(super().admin_view(view, cacheable))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Lead to the site's own sign-in, with its limits and second step."""
        return secure_admin_login(super().login)(request, extra_context)


class ModelAdmin(_ModelAdmin[M]):
    """Rows that administrators look at and change; each change is audited.

    Its actions are buttons on the page of a single row as well.
    """

    list_per_page = 50
    show_full_result_count = False
    paginator = BoundedPaginator
    list_fullwidth = True
    compressed_fields = True
    change_form_outer_before_template = "admin/object_actions.html"

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Note that a row was added."""
        del request, message
        audit_record("admin.added", target=_target(obj))

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Note which fields of a row were changed."""
        del request
        audit_record("admin.changed", target=_target(obj), fields=_fields(message))

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Note which rows were deleted."""
        del request
        for obj in queryset:
            audit_record("admin.deleted", target=_target(obj))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Offer the actions of the list on the page of a row."""
        if kwargs.get("obj") is not None:
            actions: dict[str, Any] = self.get_actions(request)
            context["object_actions"] = [
                (name, description % {"verbose_name_plural": ""})
                for _function, name, description in actions.values()
                if name != "delete_selected"
            ]
        return super().render_change_form(request, context, *args, **kwargs)


class ReadOnlyAdmin(ModelAdmin[M]):
    """Rows that are shown, and changed by services only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds rows by hand."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes rows by hand."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes rows by hand."""
        del request, obj
        return False


def _target(obj: Model) -> str:
    """Return what the log calls a row."""
    return f"{type(obj).__name__.lower()}:{obj.pk}"


def _fields(message: Any) -> list[str]:
    """Return the names of fields in Django's message about a change."""
    changes: Iterable[dict[str, Any]] = message if isinstance(message, list) else ()
    names = [
        str(name)
        for change in changes
        for detail in change.values()
        for name in detail.get("fields", ())
    ]
    return sorted(set(names))
