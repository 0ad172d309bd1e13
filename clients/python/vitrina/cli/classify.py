"""``vitrina classify``: files, folders, the standard input."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, nullcontext, suppress
from dataclasses import dataclass
from typing import IO, Any

import click
from tqdm import tqdm

from vitrina.aio import AsyncClient
from vitrina.cli.answers import Answer, answer_of, printer
from vitrina.cli.app import SiteError, client_options, json_option, lang_option, language
from vitrina.cli.files import STDIN, named
from vitrina.cli.journal import Journal
from vitrina.cli.words import gettext as _
from vitrina.client import Client
from vitrina.errors import VitrinaError
from vitrina.many import CONCURRENCY
from vitrina.pictures import Picture

PATIENT_RETRIES = 6
"""About half a minute: a site that is being restarted interrupts nobody."""

INTERRUPTED = 130
"""The exit status that shells give to what SIGINT has ended."""


def parameter_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say how to classify."""
    for option in reversed(_options()):
        command = option(command)
    return command


def _options() -> Sequence[Callable[[Any], Any]]:
    return (
        click.option("--model", help=_("Model; «vitrina models» lists them.")),
        click.option("--top-k", type=click.IntRange(1, 100), help=_("Classes a picture (5).")),
        click.option(
            "--min-score", type=click.FloatRange(0, 1), help=_("Only classes with this score.")
        ),
        json_option,
        lang_option,
        click.option(
            "--concurrency",
            type=click.IntRange(1, 64),
            default=CONCURRENCY,
            help=_("Pictures under way at once ({number}).").format(number=CONCURRENCY),
        ),
    )


@click.command(
    help=_(
        "Classify files and folders, or - for the standard input.\n\n"
        "A file that cannot be used gets an error of its own, and the exit status is 1 then. "
        "A run that was interrupted goes on when the same command is given again: no picture is "
        "handed in twice, and what was known before is printed again, so that the output is whole."
    ),
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option(
    "--output",
    "-o",
    type=click.File("w", encoding="utf-8", lazy=True),
    metavar="FILE",
    help=_("Write to a file."),
)
@click.option("--fresh", is_flag=True, help=_("Begin anew, also after an interruption."))
@parameter_options
def classify(
    paths: tuple[str, ...],
    output: IO[str] | None,
    fresh: bool,
    as_json: bool,
    concurrency: int,
    **parameters: Any,
) -> None:
    """Classify pictures."""
    files = named(paths)
    if not files:
        raise click.UsageError(
            _("There is no picture in these folders (.jpg, .jpeg, .png, .webp).")
        )
    wishes = {name: value for name, value in parameters.items() if value is not None}
    if language():
        wishes["lang"] = language()
    options = client_options()
    with Client(**options, retries=PATIENT_RETRIES) as client:
        account = client.me().email  # and it is checked before anything is read that it works
    names = [options["url"], account, options["lang"], output and output.name]
    # One picture needs no journal, and so no place to write to.
    many = len(files) > 1
    with Journal([*names, paths, wishes], fresh=fresh) if many else nullcontext() as journal:
        run = Run(files, wishes, concurrency, printer(raw=as_json, file=output), journal)
        failed = run.perform(options)
    if failed:
        sentence = _("Could not be classified: {failed} of {total}.")
        click.echo(sentence.format(failed=failed, total=len(files)), err=True)
        sys.exit(1)


@dataclass
class Run:
    """One call of the command."""

    files: list[str]
    wishes: dict[str, Any]
    concurrency: int
    emit: Callable[[Answer], None]
    journal: Journal | None
    done: int = 0
    failed: int = 0

    def perform(self, options: dict[str, Any]) -> int:
        """Classify everything; return how many files could not be.

        :raises SiteError: when the site is the trouble.
        """
        left = [file for file in self.files if not self._known(file)]
        if self.done:
            sentence = _("Going on: {done} of {total} were classified before.")
            click.echo(sentence.format(done=self.done, total=len(self.files)), err=True)
        try:
            asyncio.run(self._rest(left, options))
        except VitrinaError as error:
            raise SiteError(error, self._progress()) from error
        except KeyboardInterrupt:
            click.echo(self._progress(), err=True)
            sys.exit(INTERRUPTED)
        if self.journal:
            self.journal.end()
        return self.failed

    def _known(self, file: str) -> bool:
        """Print what is known of a file from before; tell whether that is so."""
        answer = self.journal.answer(file) if self.journal else None
        if answer is not None:
            self._print(answer)
        return answer is not None

    def _print(self, answer: Answer) -> None:
        self.emit(answer)
        self.done += 1
        self.failed += "error" in answer

    async def _rest(self, files: list[str], options: dict[str, Any]) -> None:
        """Classify what is left, in its order."""
        bar = tqdm(
            total=len(self.files), initial=self.done, unit="photo", file=sys.stderr, disable=None
        )
        async with AsyncClient(**options, retries=PATIENT_RETRIES) as client:
            results = client.classify_many(
                self._pictures(files),
                ordered=True,
                concurrency=self.concurrency,
                lane="bulk" if len(self.files) > 1 else "interactive",
                **self.wishes,
            )
            with bar:
                coming = iter(files)
                async with aclosing(results):
                    async for result in results:
                        file = next(coming)
                        answer = answer_of(file, result)
                        if self.journal and file != STDIN:
                            self.journal.add(file, answer)
                        self._print(answer)
                        bar.update()

    def _pictures(self, files: list[str]) -> Iterator[Picture]:
        for file in files:
            if file == STDIN:
                yield Picture(sys.stdin.buffer.read(), name="stdin")
                continue
            key = ""
            if self.journal:
                # What cannot be read, the client meets again and makes it the file's result.
                with suppress(OSError):
                    key = self.journal.key(file)
            yield Picture(file, key=key)

    def _progress(self) -> str:
        """Return how far it got, and how to go on."""
        if not self.journal:
            return ""
        sentence = _(
            "{done} of {total} pictures are done. Give the same command again to go on with the "
            "others."
        )
        return sentence.format(done=self.done, total=len(self.files))
