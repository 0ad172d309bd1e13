"""Small helpers of the templates."""

from datetime import datetime

from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect, Select
from django.http import HttpRequest
from django.template import Context
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

register = template.Library()


@register.filter
def percent(share: float) -> str:
    """Return a share of 1 as a percentage in the active language: ``87.4%``, ``87,4 %``."""
    if 0 < share < 0.0005:
        return "< " + _percentage(0.1)
    return _percentage(share * 100)


def _percentage(number: float) -> str:
    return pgettext("a percentage", "%(number)s%%") % {"number": _number(number, 1)}


def _number(number: float, digits: int) -> str:
    """Return a number in the active language, rounded: Django's own cuts digits off."""
    return number_format(round(number, digits), digits)


@register.filter
def milliseconds(duration: float) -> str:
    """Return a duration in milliseconds as people say it: ``38 ms``, ``2.4 s``, ``3 min``."""
    if duration < 1_000:
        return gettext("%(number)s ms") % {"number": _number(duration, 0)}
    if duration < 100_000:
        return gettext("%(number)s s") % {"number": _number(duration / 1_000, 1)}
    return gettext("%(number)s min") % {"number": _number(duration / 60_000, 0)}


@register.filter
def moment(text: str) -> datetime:
    """Return the moment that a text in ISO 8601 names, as JSON holds it."""
    return datetime.fromisoformat(text)


@register.filter
def control(field: BoundField) -> SafeString:
    """Return a form field's widget with the classes that Bootstrap knows it by.

    Placeholders go: allauth repeats the labels in them.
    """
    widget = field.field.widget
    if isinstance(widget, CheckboxInput | RadioSelect):
        name = "form-check-input"
    elif isinstance(widget, Select):
        name = "form-select"
    else:
        name = "form-control"
    name = f"{name} is-invalid" if field.errors else name
    return field.as_widget(attrs={"class": name, "placeholder": False})


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the label stands beside the field instead of above it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return a decorative icon of the sprite ``vitrina/img/icons.svg``."""
    from django.templatetags.static import static

    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("vitrina/img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def chosen_theme(context: Context) -> str:
    """Return the theme that was chosen on this device, or in the account; else nothing."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return ""
    theme = request.COOKIES.get("theme") or getattr(request.user, "theme", "")
    return theme if theme in {"light", "dark"} else ""


@register.simple_tag(takes_context=True)
def absolute(context: Context, path: str) -> str:
    """Return a path of the site as a whole address, for those who read the page elsewhere."""
    request: HttpRequest | None = context.get("request")
    return request.build_absolute_uri(path) if request else path
