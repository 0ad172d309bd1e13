"""What ``manage.py doctor`` looks at for the addresses that people come from."""

from collections.abc import Iterator
from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError

from accounts.models import AuditEntry
from project.doctor import Finding

ENTRIES_LOOKED_AT = 50
PEOPLE_TO_BE_SURE = 3


def addresses() -> Iterator[Finding]:
    """Look whether visitors are told apart, or all seem to come from the proxy in front."""
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    seen = AuditEntry.objects.exclude(address=None).exclude(actor=None).order_by("-id")
    try:
        newest = list(seen.values_list("address", "actor_id")[:ENTRIES_LOOKED_AT])
    except DatabaseError:
        return
    places, people = {place for place, _ in newest}, {person for _, person in newest}
    if len(people) < PEOPLE_TO_BE_SURE:
        return
    if len(places) == 1 and not ip_address(place := str(places.pop())).is_global:
        text = (
            f"the last {len(people)} people all came from {place}, which is like a proxy's: for "
            "limits per address they are one. Set TRUSTED_PROXIES to how many proxies there are "
            f"before the web server; it is {proxies}."
        )
        yield Finding("addresses", well=False, text=text)
    else:
        text = f"{len(people)} people are told apart (TRUSTED_PROXIES={proxies})"
        yield Finding("addresses", well=True, text=text)
