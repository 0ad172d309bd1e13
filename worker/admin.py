"""Jobs in the admin: facts to read, filter and search; states are not edited by hand."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from worker.failures import message
from worker.models import Batch, Job, ServiceState

if TYPE_CHECKING:
    from django.db.models import Model
    from django_stubs_ext import StrOrPromise


class ReadOnly:
    """What is shown but changed by services only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds rows by hand."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:
        """Nobody changes rows by hand."""
        del request, obj
        return False


@admin.register(Job)
class JobAdmin(ReadOnly, admin.ModelAdmin[Job]):
    list_display = (
        "id",
        "user",
        "status",
        "lane",
        "label",
        "score",
        "model",
        "attempts",
        "error_code",
        "created_at",
    )
    list_filter = ("status", "lane", "service", "model", "error_code", "created_at")
    search_fields = ("=id", "=user__email", "=label", "=input_sha256")
    list_select_related = ("user",)
    list_per_page = 50
    ordering = ("-id",)
    # The whole table is never counted: it may hold a million jobs.
    show_full_result_count = False
    readonly_fields = ("reason",)

    @admin.display(description=_("reason in words"))
    def reason(self, job: Job) -> "StrOrPromise":
        """Say why the job failed."""
        return message(job.error_code) if job.error_code else ""


@admin.register(Batch)
class BatchAdmin(ReadOnly, admin.ModelAdmin[Batch]):
    list_display = ("id", "user", "service", "created_at")
    list_filter = ("service", "created_at")
    search_fields = ("=id", "=user__email")
    list_select_related = ("user",)
    show_full_result_count = False


@admin.register(ServiceState)
class ServiceStateAdmin(admin.ModelAdmin[ServiceState]):
    list_display = ("service", "paused")
