"""The language of an answer: what the request asks for, else the account's, else the site's."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from accounts.models import User


def language_activate(request: HttpRequest, user: object) -> None:
    """Use the language of ``Accept-Language``, else the account's; no cookie plays a part."""
    translation.activate(_language(request, user))


def _language(request: HttpRequest, user: object) -> str:
    for wanted, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if wanted == "*":
            break
        try:
            return translation.get_supported_language_variant(wanted)
        except LookupError:
            continue
    if isinstance(user, User) and user.language in dict(settings.LANGUAGES):
        return user.language
    return settings.LANGUAGE_CODE
