"""What a user may do: the site's limits, those of their groups, and their own.

Of each limit the user's own counts, else the largest of their groups', else the site's. Of the
services and models that may be used, the user's own list counts, else all of their groups' lists
together; where there is none, everything may be used.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Allowance, User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NUMBERS: dict[str, "StrOrPromise"] = {
    "jobs_per_minute": _("jobs a minute"),
    "jobs_per_day": _("jobs a day"),
    "unfinished_jobs": _("unfinished jobs"),
    "stored_bytes": _("bytes of stored pictures"),
}
KINDS = ("services", "models")
_TITLES: dict[str, "StrOrPromise"] = {"services": _("services"), "models": _("models")}
SITE: "StrOrPromise" = _("the site")
OWN: "StrOrPromise" = _("this account")

Choices = Callable[[], Iterable[tuple[str, "StrOrPromise"]]]
_choices: dict[str, list[Choices]] = {kind: [] for kind in KINDS}


@dataclass(frozen=True)
class Limit:
    """A number, and where it comes from: the site, a group by name, or the account itself."""

    value: int
    source: "StrOrPromise"


@dataclass(frozen=True)
class Limits:
    """All that a user may do. ``services`` and ``models`` are ``None`` where all may be used."""

    jobs_per_minute: Limit
    jobs_per_day: Limit
    unfinished_jobs: Limit
    stored_bytes: Limit
    services: frozenset[str] | None
    models: frozenset[str] | None
    sources: dict[str, "StrOrPromise"]

    def allows(self, kind: str, name: str) -> bool:
        """Tell whether a service or model may be used; no name is no wish."""
        allowed: frozenset[str] | None = getattr(self, kind)
        return not name or allowed is None or name in allowed


def choices_register(kind: str, choices: Choices) -> None:
    """Offer an app's services or models, to be allowed or not."""
    _choices[kind].append(choices)


def choices_of(kind: str) -> list[tuple[str, "StrOrPromise"]]:
    """Return what can be allowed."""
    return [choice for offered in _choices[kind] for choice in offered()]


_kept: dict[int, tuple[float, Limits]] = {}
_KEPT_MAX = 10_000


def limits_of(user: User) -> Limits:
    """Return what a user may do, as it was some seconds ago at most."""
    now = time.monotonic()
    kept = _kept.get(user.pk)
    if kept and now - kept[0] < settings.ALLOWANCES_KEPT_SECONDS:
        return kept[1]
    limits = limits_read(user)
    if len(_kept) >= _KEPT_MAX:
        _kept.clear()
    _kept[user.pk] = now, limits
    return limits


def limits_read(user: User) -> Limits:
    """Return what a user may do, as it is now."""
    rows = list(
        Allowance.objects.filter(Q(user=user) | Q(group__user=user)).select_related("group")
    )
    own = [row for row in rows if row.user_id]
    groups = [row for row in rows if not row.user_id]
    numbers = {name: _number(name, own, groups) for name in NUMBERS}
    lists = {kind: _list(kind, own, groups) for kind in KINDS}
    return Limits(
        **numbers,
        services=lists["services"][0],
        models=lists["models"][0],
        sources={kind: source for kind, (_allowed, source) in lists.items()},
    )


def _number(name: str, own: Sequence[Allowance], groups: Sequence[Allowance]) -> Limit:
    """Return a limit that counts."""
    for rows in (own, groups):
        given = [(getattr(row, name), row) for row in rows if getattr(row, name) is not None]
        if given:
            value, row = max(given, key=lambda pair: pair[0])
            return Limit(value, row.group.name if row.group else OWN)
    return Limit(getattr(settings, f"QUOTA_{name.upper()}"), SITE)


def _list(
    kind: str, own: Sequence[Allowance], groups: Sequence[Allowance]
) -> tuple[frozenset[str] | None, "StrOrPromise"]:
    """Return what may be used, and where that comes from."""
    for rows in (own, groups):
        given = [row for row in rows if getattr(row, kind)]
        if given:
            names = frozenset(name for row in given for name in getattr(row, kind))
            groups_named = ", ".join(row.group.name for row in given if row.group)
            return names, groups_named or OWN
    return None, SITE


def limits_shown(limits: Limits) -> list[tuple["StrOrPromise", str, "StrOrPromise"]]:
    """Return what each limit is called, the limit in words, and where it comes from."""
    rows: list[tuple[StrOrPromise, str, StrOrPromise]] = []
    for name, title in NUMBERS.items():
        limit: Limit = getattr(limits, name)
        value = filesizeformat(limit.value) if name == "stored_bytes" else intcomma(limit.value)
        rows.append((title, value, limit.source))
    for kind in KINDS:
        allowed: frozenset[str] | None = getattr(limits, kind)
        names = [str(title) for name, title in choices_of(kind) if allowed and name in allowed]
        rows.append((_TITLES[kind], ", ".join(names) or gettext("all"), limits.sources[kind]))
    return rows
