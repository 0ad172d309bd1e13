"""The endpoints about webhooks and what was sent to them."""

import uuid
from http import HTTPStatus
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiRequest, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from project.api.paging import PageQuery, checked_query, page_of, page_response
from project.api.problems import ProblemError
from project.api.schema import LINK, problems
from project.api.views import ApiView
from worker.api import webhook_examples as examples
from worker.api import webhook_schemas as schemas
from worker.models import Webhook
from worker.selectors import deliveries_visible_to, webhooks_visible_to
from worker.webhooks import (
    EVENTS,
    TooManyWebhooksError,
    delivery_replay,
    webhook_create,
    webhook_delete,
    webhook_rotate,
    webhook_test,
    webhook_update,
)


class WebhookBase(ApiView):
    """What the endpoints about one webhook share."""

    def webhook(self, webhook_id: uuid.UUID) -> Webhook:
        """Return a webhook of the user, or answer 404."""
        return get_object_or_404(webhooks_visible_to(self.user), id=webhook_id)


class WebhooksView(ApiView):
    """A user's webhooks."""

    access = {"GET": Scope.WEBHOOKS, "POST": Scope.WEBHOOKS}

    @extend_schema(
        operation_id="webhooks_list",
        tags=["webhooks"],
        parameters=[PageQuery, LINK],
        responses={
            200: OpenApiResponse(schemas.WebhookPage, "A page of webhooks.", examples.WEBHOOKS)
        },
    )
    def get(self, request: Request) -> Response:
        """List your webhooks, newest first."""
        wishes = checked_query(request, PageQuery)
        webhooks = webhooks_visible_to(self.user)
        page = page_of(webhooks, cursor=wishes.get("cursor"), limit=wishes["limit"])
        results: list[Any] = list(schemas.WebhookSerializer(page.rows, many=True).data)
        return page_response(request, page, results)

    @extend_schema(
        operation_id="webhooks_create",
        tags=["webhooks"],
        request={
            "application/json": OpenApiRequest(schemas.WebhookInput, examples=examples.CREATE),
        },
        responses={
            201: OpenApiResponse(
                schemas.WebhookWithSecret, "It, with its secret.", examples.WITH_SECRET
            ),
            **problems(409),
        },
    )
    def post(self, request: Request) -> Response:
        """Have an address told when your jobs end."""
        serializer = schemas.WebhookInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        wishes = serializer.validated_data
        enabled = wishes.pop("enabled", True)
        try:
            webhook = webhook_create(user=self.user, **({"events": EVENTS} | wishes))
        except TooManyWebhooksError as error:
            raise ProblemError("too_many_webhooks") from error
        if not enabled:
            webhook_update(webhook=webhook, enabled=False)
        return Response(schemas.WebhookWithSecret(webhook).data, status=HTTPStatus.CREATED)


