"""The form with which people add a webhook on a page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from worker.fetch import MAX_URL
from worker.webhooks import EVENTS, webhook_url_fault

EVENT_NAMES = {
    "job.succeeded": _("succeed"),
    "job.failed": _("fail"),
    "job.canceled": _("are canceled"),
    "job.expired": _("expire"),
}


class WebhookForm(forms.Form):
    """Where to send what."""

    url = forms.CharField(
        label=_("Address"),
        max_length=MAX_URL,
        help_text=_("A public address that begins with https://."),
        widget=forms.URLInput,
    )
    events = forms.MultipleChoiceField(
        label=_("Tell of jobs that"),
        choices=[(event, EVENT_NAMES[event]) for event in EVENTS],
        initial=["job.succeeded", "job.failed"],
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
    )
    description = forms.CharField(
        label=_("Description"), required=False, max_length=200, help_text=_("For yourself.")
    )

    def clean_url(self) -> str:
        """Refuse what will never be opened.

        :raises ValidationError: when it will not.
        """
        url: str = self.cleaned_data["url"]
        fault = webhook_url_fault(url)
        if fault:
            raise forms.ValidationError(fault.text, fault.code)
        return url
