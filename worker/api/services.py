"""The endpoints about services: what the site can do, and what each of them takes."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from project.api.authentication import ANYONE
from project.api.views import ApiView
from worker.api import examples
from worker.api.common import service_or_404
from worker.api.form_schema import json_schema
from worker.api.presenter import presenter_for
from worker.registry import Service, hidden_services, service_get, services


class ServiceModel(serializers.Serializer[Any]):
    """A model to choose from."""

    name = serializers.CharField(help_text="Its name, as jobs take it.")
    version = serializers.CharField(help_text="Its version.")
    sha256 = serializers.CharField(help_text="Its file's SHA-256.")
    is_default = serializers.BooleanField(help_text="Whether it runs jobs that name none.")


class ServiceUrls(serializers.Serializer[Any]):
    """Where what is."""

    self = serializers.URLField(help_text="This service.")
    jobs = serializers.URLField(help_text="POST here to create a job.")


class ServiceSerializer(serializers.Serializer[Any]):
    """Something that can be asked for."""

    id = serializers.CharField(help_text="Its id.")
    name = serializers.CharField(help_text="Its name, in the language of the answer.")
    parameters = serializers.DictField(help_text="What its jobs take, as JSON Schema.")
    models = ServiceModel(many=True, help_text="The models to choose from, the default first.")
    urls = ServiceUrls()


class ServiceList(serializers.Serializer[Any]):
    """All services."""

    results = ServiceSerializer(many=True, help_text="Each of them.")


def _data(request: Request, service: Service) -> dict[str, Any]:
    presenter = presenter_for(service.slug)
    this = reverse("api_service", args=[service.slug])
    jobs = reverse("api_job_create", args=[service.slug])
    return {
        "id": service.slug,
        "name": str(service.name),
        "parameters": json_schema(presenter.form_class()()),
        "models": presenter.models(),
        "urls": {
            "self": request.build_absolute_uri(this),
            "jobs": request.build_absolute_uri(jobs),
        },
    }


class ServicesView(ApiView):
    """What the site can do."""

    access = {"GET": ANYONE}

    @extend_schema(
        operation_id="services_list",
        tags=["services"],
        responses={200: OpenApiResponse(ServiceList, "All services.", examples.SERVICES)},
    )
    def get(self, request: Request) -> Response:
        """List the services."""
        hidden = hidden_services()
        shown = [service for service in services() if service.slug not in hidden]
        return Response({"results": [_data(request, service) for service in shown]})


class ServiceView(ApiView):
    """One service."""

    access = {"GET": ANYONE}

    @extend_schema(
        operation_id="services_get",
        tags=["services"],
        responses={200: OpenApiResponse(ServiceSerializer, "The service.", examples.SERVICE)},
    )
    def get(self, request: Request, service: str) -> Response:
        """Look at a service: what its jobs take, and its models."""
        return Response(_data(request, service_get(service_or_404(service))))
