"""What the endpoints about jobs take and answer, for checking queries and for OpenAPI."""

from typing import Any

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from project.api.paging import PageQuery
from project.api.schema import EXAMPLE_ID, EXAMPLE_SITE, PARAMETERS, header
from worker.models import Lane, Status

LANGUAGES = [code for code, _name in settings.LANGUAGES]

LANG = OpenApiParameter("lang", str, enum=LANGUAGES, description="The language of names.")
WAIT = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    description="`wait=N`: answer once the job has ended, or after N seconds (at most 60).",
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key with the same content makes nothing twice, for 24 hours. Take a "
    "new one, a random UUID for instance, for whatever is not the same request sent again.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` that you have: 304 when it has not changed.",
)

_TAG = '"2f1d0b7a7b5e4c39a7c4e0f1d2c3b4a5"'
ETAG = header("ETag", "Its version, for `If-None-Match`.", _TAG, when=[200, 201, 202, 304])
LOCATION = header(
    "Location", "Where it is.", f"{EXAMPLE_SITE}/api/v1/jobs/{EXAMPLE_ID}", when=[201, 202]
)
AGAIN = header("Retry-After", "When to ask again, until it has ended.", "1", when=[200, 202, 304])
APPLIED = header(
    "Preference-Applied", "It has ended while you waited (RFC 7240).", "wait=10", when=[200, 201]
)
REPLAYED = header(
    "Idempotent-Replayed",
    "`true`: the same request was here before, and this is what came of it.",
    "true",
    when=[201, 202],
)

