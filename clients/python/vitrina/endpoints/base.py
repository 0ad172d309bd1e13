"""What all endpoints share: how a request is sent, and how a list goes on."""

import uuid
from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypedDict, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx

from vitrina.flow import Flow, Listing, Request, send
from vitrina.shapes import parse, read

T = TypeVar("T")


class HasId(Protocol):
    """A job, a batch, a token …"""

    @property
    def id(self) -> str:
        """Its id."""


class Parameters(TypedDict, total=False):
    """How to process pictures; what is left out is as the site has it."""

    model: str
    top_k: int
    min_score: float
    lane: Literal["interactive", "bulk"]
    lang: str


class Base:
    """The site that is asked, and how often."""

    url: str
    retries: int

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    def _send(self, method: str, path: str, **fields: Any) -> Flow[httpx.Response]:
        return send(Request(method, path, **fields), url=self.url, retries=self.retries)

    def _fetch(self, kind: type[T], path: str, **query: Any) -> Flow[T]:
        """Return what is at a path."""
        answer = yield from self._send("GET", path, query=given(query))
        return read(answer, kind)

    def _page(self, listing: Listing[T], cursor: str | None) -> Flow[tuple[list[T], str | None]]:
        """Return a page of a list, and the cursor of the next one."""
        request = listing.request
        query = dict(request.query) | ({"cursor": cursor} if cursor else {})
        answer = yield from self._send(request.method, request.path, query=query)
        body = read(answer, dict[str, Any])
        # Of the next page's address only the cursor counts: the token goes to no other site.
        found = parse_qs(urlsplit(body.get("next") or "").query).get("cursor")
        results = [parse(entry, listing.kind) for entry in body["results"]]
        return results, found[0] if found else None


def id_of(thing: HasId | str) -> str:
    """Return an id that can stand in a path.

    :raises ValueError: when it is none: it would lead somewhere else.
    """
    text = thing if isinstance(thing, str) else thing.id
    if not text or not all(sign.isalnum() or sign in "-_" for sign in text):
        raise ValueError(f"{text!r} is not an id")
    return text


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those values that are there."""
    return {name: value for name, value in values.items() if value is not None}


def new_key() -> str:
    """Return an idempotency key that nobody has used."""
    return str(uuid.uuid4())
