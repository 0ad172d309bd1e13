"""``vitrina watch``: classifies the pictures of a folder as they appear."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import click

from vitrina.aio import AsyncClient
from vitrina.cli.answers import Answer, answer_of, printer
from vitrina.cli.app import client_options, explanation, language
from vitrina.cli.classify import PATIENT_RETRIES, parameter_options
from vitrina.cli.files import mark, pictures_in
from vitrina.cli.words import gettext as _
from vitrina.errors import ProblemError, VitrinaError

LOOK_EVERY = 1.0
"""Seconds between two looks. A file that has not changed in between is complete."""

REST_AFTER_TROUBLE = 10.0
FINAL = frozenset({400, 401, 403, 404})
"""Statuses after which it is no use to go on."""


class Folder:
    """A folder that is looked at again and again.

    Looking works on every system and every kind of disk, shared ones too, where notices do not.
    """

    def __init__(self, path: Path, *, everything: bool) -> None:
        self._path = path
        self._before: dict[str, tuple[int, int] | None] = {}
        self._done: dict[str, tuple[int, int] | None] = {}
        if not everything:
            self._done = self._look()

    def _look(self) -> dict[str, tuple[int, int] | None]:
        return {str(file): mark(str(file)) for file in pictures_in(self._path)}

    def complete(self) -> list[str]:
        """Return the files that are new or have changed, but not since the last look."""
        now = self._look()
        ready = [
            file
            for file, state in now.items()
            if state and state[0] and state == self._before.get(file) != self._done.get(file)
        ]
        self._before = now
        return ready

    def done(self, file: str) -> None:
        """Note that a file, as it was when last looked at, needs no more work."""
        self._done[file] = self._before.get(file)


@click.command(
    help=_(
        "Classify pictures of a folder as they appear.\n\n"
        "Folders below it are watched too. A picture that is still being written is waited for. "
        "Ctrl-C ends it."
    ),
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--all", "everything", is_flag=True, help=_("Also those that are there already."))
@parameter_options
def watch(
    folder: Path, everything: bool, as_json: bool, concurrency: int, **parameters: Any
) -> None:
    """Watch a folder."""
    wishes = {name: value for name, value in parameters.items() if value is not None}
    if language():
        wishes["lang"] = language()
    watched = Folder(folder, everything=everything)
    click.echo(_("Watching {folder}; Ctrl-C stops.").format(folder=folder), err=True)
    emit = printer(raw=as_json)
    try:
        asyncio.run(_watch(watched, client_options(), emit, concurrency=concurrency, **wishes))
    except KeyboardInterrupt:
        sys.exit(0)


async def _watch(
    folder: Folder, options: dict[str, Any], emit: Callable[[Answer], None], **wishes: Any
) -> None:
    async with AsyncClient(**options, retries=PATIENT_RETRIES) as client:
        while True:
            files = folder.complete()
            rest = LOOK_EVERY
            try:
                results = client.classify_many(files, ordered=True, **wishes)
                coming = iter(files)
                async with aclosing(results):
                    async for result in results:
                        file = next(coming)
                        emit(answer_of(file, result))
                        folder.done(file)
            except VitrinaError as error:
                if isinstance(error, ProblemError) and error.status in FINAL:
                    raise
                click.echo(explanation(error), err=True)
                rest = REST_AFTER_TROUBLE
            await asyncio.sleep(rest)