PARAMETERS.update(
    {
        "service": ("The id of a service.", "classify"),
        "job_id": ("The id of one of your jobs.", EXAMPLE_ID),
        "batch_id": ("The id of one of your batches.", EXAMPLE_ID),
        "webhook_id": ("The id of one of your webhooks.", EXAMPLE_ID),
        "delivery_id": ("The id of a message to one of your webhooks.", EXAMPLE_ID),
        "Prefer": ("", "wait=10"),
        "Idempotency-Key": ("", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
        "If-None-Match": ("", _TAG),
        "Last-Event-ID": ("", "1-running"),
        "batch": ("", EXAMPLE_ID),
        "label": ("", "n02123045"),
        "min_score": ("", 0.5),
        "model": ("The name of a model.", "efficientnet-lite2-int8"),
        "created_after": ("", "2026-05-01T00:00:00Z"),
        "created_before": ("", "2026-06-01T00:00:00Z"),
    }
)


class LangQuery(serializers.Serializer[Any]):
    """The language of names."""

    lang = serializers.ChoiceField(LANGUAGES, required=False, help_text="The language of names.")


class JobsQuery(PageQuery, LangQuery):
    """Which jobs to list."""

    status = serializers.MultipleChoiceField(
        choices=Status.choices,
        required=False,
        help_text="Their states; may be repeated.",
    )
    service = serializers.SlugField(required=False, max_length=50, help_text="Their service.")
    model = serializers.SlugField(required=False, max_length=100, help_text="Their model.")
    label = serializers.SlugField(  # type: ignore[assignment]
        required=False, max_length=64, help_text="The id of their best class."
    )
    min_score = serializers.FloatField(
        required=False, min_value=0, max_value=1, help_text="The least score of their best class."
    )
    created_after = serializers.DateTimeField(required=False, help_text="RFC 3339; inclusive.")
    created_before = serializers.DateTimeField(required=False, help_text="RFC 3339; exclusive.")
    batch = serializers.UUIDField(required=False, help_text="Their batch.")


class JobModel(serializers.Serializer[Any]):
    """The model that ran a job, exactly."""

    name = serializers.CharField(help_text="Its name.")
    version = serializers.CharField(allow_null=True, help_text="Its version, once it has run.")
    sha256 = serializers.CharField(allow_null=True, help_text="Its file's SHA-256, likewise.")


class JobError(serializers.Serializer[Any]):
    """Why a job failed."""

    code = serializers.CharField(help_text="For a program.")
    message = serializers.CharField(help_text="For a person, in the language of the answer.")


class JobTimings(serializers.Serializer[Any]):
    """How long what took, in milliseconds."""

    queued_ms = serializers.FloatField(allow_null=True, help_text="Until it started.")
    decode_ms = serializers.FloatField(allow_null=True, help_text="To decode the picture.")
    predict_ms = serializers.FloatField(allow_null=True, help_text="To run the model.")
    total_ms = serializers.FloatField(allow_null=True, help_text="From submission to end.")


class JobImage(serializers.Serializer[Any]):
    """The picture that was handed in."""

    name = serializers.CharField(help_text="The file's name.")
    sha256 = serializers.CharField(allow_null=True, help_text="Of the file as it was sent.")
    width = serializers.IntegerField(allow_null=True, help_text="In pixels, before orientation.")
    height = serializers.IntegerField(allow_null=True, help_text="In pixels, before orientation.")
    format = serializers.CharField(allow_null=True, help_text="JPEG, PNG or WEBP.")
    url = serializers.URLField(
        allow_null=True, help_text="The picture encoded anew, once the job has succeeded."
    )


class JobUrls(serializers.Serializer[Any]):
    """Where what is."""

    self = serializers.URLField(help_text="This job.")
    cancel = serializers.URLField(help_text="POST here to cancel it.")
    events = serializers.URLField(help_text="Its states as server-sent events.")
    web = serializers.URLField(allow_null=True, help_text="Its page, for a person.")


@extend_schema_field(OpenApiTypes.ANY)
class Output(serializers.JSONField):
    """What a service's job ends with, or null."""


class Job(serializers.Serializer[Any]):
    """One request of one user to one service on one picture."""

    id = serializers.UUIDField(help_text="Its id; later ones are greater.")
    service = serializers.CharField(help_text="The service that was asked.")
    model = JobModel()
    status = serializers.ChoiceField(Status.values, help_text="Its state.")
    lane = serializers.ChoiceField(Lane.values, help_text="The line in which it waits.")
    parameters = serializers.DictField(help_text="What was asked for.")
    output = Output(
        help_text="What came of it, once it has succeeded. Of `classify`: `predictions`, the best "
        "first, each with `id`, `index`, `name`, `score` and `parents`."
    )
    error = JobError(allow_null=True, help_text="Why it failed; null unless it did.")
    timings = JobTimings()
    attempts = serializers.IntegerField(help_text="How often a worker has tried it.")
    created_at = serializers.DateTimeField(help_text="When it was handed in.")
    started_at = serializers.DateTimeField(allow_null=True, help_text="When it last started.")
    finished_at = serializers.DateTimeField(allow_null=True, help_text="When it ended.")
    expires_at = serializers.DateTimeField(help_text="Until when it has to start.")
    image = JobImage()
    batch = serializers.UUIDField(allow_null=True, help_text="The batch that it belongs to.")
    urls = JobUrls()


class JobPage(serializers.Serializer[Any]):
    """Some of your jobs, newest first."""

    next = serializers.URLField(allow_null=True, help_text="The page after this one.")
    previous = serializers.URLField(allow_null=True, help_text="The page before this one.")
    results = Job(many=True, help_text="The jobs of this page.")


class BatchUrls(serializers.Serializer[Any]):
    """Where what is."""

    self = serializers.URLField(help_text="This batch.")
    jobs = serializers.URLField(help_text="Its jobs.")


class BatchCounts(serializers.Serializer[Any]):
    """How many of its jobs are in each state."""

    queued = serializers.IntegerField(help_text="Those that wait.")
    running = serializers.IntegerField(help_text="Those that a worker works on.")
    succeeded = serializers.IntegerField(help_text="Those with a result.")
    failed = serializers.IntegerField(help_text="Those that could not be done; `error` says why.")
    canceled = serializers.IntegerField(help_text="Those that you have canceled.")
    expired = serializers.IntegerField(help_text="Those that waited for too long.")


class Batch(serializers.Serializer[Any]):
    """Jobs that were submitted together."""

    id = serializers.UUIDField(help_text="Its id.")
    service = serializers.CharField(help_text="The service that was asked.")
    created_at = serializers.DateTimeField(help_text="When it was handed in.")
    counts = BatchCounts()
    total = serializers.IntegerField(help_text="How many jobs it has.")
    finished = serializers.IntegerField(help_text="How many of them have ended.")
    urls = BatchUrls()


class Parameters(serializers.Serializer[Any]):
    """How to process pictures; what a service takes beyond this, `/services` tells."""

    model = serializers.CharField(required=False, help_text="By default the service's default.")
    top_k = serializers.IntegerField(
        required=False, min_value=1, max_value=100, help_text="How many classes, 5 by default."
    )
    min_score = serializers.FloatField(
        required=False, min_value=0, max_value=1, help_text="Only classes with this score or more."
    )
    lane = serializers.ChoiceField(
        Lane.values, required=False, help_text="The line to wait in; `bulk` for what has time."
    )
    lang = serializers.ChoiceField(LANGUAGES, required=False, help_text="The language of names.")


@extend_schema_field({"type": "string", "format": "data-url"})
class DataUrl(serializers.CharField):
    """A picture as text."""


class CreateJobForm(Parameters):
    """One picture as a file."""

    image = serializers.FileField(help_text="JPEG, PNG or WebP, up to 10 MB.")


class CreateJobJson(Parameters):
    """One picture in JSON: either in the document itself, or at an address."""

    image = DataUrl(
        required=False, help_text="A `data:` URL in base64: `data:image/jpeg;base64,…`."
    )
    image_url = serializers.URLField(
        required=False, help_text="A public address, from which the site loads the picture."
    )


class CreateBatchForm(Parameters):
    """Many pictures as files, as addresses, or in one zip archive."""

    service = serializers.CharField(required=False, help_text="By default the first one.")
    images = serializers.ListField(
        child=serializers.FileField(), required=False, help_text="Pictures."
    )
    image_urls = serializers.ListField(
        child=serializers.URLField(), required=False, help_text="Public addresses of pictures."
    )
    zip = serializers.FileField(required=False, help_text="A zip archive with pictures.")


class CreateBatchJson(Parameters):
    """Many pictures by their addresses."""

    service = serializers.CharField(required=False, help_text="By default the first one.")
    image_urls = serializers.ListField(
        child=serializers.URLField(), help_text="Public addresses of pictures."
    )


MULTIPART = "multipart/form-data"
JSON = "application/json"
