"""The API about itself: its description, the pages about it, and probes."""

from functools import cache
from typing import Any, NamedTuple

from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from project.api.authentication import ANYONE
from project.api.kinds import KINDS
from project.api.problems import ProblemError
from project.api.views import ApiView


class SchemaView(ApiView):
    """The description of the API."""

    access = {"GET": ANYONE}
    renderer_classes = (OpenApiJsonRenderer,)

    @extend_schema(
        operation_id="schema",
        tags=["about"],
        responses={
            (200, "application/vnd.oai.openapi+json"): OpenApiResponse(
                {"type": "object"},
                "OpenAPI 3.1.",
                [OpenApiExample("Its beginning", value={"openapi": "3.1.0"}, response_only=True)],
            ),
        },
    )
    def get(self, request: Request) -> Response:
        """Return the description of this API as OpenAPI 3.1."""
        with translation.override("en"):
            generator = SpectacularAPIView.generator_class()
            response = Response(generator.get_schema(request=request, public=True))  # type: ignore[no-untyped-call]
        response["Cache-Control"] = "public, max-age=300"
        return response


def _example(name: str) -> OpenApiExample:
    return OpenApiExample("Yes", value={name: True}, response_only=True)


class ReadySerializer(serializers.Serializer[Any]):
    """The answer of a probe."""

    ready = serializers.BooleanField(help_text="Whether it can serve.")


class LiveSerializer(serializers.Serializer[Any]):
    """The answer of a probe."""

    live = serializers.BooleanField(help_text="Whether it runs.")


class LiveView(ApiView):
    """Does the process run?"""

    access = {"GET": ANYONE}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Ask nobody who they are, and the database nothing: a probe must answer without it."""

    @extend_schema(
        operation_id="v2_live",
        tags=["probes"],
        responses={200: OpenApiResponse(LiveSerializer, "It runs.", [_example("live")])},
    )
    def get(self, request: Request) -> Response:
        """Tell that the server runs."""
        del request
        return Response({"live": True})


class ReadyView(LiveView):
    """Can the site serve?"""

    access = {"GET": ANYONE}

    @extend_schema(
        operation_id="v2_ready",
        tags=["probes"],
        responses={200: OpenApiResponse(ReadySerializer, "It can.", [_example("ready")])},
    )
    def get(self, request: Request) -> Response:
        """Tell whether the server can serve; 503 when it cannot."""
        del request
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError as error:
            raise ProblemError("database_away", headers={"Retry-After": "5"}) from error
        return Response({"ready": True})


class Operation(NamedTuple):
    """A line of the page about the API."""

    method: str
    path: str
    summary: str


class Section(NamedTuple):
    """What the API offers about one thing."""

    name: str
    description: str
    operations: list[Operation]


@cache
def sections() -> list[Section]:
    """Return what the API offers, in the order of its description."""
    with translation.override("en"):
        described = SpectacularAPIView.generator_class().get_schema(public=True)  # type: ignore[no-untyped-call]
    found = {tag["name"]: Section(tag["name"], tag["description"], []) for tag in described["tags"]}
    for path, operations in described["paths"].items():
        for method, one in operations.items():
            operation = Operation(method.upper(), path, one["summary"])
            found[one["tags"][0]].operations.append(operation)
    return list(found.values())


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """List what the API offers; a script makes of it a page on which each request can be tried."""
    return render(request, "api/docs.html", {"sections": sections()})


@require_safe
def errors(request: HttpRequest, code: str = "") -> HttpResponse:
    """Explain one kind of problem, or all of them."""
    if code and code not in KINDS:
        raise Http404
    shown = [KINDS[code]] if code else sorted(KINDS.values(), key=lambda kind: kind.status)
    return render(request, "api/errors.html", {"kinds": shown, "code": code})
