"""The admin: how it looks, and what its menu leads to."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _link(title: Any, icon: str, page: str, right: str = "") -> dict[str, Any]:
    """Return an entry of the menu, for those who have a right."""

    def allowed(request: HttpRequest) -> bool:
        return not right or request.user.has_perm(right)

    return {"title": title, "icon": icon, "link": reverse_lazy(page), "permission": allowed}


def _rows(title: Any, icon: str, app: str, model: str) -> dict[str, Any]:
    """Return an entry that leads to the list of a model's rows."""
    return _link(title, icon, f"admin:{app}_{model}_changelist", f"{app}.view_{model}")


def _favicon(_request: HttpRequest) -> str:
    return static("vitrina/img/logo.svg")


def _styles(_request: HttpRequest) -> str:
    return static("vitrina/css/admin.css")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Vitrina",
    "SITE_HEADER": "Vitrina",
    "SITE_URL": "/",
    "SITE_ICON": _favicon,
    "STYLES": [_styles],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _favicon}],
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {
        "navigation": [
            {
                "title": _("People"),
                "items": [
                    _rows(_("Users"), "person", "accounts", "user"),
                    _rows(_("Invitations"), "mail", "accounts", "invitation"),
                    _rows(_("Groups"), "group", "auth", "group"),
                    _rows(_("API tokens"), "key", "accounts", "apitoken"),
                    _rows(_("Audit log"), "policy", "accounts", "auditentry"),
                ],
            },
            {
                "title": _("Work"),
                "items": [
                    _link(_("Console"), "monitoring", "console", "worker.view_job"),
                    _rows(_("Jobs"), "photo_library", "worker", "job"),
                    _rows(_("Batches"), "stacks", "worker", "batch"),
                    _rows(_("Webhooks"), "webhook", "worker", "webhook"),
                    _rows(_("Services"), "toggle_on", "worker", "servicestate"),
                    _rows(_("Workers"), "memory", "worker", "workerstate"),
                ],
            },
            {
                "title": _("Classification"),
                "items": [
                    _rows(_("Models"), "network_intelligence", "classify", "model"),
                    _rows(_("Classes"), "label", "classify", "label"),
                    _rows(_("Parent concepts"), "account_tree", "classify", "parent"),
                ],
            },
        ],
    },
    # The site's green.
    "COLORS": {
        "primary": {
            "50": "#effaf8",
            "100": "#d3f1ec",
            "200": "#a7e2da",
            "300": "#6fccc2",
            "400": "#3fb0a6",
            "500": "#1c9187",
            "600": "#0b6e66",
            "700": "#0a5a54",
            "800": "#0b4844",
            "900": "#0b3a37",
            "950": "#042220",
        },
    },
}
