"""Fields of JSON documents that take their own type and nothing that resembles it."""

from typing import Any

from rest_framework import serializers


class StrictString(serializers.CharField):
    """A string; a number is none."""

    def to_internal_value(self, data: Any) -> str:
        """Return the string.

        :raises ValidationError: when it is something else.
        """
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class StrictBoolean(serializers.BooleanField):
    """``true`` or ``false``; neither 0 nor "yes"."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the value.

        :raises ValidationError: when it is something else.
        """
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
