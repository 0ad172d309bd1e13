"""The registry of models in the admin: add, look at the check, switch, roll back, compare."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from classify.comparing import JOBS_MAX, comparison_start
from classify.comparison import Comparison, comparison_of
from classify.model_forms import OUTPUTS, ModelAddForm
from classify.models import UNCHECKED, Model, State
from classify.refusals import PROBLEMS, refusal
from classify.registry import (
    ModelError,
    model_add,
    model_check_again,
    model_make_default,
    model_remove,
    model_roll_back,
    model_switch,
)
from classify.selectors import model_before_default
from project.admin import ReadOnlyAdmin

if TYPE_CHECKING:
    from django.db.models import Model as DjangoModel
    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

ADD_FIELDSETS = (
    (None, {"fields": ("name", ("version", "licence"))}),
    (gettext_lazy("What it is"), {"fields": ("file", "application")}),
    (gettext_lazy("What it tells apart"), {"fields": ("labels",)}),
    (
        gettext_lazy("How pictures become its input"),
        {"fields": (("size", "crop"), ("mean", "std"), "output")},
    ),
)
FIELDSETS = (
    (None, {"fields": (("name", "version"), ("condition", "why"), "detail", "measured")}),
    (
        gettext_lazy("Artefact"),
        {"fields": ("sha256", ("engine", "source"), "licence", ("created_at", "checked_at"))},
    ),
    (
        gettext_lazy("Preprocessing and classes"),
        {"fields": ("input_size", "scaling", "told_apart")},
    ),
)


@admin.register(Model)
class ModelAdmin(ReadOnlyAdmin[Model]):
    list_display = ("name", "condition", "version", "engine", "told_apart", "speed", "memory")
    list_filter = ("state", "enabled", "engine")
    search_fields = ("name", "sha256")
    ordering = ("-is_default", "-enabled", "name")
    sortable_by = ()
    actions = ("make_default", "roll_back", "enable", "disable", "check_again", "remove")
    list_before_template = "admin/classify/model/compare_link.html"
    change_form_outer_before_template = "admin/classify/model/head.html"
    form = ModelAddForm
    readonly_fields = (
        *("condition", "why", "measured", "scaling", "told_apart", "speed", "memory"),
    )

    class Media:
        js = ("vitrina/js/model-check.js",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell who may add models."""
        return request.user.has_perm("classify.add_model")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Tell who may switch models."""
        return request.user.has_perm("classify.change_model")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        """Tell who may remove models."""
        return request.user.has_perm("classify.delete_model")

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Return the fields of what is to be added, or those of what is there."""
        del request
        return FIELDSETS if obj else ADD_FIELDSETS

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form to add with, or an empty one: what is there is only shown."""
        if obj is not None:
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Return the facts that are shown."""
        del request
        return self.readonly_fields if obj else ()

    def save_model(
        self,
        request: HttpRequest,
        obj: Model,
        form: forms.BaseModelForm[Any],
        change: bool,
    ) -> None:
        """Hand it in to be checked."""
        del request, change
        assert isinstance(form, ModelAddForm)  # noqa: S101 - the admin's own
        data, file = form.cleaned_data, form.cleaned_data["file"]
        model_add(
            name=obj.name,
            version=obj.version,
            licence=obj.licence,
            upload=file.file if file else None,
            file_name=file.name if file else "",
            application=data["application"],
            classes=data["classes"],
            recipe=form.recipe,
        )

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Say so when a name is taken."""
        try:
            return super().add_view(request, form_url, extra_context)
        except ModelError as error:
            self.message_user(request, PROBLEMS[error.code], messages.ERROR)
            return redirect("admin:classify_model_add")

    def log_addition(self, request: HttpRequest, obj: "DjangoModel", message: Any) -> Any:
        """Leave it to the service, which has noted it."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Offer those actions that make sense for the model in its state."""
        answer = super().render_change_form(request, context, *args, **kwargs)
        model: Model | None = kwargs.get("obj")
        if model is not None:
            possible = _possible(model)
            data = answer.context_data
            data["object_actions"] = [
                one for one in data.get("object_actions", ()) if one[0] in possible
            ]
            data["is_unchecked"] = model.state in UNCHECKED
        return answer

    @admin.display(description=gettext_lazy("state"))
    def condition(self, model: Model) -> "StrOrPromise":
        """Return the state, with whether it is used."""
        if model.is_default:
            return _("the default")
        if model.enabled:
            return _("on")
        if model.state == State.READY:
            return _("ready, off")
        return model.get_state_display()

    @admin.display(description=gettext_lazy("reason"), empty_value="-")
    def why(self, model: Model) -> "StrOrPromise | None":
        """Say why it is refused."""
        return refusal(model.refusal) if model.refusal else None

    @admin.display(description=gettext_lazy("time for a picture"), empty_value="-")
    def speed(self, model: Model) -> str | None:
        """Return how long it takes, as measured by the check."""
        measured = model.report.get("predict_ms")
        return None if measured is None else f"{number_format(measured, 1)} ms"

    @admin.display(description=gettext_lazy("memory"), empty_value="-")
    def memory(self, model: Model) -> str | None:
        """Return what it takes in a worker, as measured by the check."""
        measured = model.report.get("memory_bytes")
        return None if measured is None else filesizeformat(measured)

    @admin.display(description=gettext_lazy("measured by the check"), empty_value="-")
    def measured(self, model: Model) -> str | None:
        """Return all that was measured."""
        report = model.report
        if not report:
            return None
        parts = [
            _("loaded in %(ms)s ms") % {"ms": number_format(report["load_ms"], 0)},
            _("%(ms)s ms a picture") % {"ms": number_format(report["predict_ms"], 1)},
            _("%(size)s of memory") % {"size": filesizeformat(report["memory_bytes"])},
        ]
        if "golden" in report:
            parts.append(
                _("%(right)d of %(all)d known photographs recognised")
                % {"right": report["golden"], "all": report["golden_of"]}
            )
        return ", ".join(parts)

    @admin.display(description=gettext_lazy("recipe"), empty_value="-")
    def scaling(self, model: Model) -> str | None:
        """Return how pixel values are scaled."""
        recipe = model.recipe
        if not recipe or model.application:
            return None
        numbers = {name: number_format(recipe[name]) for name in ("mean", "std", "crop")}
        text = _("(value - %(mean)s) / %(std)s, middle %(crop)s, returns %(output)s")
        return str(text % {**numbers, "output": dict(OUTPUTS)[recipe["output"]]})

    @admin.display(description=gettext_lazy("classes"))
    def told_apart(self, model: Model) -> str:
        """Return how many classes it tells apart, and whose."""
        count = len(model.classes)
        if not count:
            return "ImageNet"
        return ngettext("%d of its own", "%d of its own", count) % count

    @admin.action(description=gettext_lazy("Make it the default model"), permissions=["operate"])
    def make_default(self, request: HttpRequest, models: "QuerySet[Model]") -> None:
        """Have one chosen model run the jobs that name none."""
        if len(models) != 1:
            self.message_user(request, _("Choose exactly one model."), messages.ERROR)
            return
        self._try(request, lambda: model_make_default(model=models[0]))

    @admin.action(
        description=gettext_lazy("Roll back to the default before"), permissions=["operate"]
    )
    def roll_back(self, request: HttpRequest, models: "QuerySet[Model]") -> None:
        """Have the model run the jobs that name none that did so before."""
        del models
        self._try(request, model_roll_back)

    @admin.action(description=gettext_lazy("Switch on"), permissions=["operate"])
    def enable(self, request: HttpRequest, models: "QuerySet[Model]") -> None:
        """Offer models."""
        self._switch(request, models, enabled=True)

    @admin.action(description=gettext_lazy("Switch off"), permissions=["operate"])
    def disable(self, request: HttpRequest, models: "QuerySet[Model]") -> None:
        """Offer models no more."""
        self._switch(request, models, enabled=False)

    def _switch(self, request: HttpRequest, models: "QuerySet[Model]", *, enabled: bool) -> None:
        switched = [model_switch(model=model, enabled=enabled) for model in models]
        if all(switched):
            self.message_user(request, _("Done."))
            return
        text = _("Only a ready model can be switched, and the default one is always on.")
        self.message_user(request, text, messages.WARNING)

    @admin.action(description=gettext_lazy("Check again"), permissions=["operate"])
    def check_again(self, request: HttpRequest, models: "QuerySet[Model]") -> None:
        """Have refused models checked once more."""
        done = [model_check_again(model=model) for model in models]
        level = messages.SUCCESS if all(done) else messages.WARNING
        text = _("Done.") if all(done) else _("Only a refused model is checked again.")
        self.message_user(request, text, level)

    @admin.action(description=gettext_lazy("Remove"), permissions=["erase"])
    def remove(self, request: HttpRequest, models: "QuerySet[Model]") -> None:
        """Delete models' files."""
        for model in models:
            self._try(request, lambda model=model: model_remove(model=model))  # type: ignore[misc]

    def _try(self, request: HttpRequest, do: Callable[[], object]) -> None:
        """Do something, and say what came of it."""
        try:
            do()
        except ModelError as error:
            self.message_user(request, PROBLEMS[error.code], messages.ERROR)
        else:
            self.message_user(request, _("Done."))

    def response_action(self, request: HttpRequest, queryset: "QuerySet[Model]", *args: Any) -> Any:
        """Lead back to the page of the model whose button was pressed."""
        answer = super().response_action(request, queryset, *args)
        came_from = request.POST.get("from", "")
        if came_from and Model.objects.filter(name=came_from).exists():
            return redirect("admin:classify_model_change", came_from)
        return answer

    def get_urls(self) -> list[URLPattern]:
        """Add the page on which models are compared."""
        view = self.admin_site.admin_view(self.compare)
        return [path("compare/", view, name="classify_model_compare"), *super().get_urls()]

    def compare(self, request: HttpRequest) -> HttpResponseBase:
        """Show what two models make of the same pictures; by POST, have pictures looked at.

        :raises PermissionDenied: without the right to look at models and jobs.
        """
        rights = ("classify.view_model", "worker.view_job")
        if not request.user.has_perms(rights):
            raise PermissionDenied
        found: Comparison = comparison_of(request.GET if request.method == "GET" else request.POST)
        if request.method == "POST":
            if not self.has_operate_permission(request):
                raise PermissionDenied
            if found.first and found.second and found.first != found.second:
                count = comparison_start(first=found.first, second=found.second)
                text = ngettext("%d picture is looked at.", "%d pictures are looked at.", count)
                level = messages.SUCCESS if count else messages.WARNING
                self.message_user(request, text % count, level)
            query = f"?first={found.first}&second={found.second}"
            return redirect(f"{reverse('admin:classify_model_compare')}{query}")
        context = self.admin_site.each_context(request) | {
            "title": _("Compare two models"),
            "opts": self.opts,
            "found": found,
            "jobs_max": JOBS_MAX,
            "may_operate": self.has_operate_permission(request),
        }
        return render(request, "admin/classify/model/compare.html", context)


def _possible(model: Model) -> set[str]:
    """Return the actions that make sense for a model."""
    if model.is_default:
        return {"roll_back"} if model_before_default() else set()
    if model.enabled:
        return {"make_default", "disable"}
    if model.state == State.READY:
        removable = bool(model.file.name or model.application)
        return {"make_default", "enable", *(["remove"] if removable else [])}
    if model.state == State.REFUSED:
        return {"check_again", "remove"}
    return set()
