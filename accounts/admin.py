"""Users, groups and tokens in the admin. Users have an e-mail address and no user name."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts import audit_admin, invitation_admin  # noqa: F401 - register
from accounts.administration import (
    user_create,
    user_disable,
    user_enable,
    user_force_reset,
    user_remove_factors,
)
from accounts.allowances import KINDS, NUMBERS, choices_of, limits_read, limits_shown
from accounts.erasure import erasure_ask
from accounts.impersonation import impersonation_start
from accounts.models import Allowance, ApiToken, User
from accounts.signing_up import user_approve, user_reject
from accounts.tokens import token_revoke
from project.admin import M, ModelAdmin, ReadOnlyAdmin, StackedInline

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model, QuerySet

RIGHTS = ("is_staff", "is_superuser", "groups")
TIMES = ("created_at", "expires_at", "last_used_at", "revoked_at")


class RightsAdmin(ModelAdmin[M]):
    """Rows that have rights, or groups that have them: boxes to tick, which everybody can use."""

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the rights that open a page of the admin, and no others."""
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        if db_field.remote_field.model is Permission:
            kinds = [model._meta.model_name for model in self.admin_site._registry]  # noqa: SLF001
            rights = Permission.objects.filter(content_type__model__in=kinds)
            kwargs["queryset"] = rights.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class AllowanceForm(forms.ModelForm[Allowance]):
    """Limits, and boxes for what may be used."""

    services = forms.MultipleChoiceField(
        label=gettext_lazy("Services"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("Those that may be used; none ticked: all."),
    )
    models = forms.MultipleChoiceField(
        label=gettext_lazy("Models"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("Those that may be used; none ticked: all."),
    )

    class Meta:
        model = Allowance
        fields = (*NUMBERS, *KINDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in KINDS:
            cast("forms.MultipleChoiceField", self.fields[kind]).choices = choices_of(kind)


class AllowanceInline(StackedInline[Allowance, Any]):
    """The limits of a group or user, where they are not the site's."""

    model = Allowance
    form = AllowanceForm
    can_delete = True
    max_num = 1
    extra = 1


@admin.register(User)
class UserAdmin(RightsAdmin[User]):
    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("awaits_approval", "is_active", "is_staff", "is_superuser", "language", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)
    fieldsets = (
        (None, {"fields": ("email", "name", "language")}),
        (gettext_lazy("Permissions"), {"fields": ("is_active", *RIGHTS)}),
        (gettext_lazy("Limits"), {"fields": ("effective",)}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined", "erase_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "language")}),)
    actions = (
        "approve",
        "reject",
        "disable",
        "enable",
        "force_reset",
        "remove_factors",
        "sign_in_as",
        "erase",
    )

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Ask for little of a new user."""
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Show what services change, and to all but superusers the rights."""
        if obj is None:
            return ()
        fixed = ("email", "is_active", "effective", "last_login", "date_joined", "erase_at")
        return fixed if request.user.is_superuser else (*fixed, *RIGHTS)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        """Ask for no limits of a user who is being created."""
        del request
        return (AllowanceInline,) if obj else ()

    @admin.display(description=gettext_lazy("what counts"))
    def effective(self, user: User) -> str:
        """Tell each limit, and where it comes from."""
        lines = format_html_join("", "<li>{}: {} ({})</li>", limits_shown(limits_read(user)))
        return format_html("<ul>{}</ul>", lines)

    def has_change_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:
        """Only superusers change superusers."""
        theirs = isinstance(obj, User) and obj.is_superuser
        allowed = super().has_change_permission(request, cast("User | None", obj))
        return allowed and (not theirs or bool(request.user.is_superuser))

    def has_delete_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:
        """Users are disabled; who wants to be erased does it on the account page."""
        del request, obj
        return False

    def save_model(
        self, request: HttpRequest, obj: User, form: forms.BaseModelForm[Any], change: bool
    ) -> None:
        """Have a new user choose a password by e-mail."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            user_create(user=obj, request=request)

    def log_addition(self, request: HttpRequest, obj: "Model", message: Any) -> Any:
        """Leave it to the service, which has noted it."""

    @admin.action(description=gettext_lazy("Approve"), permissions=["change"])
    def approve(self, request: HttpRequest, users: "QuerySet[User]") -> None:
        """Let in who has signed up."""
        self._each(request, users, lambda user: user_approve(user=user, request=request))

    @admin.action(description=gettext_lazy("Reject"), permissions=["change"])
    def reject(self, request: HttpRequest, users: "QuerySet[User]") -> None:
        """Close the account of who has signed up."""
        self._each(request, users, lambda user: user_reject(user=user))

    @admin.action(description=gettext_lazy("Disable"), permissions=["change"])
    def disable(self, request: HttpRequest, users: "QuerySet[User]") -> None:
        """Shut users out."""
        self._each(request, users, lambda user: user_disable(user=user))

    @admin.action(description=gettext_lazy("Enable"), permissions=["change"])
    def enable(self, request: HttpRequest, users: "QuerySet[User]") -> None:
        """Let users in again."""
        self._each(request, users, lambda user: user_enable(user=user))

    @admin.action(
        description=gettext_lazy("Have them choose a new password"), permissions=["change"]
    )
    def force_reset(self, request: HttpRequest, users: "QuerySet[User]") -> None:
        """Make passwords useless and send e-mails."""
        self._each(request, users, lambda user: user_force_reset(user=user, request=request))

    @admin.action(description=gettext_lazy("Remove their second factors"), permissions=["change"])
    def remove_factors(self, request: HttpRequest, users: "QuerySet[User]") -> None:
        """Let those in again who have lost their device and their recovery codes."""
        self._each(request, users, lambda user: user_remove_factors(user=user))

    @admin.action(
        description=gettext_lazy("Erase, after the days of grace"), permissions=["change"]
    )
    def erase(self, request: HttpRequest, users: "QuerySet[User]") -> None:
        """Close accounts, and have them erased."""
        self._each(request, users, lambda user: erasure_ask(user=user, request=request))

    def _each(
        self, request: HttpRequest, users: "QuerySet[User]", do: "Callable[[User], bool]"
    ) -> None:
        """Do something to those users whom one may change, and say to how many."""
        mine = [user for user in users if self.has_change_permission(request, user)]
        count = sum(do(user) for user in mine)
        text = ngettext("Done for %d account.", "Done for %d accounts.", count) % count
        self.message_user(request, text, messages.SUCCESS if count else messages.WARNING)

    @admin.action(description=gettext_lazy("Sign in as this user"), permissions=["change"])
    def sign_in_as(
        self, request: HttpRequest, users: "QuerySet[User]"
    ) -> HttpResponseRedirect | None:
        """See the site as one user does."""
        if len(users) == 1 and impersonation_start(request=request, user=users[0]):
            return redirect(settings.LOGIN_REDIRECT_URL)
        text = _("Only superusers sign in as others, as one at a time, and not as staff.")
        self.message_user(request, text, messages.ERROR)
        return None


@admin.register(Group)
class GroupAdmin(RightsAdmin[Group]):
    search_fields = ("name",)
    ordering = ("name",)
    inlines = (AllowanceInline,)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin[ApiToken]):
    list_display = (
        "name",
        "hint",
        "user",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    list_select_related = ("user",)
    search_fields = ("=user__email", "name", "=hint")
    sortable_by = ()
    fields = (
        "user",
        "name",
        "hint",
        "scopes",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Tell who may revoke other people's tokens."""
        return request.user.has_perm("accounts.change_apitoken")

    @admin.action(description=gettext_lazy("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: "QuerySet[ApiToken]") -> None:
        """Make tokens useless."""
        count = sum(token_revoke(token=token) for token in tokens)
        text = ngettext("%d token is revoked.", "%d tokens are revoked.", count) % count
        self.message_user(request, text)
