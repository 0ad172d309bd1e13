"""``vitrina login`` and ``vitrina logout``."""

import os
import sys
from urllib.parse import urlsplit

import click

from vitrina.cli.app import spoken
from vitrina.cli.store import Login, forget_login, store_login, stored_login
from vitrina.cli.words import gettext as _
from vitrina.client import Client

LOCAL = ("localhost", "127.0.0.1", "[::1]")


@click.command(
    help=_(
        "Sign in to a site with an API token.\n\n"
        "A page of the site makes tokens. The token is asked for without showing it, or taken "
        "from VITRINA_TOKEN or from the standard input."
    ),
)
@click.argument("url", required=False)
def login(url: str | None) -> None:
    """Check a token and keep it."""
    address = _with_scheme(url or os.environ.get("VITRINA_URL") or _asked_address())
    token = os.environ.get("VITRINA_TOKEN") or _asked_token()
    if urlsplit(address).scheme == "http" and not _is_local(address):
        click.echo(_("Warning: the token goes to this address unencrypted."), err=True)
    with Client(address, token, lang=spoken(), retries=0) as client:
        me = client.me()
        store_login(Login(client.url, token.strip()))
    sentence = _("Signed in to {url} as {email}. The token may: {scopes}.")
    click.echo(sentence.format(url=client.url, email=me.email, scopes=", ".join(me.scopes)))


def _asked_address() -> str:
    stored = stored_login()
    if not sys.stdin.isatty():
        raise click.UsageError(_("Give the address of the site: vitrina login https://…"))
    asked: str = click.prompt(_("Address of the site"), default=stored.url if stored else None)
    return asked


def _asked_token() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    asked: str = click.prompt(_("API token"), hide_input=True)
    return asked


def _with_scheme(url: str) -> str:
    url = url.strip().rstrip("/")
    if "://" in url:
        return url
    return f"http://{url}" if _is_local(f"//{url}") else f"https://{url}"


def _is_local(url: str) -> bool:
    return urlsplit(url).netloc.rpartition(":")[0] in LOCAL or urlsplit(url).netloc in LOCAL


@click.command(help=_("Forget the login. The token goes on working until it is revoked."))
def logout() -> None:
    """Forget the login."""
    click.echo(_("Signed out.") if forget_login() else _("You were not signed in."))
