"""Classes and parents in the admin, with every language side by side."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin
from modeltranslation.utils import build_localized_fieldname

import classify.model_admin  # noqa: F401 - registers
from classify.models import Label, Parent
from project.admin import ModelAdmin as SiteModelAdmin

if TYPE_CHECKING:
    from django.db.models import Model as DjangoModel
    from django.db.models import QuerySet


def side_by_side(*names: str) -> tuple[tuple[str, ...], ...]:
    """Return a row for each field, with a column for each language."""
    languages = [code for code, _name in settings.LANGUAGES]
    return tuple(
        tuple(build_localized_fieldname(name, language) for language in languages) for name in names
    )


class ModelFilter(admin.SimpleListFilter):
    """Whose classes: those of ImageNet, or a model's own."""

    title = _("model")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the models that have classes of their own."""
        del request, model_admin
        names = Label.objects.exclude(model=None).order_by("model").values_list("model", flat=True)
        return [("imagenet", "ImageNet"), *((name, name) for name in names.distinct())]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Label]") -> "QuerySet[Label]":
        """Return what was chosen."""
        del request
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(model=None if value == "imagenet" else value)


@admin.register(Label)
class LabelAdmin(SiteModelAdmin[Label], TranslationAdmin[Label]):
    list_display = ("index", "id", "name", "parent", "model")
    list_display_links = ("id",)
    list_filter = (ModelFilter, "parent")
    list_select_related = ("parent", "model")
    search_fields = ("id", "name", "synonyms")
    readonly_fields = ("id", "index", "model")
    list_per_page = 100
    fieldsets = (
        (
            None,
            {"fields": (("id", "index"), *side_by_side("name", "synonyms"), ("parent", "model"))},
        ),
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
