"""Invitations in the admin."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Invitation, User
from accounts.signing_up import invitation_create, invitation_repeat
from project.admin import ModelAdmin

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    InvitationModelForm = forms.ModelForm[Invitation]
else:
    InvitationModelForm = forms.ModelForm


class InvitationForm(InvitationModelForm):
    """Asks for an address that has no account yet."""

    class Meta:
        model = Invitation
        fields = ("email",)

    def clean_email(self) -> str:
        """Refuse an address that can sign in."""
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("There is already an account with this address."))
        return email


@admin.register(Invitation)
class InvitationAdmin(ModelAdmin[Invitation]):
    form = InvitationForm
    list_display = ("email", "created_at", "expires_at", "used_at")
    search_fields = ("email",)
    ordering = ("-id",)
    sortable_by = ()
    actions = ("send_again",)

    def has_change_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:
        """Nobody changes what was sent."""
        del request, obj
        return False

    def save_model(
        self, request: HttpRequest, obj: Invitation, form: forms.BaseModelForm[Any], change: bool
    ) -> None:
        """Send it."""
        del form, change
        obj.pk = invitation_create(email=obj.email, request=request).pk

    def log_addition(self, request: HttpRequest, obj: "Model", message: Any) -> Any:
        """Leave it to the service, which has noted it."""

    @admin.action(description=gettext_lazy("Send again"), permissions=["add"])
    def send_again(self, request: HttpRequest, invitations: "QuerySet[Invitation]") -> None:
        """Send those again that nobody has used."""
        count = sum(invitation_repeat(invitation=one, request=request) for one in invitations)
        text = ngettext("Sent %d invitation.", "Sent %d invitations.", count) % count
        self.message_user(request, text, messages.SUCCESS if count else messages.WARNING)
