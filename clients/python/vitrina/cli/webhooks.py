"""``vitrina webhooks``."""

import click

from vitrina.cli.app import Group, client, for_each, json_option, show
from vitrina.cli.words import gettext as _


@click.group(cls=Group, help=_("List, make, test and delete your webhooks."))
def webhooks() -> None:
    """Webhooks."""


@webhooks.command("list", help=_("List your webhooks, newest first."))
@json_option
def list_webhooks(as_json: bool) -> None:
    """List webhooks."""
    with client() as site:
        show(
            site.webhooks(),
            lambda webhook: (
                webhook.id,
                _("on") if webhook.enabled else _("off"),
                webhook.url,
                " ".join(webhook.events),
            ),
            raw=as_json,
        )


@webhooks.command("create", help=_("Have an address told when jobs end; print its secret."))
@click.argument("url")
@click.option("--event", "events", multiple=True, help=_("Of what to tell; by default of all."))
def create_webhook(url: str, events: tuple[str, ...]) -> None:
    """Make a webhook."""
    with client() as site:
        click.echo(site.create_webhook(url, events=events or None).secret)


@webhooks.command("test", help=_("Send a webhook a message of the type «test»."))
@click.argument("webhook_id", metavar="ID")
def test_webhook(webhook_id: str) -> None:
    """Test a webhook."""
    with client() as site:
        for_each([webhook_id], site.test_webhook)


@webhooks.command("delete", help=_("Delete webhooks."))
@click.argument("webhook_ids", metavar="ID…", nargs=-1, required=True)
def delete_webhooks(webhook_ids: tuple[str, ...]) -> None:
    """Delete webhooks."""
    with client() as site:
        for_each(webhook_ids, site.delete_webhook)
