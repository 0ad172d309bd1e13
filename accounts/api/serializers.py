"""What the endpoints about one's account take and answer."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import ApiToken, Scope
from project.api.fields import StrictString


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token, without its secret."""

    id = serializers.UUIDField(read_only=True, help_text="Its id.")
    name = serializers.CharField(read_only=True, help_text="Its name.")
    hint = serializers.CharField(read_only=True, help_text="The beginning of its secret.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.values),
        read_only=True,
        help_text="What it may be used for.",
    )
    created_at = serializers.DateTimeField(read_only=True, help_text="When it was made.")
    expires_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Until when it works; null: until revoked."
    )
    last_used_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When it was last used, to the hour."
    )

    class Meta:
        model = ApiToken
        fields = ("id", "name", "hint", "scopes", "created_at", "expires_at", "last_used_at")


class NewTokenSerializer(TokenSerializer):
    """A token that has just been made, with its secret."""

    secret = serializers.CharField(read_only=True, help_text="Shown this one time only.")

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "secret")  # type: ignore[assignment]


class TokenPage(serializers.Serializer[Any]):
    """Some of your tokens, newest first."""

    next = serializers.URLField(allow_null=True, help_text="The page after this one.")
    previous = serializers.URLField(allow_null=True, help_text="The page before this one.")
    results = TokenSerializer(many=True, help_text="The tokens of this page.")


class TokenCreate(serializers.Serializer[Any]):
    """What a token is to be."""

    name = StrictString(max_length=ApiToken.NAME_LENGTH, help_text="To tell tokens apart.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.values),
        required=False,
        allow_empty=False,
        max_length=len(Scope.values),
        help_text="What it may be used for; by default all that the caller may do.",
    )
    expires_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Until when it works; by default until revoked."
    )

    def validate_expires_at(self, value: Any) -> Any:
        """Refuse a moment that has passed.

        :raises ValidationError: when it has.
        """
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError(_("This moment has passed."))
        return value


class MeToken(serializers.Serializer[Any]):
    """The token of this request."""

    id = serializers.UUIDField(help_text="Its id.")
    name = serializers.CharField(help_text="Its name.")
    scopes = serializers.ListField(child=serializers.CharField(), help_text="What it may do.")
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Until when it works.")


class Me(serializers.Serializer[Any]):
    """Whoever calls."""

    email = serializers.EmailField(help_text="The address of the account.")
    name = serializers.CharField(help_text="The person's name; may be empty.")
    language = serializers.CharField(help_text="The account's language; empty: the caller's.")
    date_joined = serializers.DateTimeField(help_text="When the account was made.")
    scopes = serializers.ListField(child=serializers.CharField(), help_text="What you may do.")
    token = MeToken(allow_null=True, help_text="The token of this request; null in a browser.")
