"""The command ``vitrina``: everything that it can do."""

import click

from vitrina.cli.app import Group, lang_option
from vitrina.cli.catalogue import labels, models, usage
from vitrina.cli.classify import classify
from vitrina.cli.jobs import jobs
from vitrina.cli.login import login, logout
from vitrina.cli.tokens import tokens
from vitrina.cli.watch import watch
from vitrina.cli.webhooks import webhooks
from vitrina.cli.words import gettext as _
from vitrina.settings import VERSION


@click.group(cls=Group, help=_("Classify photographs on a Vitrina site."))
@click.version_option(VERSION)
@lang_option
def main() -> None:
    """Run the command."""


for command in (
    login,
    logout,
    classify,
    watch,
    jobs,
    tokens,
    models,
    labels,
    usage,
    webhooks,
):
    main.add_command(command)
