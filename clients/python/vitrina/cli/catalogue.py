"""``vitrina models``, ``vitrina labels`` and ``vitrina usage``."""

import json
from itertools import islice

import click

from vitrina.cli.app import client, columns, json_option, lang_option, language, show
from vitrina.cli.words import gettext as _
from vitrina.shapes import Usage
from vitrina.shapes import as_json as plain


@click.command(help=_("List the models; the one with * is the default."))
@json_option
def models(as_json: bool) -> None:
    """List models."""
    with client() as site:
        show(
            site.models(),
            lambda model: ("*" if model.is_default else " ", model.name, model.version),
            raw=as_json,
        )


@click.command(help=_("Search the classes by name, synonym or parent, in any language."))
@click.argument("search")
@click.option("--limit", type=click.IntRange(1, 100), default=10, help=_("How many (10)."))
@json_option
@lang_option
def labels(search: str, limit: int, as_json: bool) -> None:
    """Search classes."""
    with client() as site:
        found = islice(site.labels(search, lang=language(), page_size=limit), limit)
        show(
            found,
            lambda label: (
                label.id,
                label.name,
                ", ".join(parent.name for parent in label.parents),
            ),
            raw=as_json,
        )


@click.command(help=_("Show your limits, and what you have used of them."))
@json_option
def usage(as_json: bool) -> None:
    """Show use."""
    with client() as site:
        found = site.usage()
    if as_json:
        click.echo(json.dumps(plain(found)))
        return
    for line in columns(_rows(found)):
        click.echo(line)


def _rows(found: Usage) -> list[list[str]]:
    limits, used = found.limits, found.used
    rows = (
        (_("Jobs today"), used.jobs_today, limits.jobs_per_day),
        (_("Unfinished jobs"), used.unfinished_jobs, limits.unfinished_jobs),
        (_("Stored MB"), round(used.stored_bytes / 1e6), round(limits.stored_bytes / 1e6)),
        (_("Jobs a minute"), "", limits.jobs_per_minute),
        (_("Requests a minute"), "", limits.requests_per_minute),
    )
    return [[name, str(number), "/", str(limit)] for name, number, limit in rows]
