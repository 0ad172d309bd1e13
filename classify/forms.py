"""What a user fills in: the service's parameters, and with pictures the form of the page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from classify.selectors import model_default_name, models_to_choose

if TYPE_CHECKING:
    from accounts.models import User

TOP_K_DEFAULT = 5
TOP_K_MAX = 100
MAX_URL = 2_000
ACCEPTED_TYPES = "image/jpeg,image/png,image/webp"


class ClassifyForm(forms.Form):
    """The parameters of a classification, for the page and for everything else."""

    model = forms.ChoiceField(
        required=False,
        label=_("Model"),
        help_text=_("The first one is recommended."),
    )
    top_k = forms.IntegerField(
        min_value=1,
        max_value=TOP_K_MAX,
        initial=TOP_K_DEFAULT,
        required=False,
        label=_("Number of classes"),
        help_text=_("How many classes to show, the most likely ones first."),
    )

    def __init__(self, *args: Any, user: "User | None" = None, **kwargs: Any) -> None:
        """Offer the models that a user may choose; without one, those that anybody may."""
        super().__init__(*args, **kwargs)
        self.models = models_to_choose(user)
        field = self.fields["model"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(model.name, str(model)) for model in self.models]

    def clean_model(self) -> str:
        """Return the name of the chosen model, or of the first one that the user may choose."""
        chosen: str = self.cleaned_data["model"]
        return chosen or (self.models[0].name if self.models else model_default_name())

    def clean_top_k(self) -> int:
        """Return the number of classes."""
        top_k: int | None = self.cleaned_data["top_k"]
        return top_k or TOP_K_DEFAULT

    @property
    def parameters(self) -> dict[str, Any]:
        """What is stored with the job beside the model."""
        return {"top_k": self.cleaned_data["top_k"]}


class PicturesInput(forms.FileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """One or more files. Whether each is a usable picture is the job's business."""

    widget = PicturesInput
    default_error_messages = {
        "required": _("Choose at least one picture."),
        "too_many": ngettext_lazy(
            "Choose at most %(limit)d picture at a time.",
            "Choose at most %(limit)d pictures at a time.",
            "limit",
        ),
    }

    def clean(
        self,
        data: Sequence[UploadedFile[Any]] | None,
        initial: None = None,
    ) -> list[UploadedFile[Any]]:
        """Return the files.

        :raises ValidationError: when there are none, or too many.
        """
        del initial
        files = list(data or ())
        if not files and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(files) > settings.UPLOAD_MAX_FILES:
            raise ValidationError(
                self.error_messages["too_many"],
                code="too_many",
                params={"limit": settings.UPLOAD_MAX_FILES},
            )
        return files


class AddressForm(ClassifyForm):
    """A picture by its address, beside whatever else a form takes."""

    image_url = forms.URLField(
        required=False,
        assume_scheme="https",
        max_length=MAX_URL,
        label=_("Or the address of a picture"),
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )


class SubmitForm(AddressForm):
    """The form of the page: pictures and the service's parameters."""

    images = PicturesField(
        required=False,
        label=_("Pictures"),
        widget=PicturesInput(attrs={"accept": ACCEPTED_TYPES}),
    )
    field_order = ("images", "image_url", "model", "top_k")

    def clean(self) -> None:
        """Ask for a picture when there is none.

        :raises ValidationError: in the name of ``images``.
        """
        fields = ("images", "image_url")
        if not any(self.cleaned_data.get(name) or name in self.errors for name in fields):
            sentence = PicturesField.default_error_messages["required"]
            self.add_error("images", ValidationError(sentence, code="required"))


class BatchForm(ClassifyForm):
    """What a browser tells before it sends its pictures one by one."""

    jobs = forms.IntegerField(min_value=1)

    def clean_jobs(self) -> int:
        """Return how many pictures are to follow.

        :raises ValidationError: when there are too many.
        """
        jobs: int = self.cleaned_data["jobs"]
        if jobs > settings.BATCH_MAX_JOBS:
            raise ValidationError(
                PicturesField.default_error_messages["too_many"],
                code="too_many",
                params={"limit": settings.BATCH_MAX_JOBS},
            )
        return jobs


class UploadForm(AddressForm, BatchForm):
    """One picture of those; its key tells it from the others, however often it is sent."""

    image = forms.FileField(required=False, allow_empty_file=True)
    key = forms.SlugField(max_length=100)

    def clean(self) -> None:
        """Ask for a picture when there is none.

        :raises ValidationError: in the name of ``image``.
        """
        if not (self.files.get("image") or self.cleaned_data.get("image_url") or self.errors):
            sentence = PicturesField.default_error_messages["required"]
            self.add_error("image", ValidationError(sentence, code="required"))
