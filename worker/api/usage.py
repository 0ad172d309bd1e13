"""The endpoint about one's use of the site."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.allowances import NUMBERS, limits_of
from project.api.authentication import ACCOUNT
from project.api.views import ApiView
from worker.api import examples
from worker.quotas import usage_of


class Limits(serializers.Serializer[Any]):
    """What an account may do."""

    requests_per_minute = serializers.IntegerField(help_text="Requests to the API.")
    jobs_per_minute = serializers.IntegerField(help_text="Jobs handed in.")
    jobs_per_day = serializers.IntegerField(help_text="Jobs handed in, from midnight UTC.")
    unfinished_jobs = serializers.IntegerField(help_text="Jobs that wait or run.")
    stored_bytes = serializers.IntegerField(help_text="Bytes of all pictures that are kept.")
    image_bytes = serializers.IntegerField(help_text="Bytes of one picture.")
    images_per_batch = serializers.IntegerField(help_text="Pictures of one batch.")


class Used(serializers.Serializer[Any]):
    """What an account has done."""

    jobs_today = serializers.IntegerField(help_text="Jobs handed in since midnight UTC.")
    unfinished_jobs = serializers.IntegerField(help_text="Jobs that wait or run.")
    stored_bytes = serializers.IntegerField(help_text="Bytes of pictures that are kept.")


class Day(serializers.Serializer[Any]):
    """One day."""

    day = serializers.DateField(help_text="In UTC.")
    jobs = serializers.IntegerField(help_text="Jobs handed in.")


class UsageSerializer(serializers.Serializer[Any]):
    """Limits, and what is used of them."""

    limits = Limits()
    used = Used()
    days = Day(many=True, help_text="The last thirty days on which there was any.")


class UsageView(ApiView):
    """Limits, and what is used of them."""

    access = {"GET": ACCOUNT}

    @extend_schema(
        operation_id="me_usage",
        tags=["account"],
        responses={
            200: OpenApiResponse(UsageSerializer, "Your limits and your use.", examples.USAGE)
        },
    )
    def get(self, request: Request) -> Response:
        """Look at your limits, and at what you have used of them."""
        del request
        own = limits_of(self.user)
        limits = {
            "requests_per_minute": settings.API_REQUESTS_PER_MINUTE,
            **{name: getattr(own, name).value for name in NUMBERS},
            "image_bytes": settings.UPLOAD_MAX_BYTES,
            "images_per_batch": settings.UPLOAD_MAX_FILES,
        }
        return Response({"limits": limits, **usage_of(self.user)})
