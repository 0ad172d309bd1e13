"""``vitrina jobs``."""

import json
from itertools import islice

import click

from vitrina.cli.app import (
    Group,
    client,
    for_each,
    json_option,
    lang_option,
    language,
    moment,
    show,
)
from vitrina.cli.words import gettext as _
from vitrina.shapes import Job
from vitrina.shapes import as_json as plain

STATES = ("queued", "running", "succeeded", "failed", "canceled", "expired")


@click.group(cls=Group, help=_("List, look at, cancel and delete your jobs."))
def jobs() -> None:
    """Jobs."""


@jobs.command("list", help=_("List your jobs, newest first."))
@click.option("--status", multiple=True, type=click.Choice(STATES), help=_("Only in this state."))
@click.option("--limit", type=click.IntRange(1), default=25, help=_("How many (25)."))
@json_option
@lang_option
def list_jobs(status: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List jobs."""
    with client() as site:
        found = site.jobs(status=status or None, lang=language(), page_size=min(limit, 100))
        show(islice(found, limit), _cells, raw=as_json)


def _cells(job: Job) -> tuple[str, ...]:
    return job.id, moment(job.created_at), job.status, job.image.name, _summary(job)


def _summary(job: Job) -> str:
    """Return what came of a job in a few words."""
    if job.error:
        return job.error.message
    if job.status != "succeeded" or job.service != "classify" or not job.predictions:
        return ""
    return f"{job.predictions[0].score:.1%} {job.predictions[0].name}"


@jobs.command("show", help=_("Look at a job."))
@click.argument("job_id", metavar="ID")
@json_option
@lang_option
def show_job(job_id: str, as_json: bool) -> None:
    """Look at a job."""
    shape = _as_line if as_json else _as_text
    with client() as site:
        for_each([job_id], lambda each: click.echo(shape(site.job(each, lang=language()))))


def _as_line(job: Job) -> str:
    """Return a job as a line of JSON."""
    return json.dumps(plain(job), ensure_ascii=False)


def _as_text(job: Job) -> str:
    """Return a job for a person."""
    lines = [
        f"{job.id}  {job.status}",
        f"{job.image.name}  {job.image.width}x{job.image.height} {job.image.format or ''}",
        f"{job.model.name} {job.model.version or ''}".rstrip(),
        f"{moment(job.created_at)} → {moment(job.finished_at)}",
    ]
    if job.error:
        lines.append(f"{job.error.message} ({job.error.code})")
    elif job.status == "succeeded" and job.service == "classify":
        lines += [f"  {entry.score:6.1%}  {entry.name}" for entry in job.predictions]
    if job.urls.web:
        lines.append(job.urls.web)
    return "\n".join(lines)


@jobs.command("cancel", help=_("Cancel jobs that have not ended."))
@click.argument("job_ids", metavar="ID…", nargs=-1, required=True)
def cancel_jobs(job_ids: tuple[str, ...]) -> None:
    """Cancel jobs."""
    with client() as site:
        for_each(job_ids, site.cancel)


@jobs.command("delete", help=_("Erase jobs with their pictures and results."))
@click.argument("job_ids", metavar="ID…", nargs=-1, required=True)
def delete_jobs(job_ids: tuple[str, ...]) -> None:
    """Delete jobs."""
    with client() as site:
        for_each(job_ids, site.delete)
