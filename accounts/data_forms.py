"""Forms of the page about one's data."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Retention, User
from accounts.retention import WITH_DAYS


class RetentionForm(forms.Form):
    """How long pictures and results are kept."""

    retention = forms.ChoiceField(
        label=gettext_lazy("What is kept"), choices=Retention.choices, widget=forms.RadioSelect
    )
    days = forms.IntegerField(
        label=gettext_lazy("How many days"),
        required=False,
        min_value=1,
        max_value=settings.RETENTION_DAYS_MAX,
    )
    sure = forms.BooleanField(
        label=gettext_lazy(
            "I know that what is older is deleted within minutes, and that nobody can bring it back"
        ),
        required=False,
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        initial = {"retention": user.retention, "days": user.retention_days}
        super().__init__(data, initial=initial)
        self.user = user

    def clean(self) -> dict[str, Any]:
        """Ask for a number of days where there is one, and for a word before anything goes."""
        cleaned: dict[str, Any] = super().clean() or {}
        retention, days = cleaned.get("retention"), cleaned.get("days")
        if retention in WITH_DAYS and days is None and "days" not in self.errors:
            self.add_error("days", _("Say after how many days."))
        same = (retention, days) == (self.user.retention, self.user.retention_days)
        if retention != Retention.KEEP and not same and not cleaned.get("sure"):
            self.add_error("sure", _("Tick this, so that nothing is deleted by mistake."))
        return cleaned


class ErasureForm(forms.Form):
    """Has somebody type their address, so that no account is deleted by mistake."""

    email = forms.CharField(
        label=gettext_lazy("Type your e-mail address to confirm"),
        max_length=254,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none"}),
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user

    def clean_email(self) -> str:
        """Refuse any other address."""
        email: str = self.cleaned_data["email"]
        if email.strip().lower() != self.user.email.lower():
            raise forms.ValidationError(_("This is not the address of your account."))
        return email
