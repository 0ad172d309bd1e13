"""People who use the site. They sign in with their e-mail address."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager, Group
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.export_model import DataExport as DataExport  # noqa: PLC0414 - one of the tables


def language_choices() -> list[tuple[str, str]]:
    """Return the site's languages. A function, so that adding one is no migration."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


class UserManager(BaseUserManager["User"]):
    """Makes users from an e-mail address, as there is no user name."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Store a user; without a password they can only reset it."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Store an administrator."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a user by address, whatever its letters' case."""
        return self.get(email__iexact=username)


class Theme(models.TextChoices):
    """The colours of the pages, where they are not the device's."""

    LIGHT = "light", _("light")
    DARK = "dark", _("dark")


class Retention(models.TextChoices):
    """How long what somebody hands in is kept."""

    KEEP = "keep", _("until I delete them")
    PICTURES = "pictures", _("pictures for some days, results until I delete them")
    RESULTS = "results", _("results only: each picture is deleted as soon as its job has ended")
    EVERYTHING = "everything", _("pictures and results for some days")


class User(AbstractUser):
    """An account, known by its e-mail address."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        choices=language_choices,
        help_text=_("For pages and messages; empty means the browser's."),
    )

    theme = models.CharField(
        _("theme"),
        max_length=5,
        blank=True,
        choices=Theme,
        help_text=_("Empty means the device's."),
    )

    awaits_approval = models.BooleanField(
        _("awaits approval"),
        default=False,
        help_text=_("Has signed up, and an administrator has not approved it yet."),
    )
    terms_accepted_at = models.DateTimeField(
        _("accepted the terms"), null=True, blank=True, editable=False
    )
    retention = models.CharField(
        _("what is kept"),
        max_length=10,
        choices=Retention,
        default=Retention.KEEP,
        editable=False,
    )
    retention_days = models.PositiveSmallIntegerField(
        _("days for which it is kept"), null=True, blank=True, editable=False
    )
    erase_at = models.DateTimeField(
        _("is erased"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The account is closed until then; enabling it undoes this."),
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()  # type: ignore[misc, assignment]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_is_unique_in_any_case",
                violation_error_message=_("There is already an account with this address."),
            ),
        )
        indexes = (
            # The few whom the sweeper looks at.
            models.Index(
                fields=["id"], name="user_who_does_not_keep", condition=~models.Q(retention="keep")
            ),
            models.Index(
                fields=["erase_at"],
                name="user_to_erase",
                condition=models.Q(erase_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        """Return the name, or the address where none is given."""
        return self.name or self.email

    def get_short_name(self) -> str:
        """Return the name's first word, or the address before the @."""
        return self.name.split(" ")[0] if self.name else self.email.split("@")[0]


class Invitation(models.Model):
    """A link with which somebody may sign up, sent to their address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("e-mail address"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.email


class Scope(models.TextChoices):
    """What a token may be used for."""

    JOBS_READ = "jobs:read", _("see jobs and results")
    JOBS_WRITE = "jobs:write", _("submit, cancel and delete jobs")
    WEBHOOKS = "webhooks:manage", _("manage webhooks")


class ApiToken(models.Model):
    """A secret with which a program acts for a user. Only a hash of it is stored."""

    NAME_LENGTH: ClassVar[int] = 100

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="api_tokens",
        verbose_name=_("user"),
    )
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    hint = models.CharField(
        _("beginning"),
        max_length=12,
        help_text=_("The first characters, to tell tokens apart."),
    )
    digest = models.CharField(_("SHA-256"), max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    def is_expired(self) -> bool:
        """Whether its time has passed."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def purposes(self) -> list[str]:
        """What it may be used for, in words."""
        return [str(Scope(scope).label) for scope in self.scopes]


class RequestCount(models.Model):
    """How many requests to the API a caller has sent in a minute: the latest one only."""

    key = models.CharField(primary_key=True, max_length=64)
    minute = models.BigIntegerField(db_index=True)
    requests = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("count of requests")
        verbose_name_plural = _("counts of requests")

    def __str__(self) -> str:
        return self.key


class Allowance(models.Model):
    """What the members of a group, or one user, may do, where it is not what the site allows.

    What is empty says nothing. See :mod:`accounts.allowances` for what comes of several.
    """

    group = models.OneToOneField(
        Group,
        on_delete=models.CASCADE,
        null=True,
        related_name="allowance",
        verbose_name=_("group"),
    )
    user = models.OneToOneField(
        User,
        on_delete=models.CASCADE,
        null=True,
        related_name="allowance",
        verbose_name=_("user"),
    )
    jobs_per_minute = models.PositiveIntegerField(_("jobs a minute"), null=True, blank=True)
    jobs_per_day = models.PositiveIntegerField(_("jobs a day"), null=True, blank=True)
    unfinished_jobs = models.PositiveIntegerField(_("unfinished jobs"), null=True, blank=True)
    stored_bytes = models.PositiveBigIntegerField(
        _("bytes of stored pictures"), null=True, blank=True
    )
    services = models.JSONField(
        _("services"),
        default=list,
        blank=True,
        help_text=_("Those that may be used; none ticked: all."),
    )
    models = models.JSONField(
        _("models"),
        default=list,
        blank=True,
        help_text=_("Those that may be used; none ticked: all."),
    )

    class Meta:
        verbose_name = _("allowance")
        verbose_name_plural = _("allowances")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(group=None) ^ models.Q(user=None),
                name="allowance_of_one_group_or_user",
            ),
        )

    def __str__(self) -> str:
        return str(self.group or self.user_id)


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Rows that are only ever added."""

    def update(self, **_kwargs: Any) -> int:
        """Refuse to change what has happened.

        :raises TypeError: always.
        """
        raise TypeError("The audit log is never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse to forget what has happened.

        :raises TypeError: always.
        """
        raise TypeError("The audit log is never changed.")

    def pseudonymise(self, user: User) -> None:
        """Take out what leads to a person who is erased: the one exception to the rule.

        Accounts are known by their number alone. With the account, the network addresses from
        which its owner acted go, the ids of requests, and the ids of what it had.
        """
        rows: models.QuerySet[AuditEntry] = models.QuerySet(self.model)
        about = rows.filter(user=user)
        acted = rows.filter(actor=user) | about.filter(actor=None)
        acted.update(address=None, request_id="")
        targets = about.exclude(target="").values_list("target", flat=True).distinct()
        for kind in {target.partition(":")[0] for target in targets.iterator()}:
            about.filter(target__startswith=f"{kind}:").update(target=kind)


class AuditEntry(models.Model):
    """Something that happened to an account, or that an administrator did. Only ever added.

    Accounts are known by their number alone: once an account is erased, its entries stay and
    name nobody. See :meth:`AuditEntryQuerySet.pseudonymise`.
    """

    event = models.CharField(_("event"), max_length=50)
    actor = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="+",
        verbose_name=_("who"),
        help_text=_("Empty: a visitor, or a command at the machine."),
    )
    user = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="+",
        verbose_name=_("whose account"),
    )
    target = models.CharField(
        _("on what"),
        max_length=150,
        blank=True,
        help_text=_("The kind of thing and its id."),
    )
    details = models.JSONField(_("details"), default=dict, blank=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    address = models.GenericIPAddressField(_("network address"), null=True)
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ("-id",)
        default_permissions = ("view",)
        indexes = (models.Index(fields=["event", "-id"], name="audit_by_event"),)

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry.

        :raises TypeError: when it is there already.
        """
        if not self._state.adding:
            raise TypeError("The audit log is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse to forget what has happened.

        :raises TypeError: always.
        """
        raise TypeError("The audit log is never changed.")
