"""The OpenAPI description: what all operations have in common is added here.

A view says what its success looks like, and which problems are its own; the usual ones follow
from what it is.
"""

import inspect
from typing import Any

from drf_spectacular.authentication import SessionScheme as DrfSessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from project.api.authentication import ACCOUNT, ANYONE
from project.api.problems import MEDIA_TYPE

EXAMPLE_SITE = "https://vitrina.example"
EXAMPLE_ID = "019a9c0e-5d7e-7c3a-9f5e-0d6f0c1f2a3b"
EXAMPLE_REQUEST_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


class ProblemField(serializers.Serializer[Any]):
    """What is wrong with one field."""

    pointer = serializers.CharField(help_text="Where it stands: a JSON pointer as URI fragment.")
    detail = serializers.CharField(help_text="For a person, in the language of the answer.")
    code = serializers.CharField(help_text="For a program.")


class Problem(serializers.Serializer[Any]):
    """Why a request was not fulfilled (RFC 9457)."""

    type = serializers.URLField(help_text="The page that explains this kind of problem.")
    title = serializers.CharField(help_text="The kind of problem, in the answer's language.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What is wrong with this request.")
    instance = serializers.CharField(help_text="The path that was asked for.")
    code = serializers.CharField(help_text="The kind of problem, for a program.")
    request_id = serializers.CharField(help_text="The id of this request in the site's log.")
    errors = ProblemField(  # type: ignore[assignment]
        many=True, help_text="The fields that are wrong, if it is that."
    )


MEANINGS = {
    400: "The request cannot be read, or fields are not valid.",
    401: "No token, or none that is valid.",
    403: "The token lacks the scope.",
    404: "There is nothing here, or it is not yours.",
    409: "The state in which it is does not allow this.",
    410: "You have deleted it.",
    413: "It is too large.",
    415: "The content type, or the type of the picture, is not accepted.",
    422: "The content is understood but cannot be used.",
    429: "You have reached a limit; see `Retry-After`.",
    503: "The site is full, paused or disturbed; see `Retry-After`.",
}

Responses = dict[Any, Any]


def problems(*statuses: int) -> Responses:
    """Return responses for the problems with these statuses."""
    return {
        (status, MEDIA_TYPE): OpenApiResponse(Problem, description=MEANINGS[status])
        for status in statuses
    }


def header(
    name: str, description: str, example: str, *, when: bool | list[int] = True
) -> OpenApiParameter:
    """Return the description of a header of the answers with some statuses, or of all."""
    return OpenApiParameter(
        name,
        str,
        OpenApiParameter.HEADER,
        description=description,
        response=when,
        examples=[OpenApiExample("Example", value=example)],
    )


_HEADERS = [
    header(
        "X-Request-Id", "The id of this request: the caller's, or a new one.", EXAMPLE_REQUEST_ID
    ),
    header(
        "RateLimit-Policy",
        "How many requests (`q`) are allowed in how many seconds (`w`).",
        '"requests";q=3000;w=60',
    ),
    header(
        "RateLimit",
        "How many of them are left (`r`), and after how many seconds all are again (`t`).",
        '"requests";r=2993;t=41',
    ),
    header("Content-Language", "The language of what is for a person.", "en"),
    header(
        "WWW-Authenticate",
        "What to send, and what was wrong with what was sent (RFC 6750).",
        'Bearer realm="vitrina", error="invalid_token"',
        when=[401],
    ),
    header("Retry-After", "After how many seconds to ask again.", "7", when=[429, 503]),
]


PARAMETERS: dict[str, tuple[str, Any]] = {
    "limit": ("", 25),
    "cursor": ("", "bjowMTlhOWMwZS01ZDdlLTdjM2EtOWY1ZS0wZDZmMGMxZjJhM2I"),
}
"""What a parameter is, where its declaration does not say it, and an example. Apps add theirs."""


def example_page(path: str, *results: dict[str, Any]) -> dict[str, Any]:
    """Return a page of a list, for an example."""
    following = f"{EXAMPLE_SITE}/api/v1/{path}?cursor={PARAMETERS['cursor'][1]}"
    return {"next": following, "previous": None, "results": list(results)}


LINK = header(
    "Link",
    "The pages around it (RFC 8288).",
    f'<{EXAMPLE_SITE}/api/v1/jobs?cursor=bjox>; rel="next"',
    when=[200],
)


class ApiSchema(AutoSchema):
    """Describes an :class:`project.api.views.ApiView`."""

    def get_summary(self) -> str | None:
        """Return the first sentence of the handler's docstring."""
        text = self._text()
        return text.split(":")[0].split(";")[0].split("\n")[0].rstrip(".") if text else None

    def get_description(self) -> str:  # type: ignore[override]
        """Return the handler's docstring, and the scope that it asks for."""
        access = self._access()
        if access == ANYONE:
            needs = "Needs no token."
        elif access == ACCOUNT:
            needs = "Needs a token, of whatever scope."
        else:
            needs = f"Needs the scope `{access}`."
        return f"{self._text()}\n\n{needs}"

    def _text(self) -> str:
        return inspect.getdoc(getattr(self.view, self.method.lower())) or ""

    def _access(self) -> str:
        access: dict[str, str] = getattr(self.view, "access", {})
        return access.get(self.method, ANYONE)

    def is_deprecated(self) -> bool:
        """Tell whether it is to go."""
        return getattr(self.view, "deprecated", None) is not None

    def get_auth(self) -> list[dict[str, Any]]:
        """Return what a caller may identify with; nothing where nobody has to."""
        found: list[dict[str, Any]] = super().get_auth()
        return [*found, {}] if self._access() == ANYONE else found

    def get_override_parameters(self) -> list[Any]:
        """Add the headers of every answer."""
        return [*super().get_override_parameters(), *_HEADERS]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        """Add the problems that every operation of this sort may have."""
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status in sorted(self._usual_problems()):
            if str(status) not in bodies:
                bodies[str(status)] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    OpenApiResponse(Problem, description=MEANINGS[status]),
                    str(status),
                    (MEDIA_TYPE,),
                    direction,
                )
        return dict(sorted(bodies.items()))

    def _has_pages(self) -> bool:
        """Tell whether it is a list, whose cursor may lead nowhere."""
        return any(name == "cursor" for name, _place in self._process_override_parameters())  # type: ignore[no-untyped-call]

    def _usual_problems(self) -> set[int]:
        """Return the statuses of the problems that follow from what the operation is."""
        statuses = {400, 401, 429, 503}
        if self._access() not in {ANYONE, ACCOUNT}:
            statuses.add(403)
        if "{" in self.path or self._has_pages():
            statuses.add(404)
        if self.method in {"POST", "PUT", "PATCH"}:
            statuses |= {403, 413, 415}
        if self.method == "DELETE":
            statuses.add(403)
        return statuses


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a program identifies itself."""

    target_class = "project.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the description of bearer tokens."""
        del auto_schema
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "vit_…",
            "description": "An API token, made on the page of your account.",
        }


class SessionScheme(DrfSessionScheme):  # type: ignore[no-untyped-call]
    """How a browser that is signed in identifies itself."""

    target_class = "project.api.authentication.SessionAuthentication"
    name = "session"
