"""One's own account: who calls, what has been used, tokens."""

from collections.abc import Sequence
from datetime import datetime

from vitrina.endpoint import endpoint, pages
from vitrina.endpoints.base import Base, HasId, given, id_of
from vitrina.flow import Flow, Listing, Request
from vitrina.shapes import Me, NewToken, Token, Usage, read


class AccountEndpoints(Base):
    """The account and its tokens."""

    @endpoint
    def me(self) -> Flow[Me]:
        """Look at the account, and at what this token may do."""
        return self._fetch(Me, "me")

    @endpoint
    def usage(self) -> Flow[Usage]:
        """Look at the limits, and at what is used of them."""
        return self._fetch(Usage, "me/usage")

    @pages
    def tokens(self, *, page_size: int = 100) -> Listing[Token]:
        """List your tokens, newest first."""
        return Listing(Request("GET", "me/tokens", query={"limit": page_size}), Token)

    @endpoint
    def token(self, token: HasId | str) -> Flow[Token]:
        """Look at a token."""
        return self._fetch(Token, f"me/tokens/{id_of(token)}")

    @endpoint
    def create_token(
        self,
        name: str,
        *,
        scopes: Sequence[str] | None = None,
        expires_at: datetime | None = None,
    ) -> Flow[NewToken]:
        """Make a token, by default one that may do what this one may."""
        wishes = {
            "name": name,
            "scopes": None if scopes is None else list(scopes),
            "expires_at": expires_at and expires_at.isoformat(),
        }
        # Not repeatable: it has no idempotency key, and a second token would stay unnoticed.
        answer = yield from self._send("POST", "me/tokens", json=given(wishes), repeatable=False)
        return read(answer, NewToken)

    @endpoint
    def revoke_token(self, token: HasId | str) -> Flow[None]:
        """Revoke a token."""
        yield from self._send("DELETE", f"me/tokens/{id_of(token)}")
