"""What an administrator fills in to add a model."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from classify.applications import APPLICATIONS
from classify.labels import MOST_BYTES, classes_read
from classify.models import Model

if TYPE_CHECKING:
    NewModelForm = forms.ModelForm[Model]
else:
    NewModelForm = forms.ModelForm

ACCEPTED = ".tflite,.keras,.zip,.tar,.tgz,.tar.gz"
OUTPUTS = (
    ("probabilities", _("probabilities, which add up to 1")),
    ("logits", _("logits, on which softmax is still to be run")),
)
LONGEST_NAME = 40
"""Of a model: its classes' identifiers begin with it."""

name_validator = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z", _("Small letters, digits, and single hyphens between them.")
)


class RecipeField(forms.FloatField):
    """A number of the preprocessing."""

    widget = UnfoldAdminIntegerFieldWidget(attrs={"type": "number", "step": "any"})


class ModelAddForm(NewModelForm):
    """A file or a network by name, its classes, and how pictures become its input."""

    file = forms.FileField(
        required=False,
        label=_("File"),
        help_text=_("A .tflite or .keras file, or a SavedModel as .zip or .tar.gz."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ACCEPTED}),
    )
    application = forms.ChoiceField(
        required=False,
        label=_("Or a network of keras.applications"),
        help_text=_(
            "A worker downloads its weights. It brings its classes, which are those of ImageNet, "
            "and its preprocessing."
        ),
        choices=(("", "---------"), *((name, name) for name in APPLICATIONS)),
        widget=UnfoldAdminSelectWidget,
    )
    labels = forms.FileField(
        required=False,
        label=_("Own classes"),
        help_text=_(
            "A text file with one name in each line, in the order of the outputs; or CSV with the "
            "columns index, name_en and name_es. Without one: the 1,000 classes of ImageNet."
        ),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".txt,.csv"}),
    )
    size = forms.IntegerField(
        min_value=8,
        max_value=1024,
        initial=224,
        label=_("Side of the input in pixels"),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    crop = RecipeField(
        min_value=0.1,
        max_value=1,
        initial=0.875,
        label=_("Share of the short side that is looked at"),
        help_text=_("The picture is resized, and its middle cut out. 1 cuts nothing off it."),
    )
    mean = RecipeField(
        min_value=-1000,
        max_value=1000,
        initial=127.5,
        label=_("Subtracted from each value"),
        help_text=_("Values are 0 to 255. For a model that scales them itself: 0, and 1 below."),
    )
    std = RecipeField(
        min_value=0.001,
        max_value=1000,
        initial=127.5,
        label=_("Divided by"),
    )
    output = forms.ChoiceField(
        choices=OUTPUTS, label=_("What it returns"), widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = Model
        fields = ("name", "version", "licence")
        widgets = dict.fromkeys(fields, UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].validators.append(name_validator)
        self.fields["name"].help_text = _(
            "Small letters, digits and hyphens. Results name it, so it stays for ever."
        )
        # Whether a name is free depends on what became of the model that has it.
        self._validate_unique = False

    def validate_unique(self) -> None:
        """Leave it to the service."""

    def clean_name(self) -> str:
        """Return the name.

        :raises ValidationError: when it is too long for what begins with it.
        """
        name: str = self.cleaned_data["name"]
        if len(name) > LONGEST_NAME:
            raise ValidationError(_("A name may have 40 characters."))
        return name

    def clean_file(self) -> UploadedFile[Any] | None:
        """Return the file.

        :raises ValidationError: when it is larger than what was read of it.
        """
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > settings.MODEL_MAX_BYTES:
            raise ValidationError(
                _("The file is larger than %(megabytes)d MB; use the command add_model."),
                params={"megabytes": settings.MODEL_MAX_BYTES // 2**20},
            )
        return file

    def clean(self) -> dict[str, Any]:
        """Read the classes, and ask for either a file or a name."""
        data = super().clean() or self.cleaned_data
        if bool(data.get("file")) == bool(data.get("application")) and "file" not in self.errors:
            self.add_error("file", _("Choose either a file or a network of keras.applications."))
        data["classes"] = []
        labels: UploadedFile[Any] | None = data.get("labels")
        if labels is not None and data.get("application"):
            self.add_error("labels", _("A network of keras.applications brings its classes."))
        elif labels is not None:
            try:
                data["classes"] = classes_read(
                    labels.read(MOST_BYTES + 1), model=data.get("name", "")
                )
            except ValidationError as error:
                self.add_error("labels", error)
        return data

    @property
    def recipe(self) -> dict[str, Any]:
        """How a picture becomes the model's input, and what comes out."""
        names = ("size", "crop", "mean", "std", "output")
        return {name: self.cleaned_data[name] for name in names}
