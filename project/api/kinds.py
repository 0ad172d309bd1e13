"""The kinds of problems that the API's answers name, with the text of their pages."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its code, its status, and what to say of it.

    :ivar of_jobs: whether it only ever is the ``error`` of a job, and no answer has its status.
    """

    code: str
    status: HTTPStatus
    title: "StrOrPromise"
    explanation: "StrOrPromise"
    of_jobs: bool = False


_ALL = (
    Kind(
        "malformed",
        HTTPStatus.BAD_REQUEST,
        _("The request cannot be read"),
        _("The request's body or headers are not what their type says."),
    ),
    Kind(
        "invalid",
        HTTPStatus.BAD_REQUEST,
        _("Some fields are not valid"),
        _("See «errors» for each field that is wrong."),
    ),
    Kind(
        "not_authenticated",
        HTTPStatus.UNAUTHORIZED,
        _("Who are you?"),
        _("Send an API token: «Authorization: Bearer vit_…»."),
    ),
    Kind(
        "invalid_token",
        HTTPStatus.UNAUTHORIZED,
        _("The token is not valid"),
        _("The API token is unknown, expired or revoked."),
    ),
    Kind(
        "permission_denied",
        HTTPStatus.FORBIDDEN,
        _("You may not do this"),
        _("Your account does not have the permission for this."),
    ),
    Kind(
        "insufficient_scope",
        HTTPStatus.FORBIDDEN,
        _("The token may not do this"),
        _("The API token lacks the scope for this. Make one that has it."),
    ),
    Kind(
        "csrf_failed",
        HTTPStatus.FORBIDDEN,
        _("The request does not come from this site"),
        _("A browser that is signed in must send the header X-CSRFToken; or use an API token."),
    ),
    Kind(
        "not_found",
        HTTPStatus.NOT_FOUND,
        _("There is nothing here"),
        _("It does not exist, or it is not yours."),
    ),
    Kind(
        "method_not_allowed",
        HTTPStatus.METHOD_NOT_ALLOWED,
        _("This method does not work here"),
        _("The header «Allow» names the methods that do."),
    ),
    Kind(
        "conflict",
        HTTPStatus.CONFLICT,
        _("It is too late for this"),
        _("The state in which it is does not allow this."),
    ),
    Kind(
        "too_many_tokens",
        HTTPStatus.CONFLICT,
        _("You have too many tokens"),
        _("Revoke those that you do not use."),
    ),
    Kind(
        "too_many_webhooks",
        HTTPStatus.CONFLICT,
        _("You have too many webhooks"),
        _("Delete those that you do not use."),
    ),
    Kind(
        "in_progress",
        HTTPStatus.CONFLICT,
        _("It is being created"),
        _("Another request with this idempotency key is at work. Try again in a moment."),
    ),
    Kind(
        "gone",
        HTTPStatus.GONE,
        _("It has been deleted"),
        _("You have deleted it, with its picture and its result."),
    ),
    Kind(
        "request_too_large",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        _("The request is too large"),
        _("It has more bytes than this address accepts."),
    ),
    Kind(
        "unsupported_media_type",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        _("This content type does not work here"),
        _("Send application/json, or multipart/form-data where files are taken."),
    ),
    Kind(
        "key_reused",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        _("The idempotency key was used for something else"),
        _("A key belongs to one request. Use a new one for other content."),
    ),
    Kind(
        "rate_limited",
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many requests"),
        _("You send requests faster than this site allows. See the header Retry-After."),
    ),
    Kind(
        "internal",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        _("Something went wrong on our side"),
        _("It has been logged. Mention «request_id» when you report it."),
    ),
    Kind(
        "database_away",
        HTTPStatus.SERVICE_UNAVAILABLE,
        _("The site cannot answer at the moment"),
        _("Its database does not answer. Try again in a moment."),
    ),
    Kind(
        "store_away",
        HTTPStatus.SERVICE_UNAVAILABLE,
        _("The site cannot answer at the moment"),
        _("Its store of pictures does not answer. Try again in a moment."),
    ),
    Kind(
        "maintenance",
        HTTPStatus.SERVICE_UNAVAILABLE,
        _("We will be back soon"),
        _("The site is being worked on. What you submitted is safe, and results wait for you."),
    ),
)

KINDS: dict[str, Kind] = {kind.code: kind for kind in _ALL}
"""By code. Apps add theirs."""