class WebhookView(WebhookBase):
    """One webhook."""

    access = {"GET": Scope.WEBHOOKS, "PATCH": Scope.WEBHOOKS, "DELETE": Scope.WEBHOOKS}

    @extend_schema(
        operation_id="webhooks_get",
        tags=["webhooks"],
        responses={
            200: OpenApiResponse(schemas.WebhookSerializer, "The webhook.", examples.WEBHOOK)
        },
    )
    def get(self, request: Request, webhook_id: uuid.UUID) -> Response:
        """Look at a webhook."""
        del request
        return Response(schemas.WebhookSerializer(self.webhook(webhook_id)).data)

    @extend_schema(
        operation_id="webhooks_update",
        tags=["webhooks"],
        request={
            "application/json": OpenApiRequest(schemas.WebhookInput, examples=examples.UPDATE),
        },
        responses={
            200: OpenApiResponse(schemas.WebhookSerializer, "The webhook.", examples.WEBHOOK)
        },
    )
    def patch(self, request: Request, webhook_id: uuid.UUID) -> Response:
        """Change a webhook; switch it off, or on again."""
        webhook = self.webhook(webhook_id)
        serializer = schemas.WebhookInput(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        webhook_update(webhook=webhook, **serializer.validated_data)
        return Response(schemas.WebhookSerializer(webhook).data)

    @extend_schema(
        operation_id="webhooks_delete",
        tags=["webhooks"],
        responses={204: OpenApiResponse(None, "It is told of nothing any more.")},
    )
    def delete(self, request: Request, webhook_id: uuid.UUID) -> Response:
        """Delete a webhook with what was sent to it."""
        del request
        webhook_delete(webhook=self.webhook(webhook_id))
        return Response(status=HTTPStatus.NO_CONTENT)


class WebhookSecretView(WebhookBase):
    """The secret of a webhook."""

    access = {"POST": Scope.WEBHOOKS}

    @extend_schema(
        operation_id="webhooks_renew_secret",
        tags=["webhooks"],
        request=None,
        responses={
            200: OpenApiResponse(
                schemas.WebhookWithSecret, "It, with its new secret.", examples.WITH_SECRET
            )
        },
    )
    def post(self, request: Request, webhook_id: uuid.UUID) -> Response:
        """Give a webhook a new secret; for a day the old one signs beside it."""
        del request
        webhook = webhook_rotate(webhook=self.webhook(webhook_id))
        return Response(schemas.WebhookWithSecret(webhook).data)


class WebhookTestView(WebhookBase):
    """A message that means nothing."""

    access = {"POST": Scope.WEBHOOKS}

    @extend_schema(
        operation_id="webhooks_test",
        tags=["webhooks"],
        request=None,
        responses={
            202: OpenApiResponse(
                schemas.DeliverySerializer, "It is on its way.", examples.TEST_DELIVERY
            ),
            **problems(409),
        },
    )
    def post(self, request: Request, webhook_id: uuid.UUID) -> Response:
        """Send a webhook a message of the type «test»."""
        del request
        webhook = self.webhook(webhook_id)
        if webhook.disabled_at is not None:
            raise ProblemError("conflict", _("The webhook is switched off."))
        delivery = webhook_test(webhook=webhook)
        delivery.refresh_from_db()
        return Response(schemas.DeliverySerializer(delivery).data, status=HTTPStatus.ACCEPTED)


class DeliveriesView(WebhookBase):
    """What was sent to a webhook."""

    access = {"GET": Scope.WEBHOOKS}

    @extend_schema(
        operation_id="webhooks_deliveries",
        tags=["webhooks"],
        parameters=[schemas.DeliveriesQuery, LINK],
        responses={
            200: OpenApiResponse(schemas.DeliveryPage, "A page of messages.", examples.DELIVERIES)
        },
    )
    def get(self, request: Request, webhook_id: uuid.UUID) -> Response:
        """List what was sent to a webhook, newest first."""
        wishes = checked_query(request, schemas.DeliveriesQuery)
        deliveries = deliveries_visible_to(self.user).filter(webhook=self.webhook(webhook_id))
        if wishes.get("status"):
            deliveries = deliveries.filter(status=wishes["status"])
        page = page_of(deliveries, cursor=wishes.get("cursor"), limit=wishes["limit"])
        results: list[Any] = list(schemas.DeliverySerializer(page.rows, many=True).data)
        return page_response(request, page, results)


class ReplayView(ApiView):
    """A message once more."""

    access = {"POST": Scope.WEBHOOKS}

    @extend_schema(
        operation_id="webhooks_replay",
        tags=["webhooks"],
        request=None,
        responses={
            202: OpenApiResponse(
                schemas.DeliverySerializer, "It is on its way again.", examples.TEST_DELIVERY
            ),
            **problems(409),
        },
    )
    def post(self, request: Request, delivery_id: uuid.UUID) -> Response:
        """Send a message again, under the same id."""
        del request
        delivery = get_object_or_404(deliveries_visible_to(self.user), id=delivery_id)
        if not delivery_replay(delivery=delivery):
            raise ProblemError("conflict", _("It is on its way, or its webhook is switched off."))
        delivery.refresh_from_db()
        return Response(schemas.DeliverySerializer(delivery).data, status=HTTPStatus.ACCEPTED)
