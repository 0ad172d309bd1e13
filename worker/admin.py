"""Jobs in the admin: facts to read, filter and search; services change them."""

import uuid
from datetime import timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.audit import audit_record
from project.admin import M, ReadOnlyAdmin
from project.serving import stored_file_response
from worker.failures import MESSAGES, message
from worker.models import Batch, Job, ServiceState, Status, Webhook, WorkerState, first_id_at
from worker.operating import (
    AT_ONCE,
    jobs_cancel,
    jobs_retry,
    service_drain,
    service_pause,
    service_resume,
)
from worker.registry import services
from worker.selectors import jobs_dead
from worker.webhooks import webhook_update

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise


class ChoiceFilter(admin.SimpleListFilter):
    """A filter whose choices are known: no table is searched for them."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, "StrOrPromise"]]:
        """Offer the choices."""
        del request, model_admin
        return self.choices_offered()

    def choices_offered(self) -> list[tuple[str, "StrOrPromise"]]:
        """Return the choices."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Filter as chosen."""
        del request
        value = self.value()
        return self.chosen(queryset, value) if value else queryset

    def chosen(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        """Return those rows that a choice means."""
        return rows.filter(**{str(self.parameter_name): value})


class DeadFilter(ChoiceFilter):
    """Jobs that failed on our side and have not been tried again."""

    title = _("to be retried")
    parameter_name = "dead"

    def choices_offered(self) -> list[tuple[str, "StrOrPromise"]]:
        """Offer one choice."""
        return [("yes", _("Failed on our side"))]

    def chosen(self, rows: "QuerySet[Job]", value: str) -> "QuerySet[Job]":
        """Return the dead ones."""
        del value
        return jobs_dead(rows)


class ReasonFilter(ChoiceFilter):
    """Why jobs failed."""

    title = _("reason of failure")
    parameter_name = "error_code"

    def choices_offered(self) -> list[tuple[str, "StrOrPromise"]]:
        """Offer every reason."""
        return list(MESSAGES.items())


class ServiceFilter(ChoiceFilter):
    """Jobs of one service."""

    title = _("service")
    parameter_name = "service"

    def choices_offered(self) -> list[tuple[str, "StrOrPromise"]]:
        """Offer the services that there are."""
        return [(service.slug, service.name) for service in services()]


class AgeFilter(ChoiceFilter):
    """When jobs were submitted; their ids tell."""

    title = _("submitted")
    parameter_name = "age"

    def choices_offered(self) -> list[tuple[str, "StrOrPromise"]]:
        """Offer some spans until now."""
        return [
            ("1", _("in the last hour")),
            ("24", _("in the last 24 hours")),
            ("168", _("in the last 7 days")),
        ]

    def chosen(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        """Return those since then."""
        hours = int(value) if value in {"1", "24", "168"} else 1
        return rows.filter(id__gte=first_id_at(timezone.now() - timedelta(hours=hours)))


class OwnedAdmin(ReadOnlyAdmin[M]):
    """Rows of users, in a table without an index for texts: found by id, or by whose they are."""

    list_select_related = ("user",)
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("id",)
    search_help_text = _("An id, or the e-mail address of whose it is.")

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """Return what a term means."""
        del request
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(id=uuid.UUID(term)), False
        except ValueError:
            return queryset.filter(user__email__iexact=term), False


@admin.register(Job)
class JobAdmin(OwnedAdmin[Job]):
    list_display = (
        "id",
        "user",
        "status",
        "input_name",
        "label",
        "model",
        "attempts",
        "why",
        "created_at",
    )
    list_filter = (DeadFilter, "status", ReasonFilter, "lane", ServiceFilter, AgeFilter)
    readonly_fields = ("picture", "why")
    fieldsets = (
        (None, {"fields": ("status", "why", "picture", "user", "batch", "service", "lane")}),
        (
            _("What was handed in"),
            {
                "fields": (
                    "input_name",
                    "input_format",
                    ("input_width", "input_height", "input_bytes"),
                    "input_sha256",
                    "parameters",
                )
            },
        ),
        (_("What came of it"), {"fields": ("output", "label", "score", "error_code")}),
        (
            _("How it went"),
            {
                "fields": (
                    ("attempts", "rings", "worker"),
                    ("created_at", "published_at", "started_at"),
                    ("finished_at", "expires_at", "lease_expires_at"),
                    ("decode_ms", "predict_ms"),
                    "model",
                    "model_version",
                    "model_sha256",
                    "request_id",
                    "traceparent",
                    "source",
                    "retry",
                )
            },
        ),
    )
    actions = ("retry", "cancel")

    def get_urls(self) -> list[Any]:
        """Add the address of a job's picture."""
        view = self.admin_site.admin_view(self.picture_view)
        own = path("<uuid:job_id>/picture/", view, name="worker_job_picture")
        return [own, *super().get_urls()]

    def picture_view(self, request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
        """Show a job's picture to those who may see its row, and note that they looked.

        :raises Http404: when there is none, or they may not.
        """
        job = self.get_queryset(request).filter(id=job_id).first()
        if job is None or not self.has_view_permission(request, job):
            raise Http404
        picture = job.display or job.input
        if not picture or not picture.storage.exists(str(picture.name)):
            raise Http404
        audit_record("job.picture_seen", user=job.user_id, target=f"job:{job.id}")
        kind = "image/jpeg" if job.display else f"image/{job.input_format.lower()}"
        return stored_file_response(
            picture.storage,
            picture.name,
            content_type=kind,
            filename=PurePath(str(picture.name)).name,
        )

    @admin.display(description=_("picture"))
    def picture(self, job: Job) -> str:
        """Lead to the picture; it is not shown unasked, as looking is noted."""
        if not (job.display or job.input):
            return "-"
        url = reverse("admin:worker_job_picture", args=[job.id])
        return format_html('<a href="{}">{}</a>', url, _("Look at it (this is noted)"))

    @admin.display(description=_("reason in words"))
    def why(self, job: Job) -> "StrOrPromise":
        """Say why the job failed."""
        return message(job.error_code) if job.error_code else "-"

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Tell who may try jobs again and cancel them."""
        return request.user.has_perm("worker.change_job")

    @admin.action(description=_("Try again (failed jobs)"), permissions=["operate"])
    def retry(self, request: HttpRequest, jobs: "QuerySet[Job]") -> None:
        """Hand in the pictures of failed jobs again; "select all" retries those of a filter."""
        count = jobs_retry(jobs=jobs.filter(status=Status.FAILED, retry=None)[:AT_ONCE])
        text = ngettext("%d job is tried again.", "%d jobs are tried again.", count) % count
        self.message_user(request, text, messages.SUCCESS if count else messages.WARNING)

    @admin.action(description=_("Cancel (unfinished jobs)"), permissions=["operate"])
    def cancel(self, request: HttpRequest, jobs: "QuerySet[Job]") -> None:
        """End unfinished jobs."""
        count = jobs_cancel(jobs=jobs.filter(finished_at=None)[:AT_ONCE])
        text = ngettext("%d job is canceled.", "%d jobs are canceled.", count) % count
        self.message_user(request, text, messages.SUCCESS if count else messages.WARNING)


@admin.register(Batch)
class BatchAdmin(OwnedAdmin[Batch]):
    list_display = ("id", "user", "service", "created_at")
    list_filter = (ServiceFilter, AgeFilter)


@admin.register(Webhook)
class WebhookAdmin(OwnedAdmin[Webhook]):
    list_display = ("host", "user", "events", "created_at", "disabled_at", "disabled_reason")
    fields = (
        "host",
        "user",
        "description",
        "events",
        "created_at",
        "disabled_at",
        "disabled_reason",
    )
    readonly_fields = ("host",)
    actions = ("enable", "disable")

    @admin.display(description=_("address"))
    def host(self, webhook: Webhook) -> str:
        """Return the part of the address that is no secret."""
        return webhook.host

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Tell who may switch other people's webhooks."""
        return request.user.has_perm("worker.change_webhook")

    @admin.action(description=_("Switch on"), permissions=["operate"])
    def enable(self, request: HttpRequest, webhooks: "QuerySet[Webhook]") -> None:
        """Send messages again."""
        self._switch(request, webhooks, enabled=True)

    @admin.action(description=_("Switch off"), permissions=["operate"])
    def disable(self, request: HttpRequest, webhooks: "QuerySet[Webhook]") -> None:
        """Send no messages any more."""
        self._switch(request, webhooks, enabled=False)

    def _switch(
        self, request: HttpRequest, webhooks: "QuerySet[Webhook]", *, enabled: bool
    ) -> None:
        for webhook in webhooks:
            webhook_update(webhook=webhook, enabled=enabled)
        self.message_user(request, _("Done."))


@admin.register(ServiceState)
class ServiceStateAdmin(ReadOnlyAdmin[ServiceState]):
    list_display = ("service", "paused", "draining")
    actions = ("pause", "drain", "resume")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show every service, also those about which nothing has been decided."""
        states = [ServiceState(service=service.slug) for service in services()]
        ServiceState.objects.bulk_create(states, ignore_conflicts=True)
        return super().changelist_view(request, extra_context)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Tell who may pause services."""
        return request.user.has_perm("worker.change_servicestate")

    @admin.action(description=_("Pause: accept jobs, start none"), permissions=["operate"])
    def pause(self, request: HttpRequest, states: "QuerySet[ServiceState]") -> None:
        """Start no jobs."""
        self._each(request, states, service_pause)

    @admin.action(
        description=_("Drain: accept no jobs, end those there are"), permissions=["operate"]
    )
    def drain(self, request: HttpRequest, states: "QuerySet[ServiceState]") -> None:
        """Accept no jobs."""
        self._each(request, states, service_drain)

    @admin.action(description=_("Resume"), permissions=["operate"])
    def resume(self, request: HttpRequest, states: "QuerySet[ServiceState]") -> None:
        """Accept and start jobs."""
        self._each(request, states, service_resume)

    def _each(
        self, request: HttpRequest, states: "QuerySet[ServiceState]", do: "Callable[..., bool]"
    ) -> None:
        for state in states:
            do(service=state.service)
        self.message_user(request, _("Done."))


@admin.register(WorkerState)
class WorkerStateAdmin(ReadOnlyAdmin[WorkerState]):
    list_display = ("name", "started_at", "seen_at")
