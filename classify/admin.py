"""Classes, parents and models in the admin, with every language side by side."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin
from modeltranslation.utils import build_localized_fieldname

from classify.models import Label, Model, Parent
from classify.services import model_make_default, model_switch
from project.admin import ModelAdmin as SiteModelAdmin
from project.admin import ReadOnlyAdmin

if TYPE_CHECKING:
    from django.db.models import Model as DjangoModel
    from django.db.models import QuerySet


def side_by_side(*names: str) -> tuple[tuple[str, ...], ...]:
    """Return a row for each field, with a column for each language."""
    languages = [code for code, _name in settings.LANGUAGES]
    return tuple(
        tuple(build_localized_fieldname(name, language) for language in languages) for name in names
    )


@admin.register(Label)
class LabelAdmin(SiteModelAdmin[Label], TranslationAdmin[Label]):
    list_display = ("index", "id", "name", "parent")
    list_display_links = ("id",)
    list_filter = ("parent",)
    list_select_related = ("parent",)
    search_fields = ("id", "name", "synonyms")
    readonly_fields = ("id", "index")
    list_per_page = 100
    fieldsets = (
        (None, {"fields": (("id", "index"), *side_by_side("name", "synonyms"), "parent")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Classes come with models."""
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: "DjangoModel | None" = None) -> bool:
        """Results name classes, so they stay."""
        del request, obj
        return False


@admin.register(Parent)
class ParentAdmin(SiteModelAdmin[Parent], TranslationAdmin[Parent]):
    list_display = ("slug", "name")
    search_fields = ("slug", "name")
    fieldsets = ((None, {"fields": ("slug", *side_by_side("name"))}),)


@admin.register(Model)
class ModelAdmin(ReadOnlyAdmin[Model]):
    list_display = ("name", "version", "engine", "input_size", "enabled", "is_default")
    list_filter = ("engine", "enabled")
    search_fields = ("name", "sha256")
    actions = ("make_default", "enable", "disable")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Tell who may switch models."""
        return request.user.has_perm("classify.change_model")

    @admin.action(description=_("Make it the default model"), permissions=["operate"])
    def make_default(self, request: HttpRequest, models: "QuerySet[Model]") -> None:
        """Have one chosen model run the jobs that name none."""
        if len(models) != 1:
            self.message_user(request, _("Choose exactly one model."), messages.ERROR)
            return
        model_make_default(model=models[0])
        self.message_user(request, _("%(model)s is the default now.") % {"model": models[0]})

    @admin.action(description=_("Switch on"), permissions=["operate"])
    def enable(self, request: HttpRequest, models: "QuerySet[Model]") -> None:
        """Offer models."""
        self._switch(request, models, enabled=True)

    @admin.action(description=_("Switch off"), permissions=["operate"])
    def disable(self, request: HttpRequest, models: "QuerySet[Model]") -> None:
        """Offer models no more."""
        self._switch(request, models, enabled=False)

    def _switch(self, request: HttpRequest, models: "QuerySet[Model]", *, enabled: bool) -> None:
        switched = [model_switch(model=model, enabled=enabled) for model in models]
        if all(switched):
            self.message_user(request, _("Done."))
        else:
            text = _("The default model is always on. Make another one the default first.")
            self.message_user(request, text, messages.WARNING)
