from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Write what Django and allauth tell into the audit log; add to doctor and exports."""
        from accounts import audit_signals, holdings  # noqa: F401 - signals
        from accounts.checks import addresses
        from accounts.personal import personal_register
        from project import doctor

        doctor.register(addresses)
        personal_register(holdings.PART)
