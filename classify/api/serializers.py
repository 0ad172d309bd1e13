"""What the endpoints about classes, models and feedback take and answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from classify.matching import QUERY_MAX
from classify.models import Model
from project.api.fields import StrictBoolean, StrictString
from project.api.paging import PageQuery
from worker.api.schemas import LangQuery


class LabelsQuery(PageQuery, LangQuery):
    """Which classes to list."""

    q = serializers.RegexField(
        r"^[^\x00]+$",
        required=False,
        max_length=QUERY_MAX,
        help_text="A name, a synonym or a parent concept, in any language; the closest come first.",
    )
    model = serializers.SlugField(
        required=False,
        max_length=100,
        help_text="A model whose classes to list. By default they are those of ImageNet.",
    )


class ParentSerializer(serializers.Serializer[Any]):
    """A concept above classes."""

    id = serializers.CharField(help_text="Its id.")
    name = serializers.CharField(help_text="Its name.")


class LabelSerializer(serializers.Serializer[Any]):
    """A class that the models tell apart."""

    id = serializers.CharField(
        help_text="Its WordNet id, or that of a model's own class; it never changes."
    )
    index = serializers.IntegerField(help_text="Its place in the models' output.")
    name = serializers.CharField(help_text="Its name.")
    synonyms = serializers.ListField(child=serializers.CharField(), help_text="Its other names.")
    parents = ParentSerializer(many=True, help_text="The concepts above it.")


class LabelPage(serializers.Serializer[Any]):
    """Some classes."""

    next = serializers.URLField(allow_null=True, help_text="The page after this one.")
    previous = serializers.URLField(allow_null=True, help_text="The page before this one.")
    results = LabelSerializer(many=True, help_text="The classes of this page.")


class ModelSerializer(serializers.ModelSerializer[Model]):
    """A model that is installed."""

    name = serializers.CharField(help_text="Its name, as jobs take it.")
    version = serializers.CharField(help_text="Its version.")
    sha256 = serializers.CharField(help_text="Its file's SHA-256.")
    engine = serializers.CharField(help_text="The code that runs it: `litert` or `tensorflow`.")
    input_size = serializers.IntegerField(help_text="The side of what it looks at, in pixels.")
    licence = serializers.CharField(help_text="Under which it may be used.")
    source = serializers.CharField(help_text="Where it comes from.")  # type: ignore[assignment]
    is_default = serializers.BooleanField(help_text="Whether it runs jobs that name none.")

    class Meta:
        model = Model
        fields = (
            "name",
            "version",
            "sha256",
            "engine",
            "input_size",
            "licence",
            "source",
            "is_default",
        )


class ModelList(serializers.Serializer[Any]):
    """All models, the default first."""

    results = ModelSerializer(many=True, help_text="Each of them.")


class ModelReady(serializers.Serializer[Any]):
    """The answer of a probe."""

    name = serializers.CharField(help_text="Its name.")
    ready = serializers.BooleanField(help_text="Whether jobs may name it.")


class FeedbackInput(serializers.Serializer[Any]):
    """What you say of a result: that it is right, or which class it should have been."""

    correct = StrictBoolean(required=False, help_text="Whether the result is right.")
    label = StrictString(  # type: ignore[assignment]
        required=False, max_length=64, help_text="The id of the right class."
    )

    def validate(self, attrs: Any) -> Any:
        """Ask for one of the two.

        :raises ValidationError: when there is none, or they contradict each other.
        """
        if "correct" not in attrs and "label" not in attrs:
            raise serializers.ValidationError(_("Send «correct» or «label»."), "required")
        if attrs.get("correct") and "label" in attrs:
            raise serializers.ValidationError(_("Send «correct» or «label»."), "contradiction")
        return attrs


class FeedbackSerializer(serializers.Serializer[Any]):
    """What you have said of a result."""

    correct = serializers.BooleanField(help_text="Whether the result is right.")
    label = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="The id of the right class, if you have named one."
    )
