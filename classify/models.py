"""What the classification service knows: its classes, their parents, and its models."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


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
    """A class that the models tell apart, known by its WordNet id."""

    id = models.CharField(_("WordNet id"), primary_key=True, max_length=16)
    index = models.PositiveSmallIntegerField(
        _("index"),
        unique=True,
        help_text=_("Its place in the models' output, from 0."),
    )
    name = models.CharField(_("name"), max_length=100)
    synonyms = models.TextField(_("other names"), blank=True, help_text=_("One in each line."))
    parent = models.ForeignKey(
        Parent,
        on_delete=models.PROTECT,
        related_name="labels",
        verbose_name=_("parent concept"),
    )

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ("index",)

    def __str__(self) -> str:
        return self.name or self.id


class Model(models.Model):
    """A trained network that is installed: an artefact with its manifest."""

    name = models.SlugField(_("name"), primary_key=True, max_length=100)
    version = models.CharField(_("version"), max_length=40)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    engine = models.CharField(_("engine"), max_length=20)
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
