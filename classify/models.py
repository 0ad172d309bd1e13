"""What the classification service knows: its classes, their parents, and its models."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Parent(models.Model):
    """A concept above classes: dog, bird, car."""

    slug = models.SlugField(_("identifier"), primary_key=True)
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("parent concept")
        verbose_name_plural = _("parent concepts")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name or self.slug


class Label(models.Model):
    """A class that models tell apart: one of ImageNet's, known by its WordNet id, or a model's own.

    Only ImageNet's have parent concepts.
    """

    id = models.CharField(_("identifier"), primary_key=True, max_length=64)
    model = models.ForeignKey(
        "classify.Model",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="labels",
        verbose_name=_("model"),
        help_text=_("The one whose own class it is; empty for the classes of ImageNet."),
    )
    index = models.PositiveSmallIntegerField(
        _("index"),
        help_text=_("Its place in the models' output, from 0."),
    )
    name = models.CharField(_("name"), max_length=100)
    synonyms = models.TextField(_("other names"), blank=True, help_text=_("One in each line."))
    parent = models.ForeignKey(
        Parent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="labels",
        verbose_name=_("parent concept"),
    )

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ("index", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["index"], condition=Q(model=None), name="one_imagenet_class_an_index"
            ),
            models.UniqueConstraint(fields=["model", "index"], name="one_own_class_an_index"),
        )

    def __str__(self) -> str:
        return self.name or self.id


class State(models.TextChoices):
    """How far a model is on its way to be used."""

    WAITING = "waiting", pgettext_lazy("model", "waits to be checked")
    CHECKING = "checking", pgettext_lazy("model", "is being checked")
    READY = "ready", pgettext_lazy("model", "ready")
    REFUSED = "refused", pgettext_lazy("model", "refused")
    REMOVED = "removed", pgettext_lazy("model", "removed")


UNCHECKED = (State.WAITING, State.CHECKING)


class Model(models.Model):
    """A trained network: an artefact with its manifest, or what is to become one::

        added -> waiting -> checking -> ready -> removed
                    ^           \\-----> refused
                    \\----------------------/  check again

    Only one that is ready can be switched on. Its name stays taken when it is removed, as results
    name it.
    """

    name = models.SlugField(_("name"), primary_key=True, max_length=100)
    version = models.CharField(_("version"), max_length=40, default="1")
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    engine = models.CharField(_("engine"), max_length=20, blank=True)
    input_size = models.PositiveSmallIntegerField(_("input size in pixels"))
    licence = models.CharField(_("licence"), max_length=100, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    enabled = models.BooleanField(
        _("enabled"),
        default=True,
        help_text=_("People may choose it."),
    )
    is_default = models.BooleanField(
        _("default"),
        default=False,
        help_text=_("Runs the jobs that name no model."),
    )
    created_at = models.DateTimeField(_("installed"), auto_now_add=True)
    was_default_until = models.DateTimeField(_("was the default until"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READY)

    # Of a model that was added to a site, and not built with it.
    file = models.FileField(
        _("file"),
        max_length=200,
        blank=True,
        help_text=_("What was handed in; once it is checked, what workers fetch."),
    )
    application = models.CharField(_("network of keras.applications"), max_length=40, blank=True)
    recipe = models.JSONField(_("preprocessing"), default=dict, blank=True)
    classes = models.JSONField(
        _("own classes"),
        default=list,
        blank=True,
        help_text=_("Identifier and names of each output; empty for the 1,000 of ImageNet."),
    )

    # Its check.
    check_attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    check_lease = models.DateTimeField(_("lease ends"), null=True, blank=True)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    refusal = models.CharField(_("reason"), max_length=40, blank=True)
    detail = models.TextField(_("in the words of the check"), blank=True)
    report = models.JSONField(_("report"), default=dict, blank=True)

    class Meta:
        verbose_name = _("model")
        verbose_name_plural = _("models")
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="one_model_is_the_default",
                violation_error_message=_("There is already a default model."),
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(enabled=True),
                name="the_default_model_is_enabled",
                violation_error_message=_("The default model must be enabled."),
            ),
            models.CheckConstraint(
                condition=Q(enabled=False) | Q(state=State.READY),
                name="an_enabled_model_is_ready",
                violation_error_message=_("Only a model that is ready can be switched on."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Feedback(models.Model):
    """What a user says of a result: right, or which class it should have been."""

    job = models.OneToOneField(
        "worker.Job",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="feedback",
        verbose_name=_("job"),
    )
    correct = models.BooleanField(_("right"))
    label = models.ForeignKey(
        Label,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="feedback",
        verbose_name=_("right class"),
    )
    created_at = models.DateTimeField(_("given"), auto_now_add=True)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")

    def __str__(self) -> str:
        return str(self.pk)
