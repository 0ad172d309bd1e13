"""The operations console: one page of panels, which apps register when Django starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Panel:
    """A part of the console.

    :ivar slug: tells it from the others.
    :ivar context: returns what the template needs, in a handful of cheap queries.
    :ivar live: whether it is fetched anew while somebody looks at it.
    """

    slug: str
    title: "StrOrPromise"
    template: str
    context: Callable[[], Mapping[str, Any]]
    live: bool = False


_panels: list[Panel] = []


def register(*panels: Panel) -> None:
    """Add panels, in the order of the page."""
    _panels.extend(panels)


def panels(*, live: bool) -> list[tuple[Panel, Mapping[str, Any]]]:
    """Return the panels that are, or are not, fetched anew, with what they show now."""
    return [(panel, panel.context()) for panel in _panels if panel.live is live]
