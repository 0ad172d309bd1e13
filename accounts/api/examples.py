"""Examples for the description of the API."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from project.api.schema import EXAMPLE_ID, PARAMETERS, example_page

PARAMETERS["token_id"] = ("The id of one of your tokens.", EXAMPLE_ID)

_TOKEN: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "name": "Dashboard",
    "hint": "vit_4Zq8Xb2L",
    "scopes": ["jobs:read"],
    "created_at": "2026-05-04T09:30:00.000000Z",
    "expires_at": "2030-01-01T00:00:00Z",
    "last_used_at": "2026-05-04T10:12:31.402000Z",
}
# No token: its checksum is wrong.
_SECRET = "vit_4Zq8Xb2LExampleExampleExampleExampleExample000"  # noqa: S105


def _answer(name: str, value: dict[str, Any]) -> list[OpenApiExample]:
    return [OpenApiExample(name, value=value, response_only=True)]


TOKEN = _answer("A token that only reads", _TOKEN)
TOKENS = _answer("One token", example_page("me/tokens", _TOKEN))
NEW_TOKEN = _answer("A new token", _TOKEN | {"last_used_at": None, "secret": _SECRET})
CREATE_TOKEN = [
    OpenApiExample(
        "A token that only reads",
        value={"name": "Dashboard", "scopes": ["jobs:read"], "expires_at": "2030-01-01T00:00:00Z"},
        request_only=True,
    ),
]
ME = _answer(
    "A program",
    {
        "email": "ana@example.com",
        "name": "Ana",
        "language": "es",
        "date_joined": "2026-04-01T08:00:00.000000Z",
        "scopes": ["jobs:read"],
        "token": {name: _TOKEN[name] for name in ("id", "name", "scopes", "expires_at")},
    },
)
