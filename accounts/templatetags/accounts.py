"""Helpers of the account pages and messages."""

from django import template
from django.conf import settings
from django.utils.translation import gettext as _
from ua_parser import parse

register = template.Library()


@register.filter
def device_name(user_agent: str) -> str:
    """Return what a browser calls itself in words: ``Firefox on Windows``."""
    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("an unknown program")


@register.simple_tag
def sign_up_mode() -> str:
    """Return who may sign up: ``open``, ``invitation``, ``domain``, ``approval``, ``closed``."""
    mode: str = settings.SIGN_UP
    return mode


@register.simple_tag
def sign_up_domains() -> str:
    """Return the domains whose addresses may sign up."""
    return ", ".join(settings.SIGN_UP_DOMAINS)
