"""The endpoints about one's own account and its tokens."""

import uuid
from http import HTTPStatus
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiRequest, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import examples, serializers
from accounts.models import ApiToken
from accounts.notices import token_notice
from accounts.tokens import TooManyTokensError, token_create, token_revoke, tokens_visible_to
from project.api.authentication import ACCOUNT, scopes_of
from project.api.paging import PageQuery, checked_query, page_of, page_response
from project.api.problems import ProblemError
from project.api.schema import LINK, problems
from project.api.views import ApiView


class MeView(ApiView):
    """Whoever calls."""

    access = {"GET": ACCOUNT}

    @extend_schema(
        operation_id="me_get",
        tags=["account"],
        responses={200: OpenApiResponse(serializers.Me, "You.", examples.ME)},
    )
    def get(self, request: Request) -> Response:
        """Look at your account, and at what this token may do."""
        token: Any = request.auth
        data = {
            "email": self.user.email,
            "name": self.user.name,
            "language": self.user.language,
            "date_joined": self.user.date_joined,
            "scopes": scopes_of(request),
            "token": token if isinstance(token, ApiToken) else None,
        }
        return Response(serializers.Me(data).data)


class TokensView(ApiView):
    """A user's tokens."""

    access = {"GET": ACCOUNT, "POST": ACCOUNT}

    @extend_schema(
        operation_id="tokens_list",
        tags=["account"],
        parameters=[PageQuery, LINK],
        responses={
            200: OpenApiResponse(serializers.TokenPage, "A page of tokens.", examples.TOKENS)
        },
    )
    def get(self, request: Request) -> Response:
        """List your tokens, newest first; their secrets are shown nowhere."""
        wishes = checked_query(request, PageQuery)
        tokens = tokens_visible_to(self.user)
        page = page_of(tokens, cursor=wishes.get("cursor"), limit=wishes["limit"])
        results: list[Any] = list(serializers.TokenSerializer(page.rows, many=True).data)
        return page_response(request, page, results)

    @extend_schema(
        operation_id="tokens_create",
        tags=["account"],
        request={
            "application/json": OpenApiRequest(
                serializers.TokenCreate, examples=examples.CREATE_TOKEN
            ),
        },
        responses={
            201: OpenApiResponse(
                serializers.NewTokenSerializer, "It, with its secret.", examples.NEW_TOKEN
            ),
            **problems(403, 409),
        },
    )
    def post(self, request: Request) -> Response:
        """Make a token; one that another token makes cannot do more than that one."""
        serializer = serializers.TokenCreate(data=request.data)
        serializer.is_valid(raise_exception=True)
        wishes = serializer.validated_data
        scopes = wishes.get("scopes", scopes_of(request))
        expires_at = wishes.get("expires_at")
        _check_not_more(request, scopes)
        own: Any = request.auth
        if isinstance(own, ApiToken) and own.expires_at:
            expires_at = min(expires_at or own.expires_at, own.expires_at)
        try:
            token, secret = token_create(
                user=self.user, name=wishes["name"], scopes=scopes, expires_at=expires_at
            )
        except TooManyTokensError as error:
            raise ProblemError("too_many_tokens") from error
        token_notice(token)
        data = serializers.TokenSerializer(token).data | {"secret": secret}
        return Response(data, status=HTTPStatus.CREATED)


class TokenView(ApiView):
    """One token."""

    access = {"GET": ACCOUNT, "DELETE": ACCOUNT}

    @extend_schema(
        operation_id="tokens_get",
        tags=["account"],
        responses={200: OpenApiResponse(serializers.TokenSerializer, "The token.", examples.TOKEN)},
    )
    def get(self, request: Request, token_id: uuid.UUID) -> Response:
        """Look at a token."""
        del request
        token = get_object_or_404(tokens_visible_to(self.user), id=token_id)
        return Response(serializers.TokenSerializer(token).data)

    @extend_schema(
        operation_id="tokens_revoke",
        tags=["account"],
        responses={204: OpenApiResponse(None, "It opens nothing any more."), **problems(403)},
    )
    def delete(self, request: Request, token_id: uuid.UUID) -> Response:
        """Revoke a token; a token cannot revoke one that may do more than itself."""
        token = get_object_or_404(tokens_visible_to(self.user), id=token_id)
        _check_not_more(request, token.scopes)
        token_revoke(token=token)
        return Response(status=HTTPStatus.NO_CONTENT)


def _check_not_more(request: Request, scopes: list[str]) -> None:
    """Refuse a caller to deal with a token that may do what they may not.

    :raises ProblemError: when it may.
    """
    if set(scopes) - set(scopes_of(request)):
        raise ProblemError("insufficient_scope")
