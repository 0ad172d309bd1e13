"""What all commands share: the client, the options, and how errors are told."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import click

from vitrina.cli import words
from vitrina.cli.store import current_login
from vitrina.cli.words import gettext as _
from vitrina.client import Client
from vitrina.errors import ProblemError, UnreachableError, VitrinaError
from vitrina.shapes import as_json

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

LANGUAGE = "vitrina.language"
RETRIES = 2
"""For commands that somebody waits for."""


class SiteError(click.ClickException):
    """The site cannot be asked, or refuses: nothing of the command was done, or not all of it."""

    exit_code = 3

    def __init__(self, error: VitrinaError, addition: str = "") -> None:
        super().__init__(" ".join(filter(None, [explanation(error), addition])))


class Group(click.Group):
    """Commands whose errors are sentences."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command.

        :raises ClickException: with a sentence for the person.
        """
        try:
            return super().invoke(ctx)
        except VitrinaError as error:
            raise SiteError(error) from error
        except BrokenPipeError:
            raise  # whoever read our output has had enough; click ends quietly
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error


def explanation(error: VitrinaError) -> str:
    """Return what went wrong and what to do."""
    if isinstance(error, UnreachableError):
        sentence = _("{url} does not answer ({reason}). Is the address right, and the site up?")
        return sentence.format(url=error.url, reason=error.reason)
    if not isinstance(error, ProblemError):
        return str(error)
    advice = ""
    if error.code in {"invalid_token", "not_authenticated"}:
        advice = _("Run «vitrina login» with a token that works.")
    elif error.code == "insufficient_scope":
        advice = _("Sign in with a token that has the scope: «vitrina login».")
    elif error.retry_after:
        advice = _("Try again in {seconds:.0f} s.").format(seconds=error.retry_after)
    elif error.status >= 500:
        advice = _("Mention the request {id} when you report it.").format(id=error.request_id)
    return f"{error} {advice}".strip()


def language() -> str | None:
    """Return the language asked for; ``None`` when it is the environment's."""
    asked: str | None = click.get_current_context().meta.get(LANGUAGE)
    return asked


def spoken() -> str | None:
    """Return the language to have messages in; ``None`` when nothing says it."""
    return language() or words.system_language() or None


def client_options() -> dict[str, Any]:
    """Return what a client of the current login takes."""
    login = current_login()
    return {"url": login.url, "token": login.token, "lang": spoken()}


def client() -> Client:
    """Return a client of the current login."""
    return Client(**client_options(), retries=RETRIES)


def _speak(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta[LANGUAGE] = value
        words.activate(value)


def lang_option(command: Decorated) -> Decorated:
    """Add ``--lang``."""
    return click.option(
        "--lang",
        metavar="CODE",
        expose_value=False,
        is_eager=True,
        callback=_speak,
        help=_("Language of names and messages, for instance en or es."),
    )(command)


def json_option(command: Decorated) -> Decorated:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help=_("One JSON object a line."))(
        command
    )


def show(things: Iterable[Any], cells: Callable[[Any], Sequence[object]], *, raw: bool) -> None:
    """Print a list: as JSON, or in columns."""
    if raw:
        for thing in things:
            click.echo(json.dumps(as_json(thing), ensure_ascii=False))
        return
    for line in columns([[str(cell) for cell in cells(thing)] for thing in things]):
        click.echo(line)


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows as lines with their cells below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def moment(time: datetime | None) -> str:
    """Return a time for a person, where they are."""
    return f"{time.astimezone():%Y-%m-%d %H:%M}" if time else "-"


def for_each(ids: Sequence[str], act: Callable[[str], object]) -> None:
    """Do something to each of several; one that does not work does not stop the others."""
    failed = False
    for each in ids:
        try:
            act(each)
        except (ProblemError, ValueError) as error:
            failed = True
            reason = explanation(error) if isinstance(error, ProblemError) else str(error)
            click.echo(f"{each}: {reason}", err=True)
    if failed:
        sys.exit(1)
