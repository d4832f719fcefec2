"""Fields that answers of the API are made of."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dragops_site.ids import parse_id


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def milliseconds(duration: timedelta | None) -> float | None:
    return None if duration is None else round(duration / timedelta(milliseconds=1), 3)


class Moment(serializers.DateTimeField):
    """A time, as `iso` writes it."""

    def to_representation(self, value: Any) -> Any:
        return iso(value) if value else None


@extend_schema_field(OpenApiTypes.ANY)
class AnyJSON(serializers.Field):
    """Any JSON value, as it is."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(OpenApiTypes.OBJECT)
class JSONObject(AnyJSON):
    """A JSON object, as it is."""

    default_error_messages = {"type": "Must be a JSON object."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            self.fail("type")
        return data


class RowId(serializers.UUIDField):
    """The id of a row; DRF's own also takes numbers, braces and urns."""

    def to_internal_value(self, data: Any) -> UUID:
        found = parse_id(data)
        if found is None:
            self.fail("invalid", value=data)
        return found


class StrictBoolean(serializers.BooleanField):
    """true or false; DRF's own also takes "yes", 1 and their like, which in a body are mistakes."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictChar(serializers.CharField):
    """Text; DRF's own also takes numbers."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictInteger(serializers.IntegerField):
    """A whole number; DRF's own also takes text and 3.0."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class StrictNumber(serializers.FloatField):
    """A number; DRF's own also takes text."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, (int, float)):
            self.fail("invalid")
        return super().to_internal_value(data)


class NoUnknownFields(serializers.Serializer):
    """A misspelt condition would otherwise find everything."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields), key=str)):
            raise serializers.ValidationError({str(name)[:100]: ["is not known here"] for name in unknown[:10]})
        return super().to_internal_value(data)
