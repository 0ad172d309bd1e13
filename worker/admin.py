"""Jobs in the admin: facts to read, filter and search; states are not edited by hand."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from worker.failures import message
from worker.models import Batch, Job, ServiceState, WorkerState
from worker.operating import RETRY_AT_ONCE, jobs_retry
from worker.selectors import jobs_dead

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
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


class DeadFilter(admin.SimpleListFilter):
    """Jobs that failed on our side and have not been tried again."""

    title = _("to be retried")
    parameter_name = "dead"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, "StrOrPromise"]]:
        """Offer one choice."""
        del request, model_admin
        return [("yes", _("Failed on our side"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Job]") -> "QuerySet[Job]":
        """Filter as chosen."""
        del request
        return jobs_dead(queryset) if self.value() == "yes" else queryset


@admin.register(Job)
class JobAdmin(ReadOnly, admin.ModelAdmin[Job]):
    list_display = (
        "id",
        "user",
        "status",
        "lane",
        "input_name",
        "label",
        "score",
        "model",
        "attempts",
        "error_code",
        "created_at",
    )
    list_filter = (DeadFilter, "status", "lane", "service", "model", "error_code", "created_at")
    search_fields = ("=id", "=user__email", "=label", "=input_sha256")
    list_select_related = ("user",)
    list_per_page = 50
    ordering = ("-id",)
    # The whole table is never counted: it may hold a million jobs.
    show_full_result_count = False
    readonly_fields = ("reason",)
    actions = ("retry",)

    @admin.display(description=_("reason in words"))
    def reason(self, job: Job) -> "StrOrPromise":
        """Say why the job failed."""
        return message(job.error_code) if job.error_code else ""

    @admin.action(description=_("Try the chosen failed jobs again"))
    def retry(self, request: HttpRequest, jobs: "QuerySet[Job]") -> None:
        """Hand in the pictures of failed jobs again; "select all" retries those of a filter."""
        count = jobs_retry(jobs=jobs[:RETRY_AT_ONCE])
        self.message_user(
            request,
            ngettext("%d job is tried again.", "%d jobs are tried again.", count) % count,
        )


@admin.register(Batch)
class BatchAdmin(ReadOnly, admin.ModelAdmin[Batch]):
    list_display = ("id", "user", "service", "created_at")
    list_filter = ("service", "created_at")
    search_fields = ("=id", "=user__email")
    list_select_related = ("user",)
    show_full_result_count = False


@admin.register(ServiceState)
class ServiceStateAdmin(admin.ModelAdmin[ServiceState]):
    list_display = ("service", "paused", "draining")


@admin.register(WorkerState)
class WorkerStateAdmin(ReadOnly, admin.ModelAdmin[WorkerState]):
    list_display = ("name", "started_at", "seen_at")
