"""``vitrina tokens``."""

from datetime import UTC, datetime, timedelta

import click

from vitrina.cli.app import Group, client, for_each, json_option, moment, show
from vitrina.cli.words import gettext as _


@click.group(cls=Group, help=_("List, make and revoke your API tokens."))
def tokens() -> None:
    """Tokens."""


@tokens.command("list", help=_("List your tokens, newest first."))
@json_option
def list_tokens(as_json: bool) -> None:
    """List tokens."""
    with client() as site:
        show(
            site.tokens(),
            lambda token: (
                token.id,
                f"{token.hint}…",
                moment(token.expires_at),
                " ".join(token.scopes),
                token.name,
            ),
            raw=as_json,
        )


@tokens.command("create", help=_("Make a token; print its secret and nothing else."))
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help=_("What it may do: jobs:read, jobs:write, webhooks:manage; by default what yours may."),
)
@click.option("--days", type=click.IntRange(1, 36500), help=_("After how many days it expires."))
def create_token(name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Make a token."""
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    with client() as site:
        token = site.create_token(name, scopes=scopes or None, expires_at=expires_at)
    click.echo(token.secret)


@tokens.command("revoke", help=_("Revoke tokens by their ids."))
@click.argument("token_ids", metavar="ID…", nargs=-1, required=True)
def revoke_tokens(token_ids: tuple[str, ...]) -> None:
    """Revoke tokens."""
    with client() as site:
        for_each(token_ids, site.revoke_token)
