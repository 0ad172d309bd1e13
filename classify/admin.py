"""Classes, parents and models in the admin, with every language side by side."""

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TabbedTranslationAdmin

from classify.models import Label, Model, Parent
from classify.services import model_make_default

if TYPE_CHECKING:
    from django.db.models import Model as DjangoModel
    from django.db.models import QuerySet


@admin.register(Label)
class LabelAdmin(TabbedTranslationAdmin[Label]):
    list_display = ("index", "id", "name", "parent")
    list_display_links = ("id",)
    list_filter = ("parent",)
    list_select_related = ("parent",)
    search_fields = ("id", "name", "synonyms")
    readonly_fields = ("id", "index")
    list_per_page = 100

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Classes come with models."""
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: "DjangoModel | None" = None) -> bool:
        """Results name classes, so they stay."""
        del request, obj
        return False


@admin.register(Parent)
class ParentAdmin(TabbedTranslationAdmin[Parent]):
    list_display = ("slug", "name")
    search_fields = ("slug", "name")


@admin.register(Model)
class ModelAdmin(admin.ModelAdmin[Model]):
    list_display = ("name", "version", "engine", "input_size", "enabled", "is_default")
    list_filter = ("engine", "enabled")
    search_fields = ("name", "sha256")
    readonly_fields = (
        "name",
        "version",
        "sha256",
        "engine",
        "input_size",
        "licence",
        "source",
        "is_default",
        "created_at",
    )
    actions = ("make_default",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Models are built or imported by a command."""
        del request
        return False

    @admin.action(description=_("Make it the default model"))
    def make_default(self, request: HttpRequest, models: "QuerySet[Model]") -> None:
        """Have one chosen model run the jobs that name none."""
        if len(models) != 1:
            self.message_user(request, _("Choose exactly one model."), messages.ERROR)
            return
        model_make_default(model=models[0])
        self.message_user(request, _("%(model)s is the default now.") % {"model": models[0]})
