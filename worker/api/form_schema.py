"""A service's form as JSON Schema, so that programs know what its jobs take."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _

from worker.models import Lane

_TYPES: tuple[tuple[type[forms.Field], str], ...] = (
    # The first one that fits counts.
    (forms.FloatField, "number"),
    (forms.IntegerField, "integer"),
    (forms.BooleanField, "boolean"),
    (forms.Field, "string"),
)


def json_schema(form: forms.Form) -> dict[str, Any]:
    """Return what a form takes (JSON Schema 2020-12), in the language of the answer.

    With what the jobs of every service take beside it.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {name: _field(field) for name, field in form.fields.items()} | _common(),
        "required": [name for name, field in form.fields.items() if field.required],
    }


def _common() -> dict[str, Any]:
    lanes = _("The line to wait in: «bulk» for what has time.")
    return {
        "lane": {"type": "string", "description": lanes, "enum": Lane.values},
        "lang": {
            "type": "string",
            "description": _("The language of names."),
            "enum": [code for code, _name in settings.LANGUAGES],
        },
    }


def _field(field: forms.Field) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": next(name for kind, name in _TYPES if isinstance(field, kind)),
    }
    if field.label:
        schema["title"] = str(field.label)
    if field.help_text:
        schema["description"] = str(field.help_text)
    if field.initial is not None:
        schema["default"] = field.initial
    for attribute, name in (
        ("min_value", "minimum"),
        ("max_value", "maximum"),
        ("max_length", "maxLength"),
    ):
        if getattr(field, attribute, None) is not None:
            schema[name] = getattr(field, attribute)
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        schema["enum"] = [str(value) for value, _label in choices if value != ""]
    return schema
