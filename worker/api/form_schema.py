"""A service's form as JSON Schema, so that programs know what its jobs take."""

from typing import Any

from django import forms

_TYPES: tuple[tuple[type[forms.Field], str], ...] = (
    # The first one that fits counts.
    (forms.FloatField, "number"),
    (forms.IntegerField, "integer"),
    (forms.BooleanField, "boolean"),
    (forms.Field, "string"),
)


def json_schema(form: forms.Form) -> dict[str, Any]:
    """Return what a form takes (JSON Schema 2020-12), in the language of the answer."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {name: _field(field) for name, field in form.fields.items()},
        "required": [name for name, field in form.fields.items() if field.required],
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
