"""What every endpoint under /api shares: the envelope, reading a body, who may, and pages by number.

A view names the role that each of its methods needs; one that names none is refused to everybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dragops_site import jsontext
from dragops_site.accounts.roles import Role
from dragops_site.api_fields import iso
from dragops_site.errors import TooLarge

MAX_LIMIT = 100
MAX_OFFSET = 1_000_000


class Answer(Response):
    """A success: `data`, and `meta` about it. A bare one is sent without the envelope."""

    def __init__(
        self, data: Any = None, *, meta: Mapping[str, Any] | None = None, status: int = 200, bare: bool = False
    ) -> None:
        super().__init__(data if bare else _envelope(data, meta), status=status)


def _envelope(data: Any, meta: Mapping[str, Any] | None) -> dict[str, Any]:
    answer = {"success": True, "data": data, "timestamp": iso(timezone.now())}
    return answer if meta is None else {**answer, "meta": meta}


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        # Lone surrogates and whole numbers past 64 bits come out of stored events; jsontext has a form for both.
        return b"" if data is None else jsontext.dumps(data).encode()


class JSONParser(BaseParser):
    """Reads a body of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes, nested no deeper than a value may be."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(f"The body is longer than {limit} bytes.")
        try:
            value = jsontext.loads(body)
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from None
        if jsontext.is_deeper(value):
            raise ParseError(f"The body is nested more than {jsontext.MAX_DEPTH} levels deep.")
        return value


class HasRole(BasePermission):
    """Whoever has signed in and has the role that the view names for the method."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        if not user or not user.is_authenticated:
            return False
        if request.method not in view.allowed_methods:
            return True  # and the view answers 405
        needed = needed_role(view, request.method or "")
        return needed is not None and user.may(needed)


def needed_role(view: Any, method: str) -> Role | None:
    """The role a view names for a method; looking at its options needs the least."""
    if method == "OPTIONS":
        return Role.VIEWER
    return getattr(view, "roles", {}).get("GET" if method == "HEAD" else method)


class ApiView(APIView):
    """A view for people who have signed in."""

    permission_classes = [HasRole]
    roles: ClassVar[Mapping[str, Role]] = {}


class PublicView(APIView):
    """A view for everybody. It looks at no credentials, so that a stale token cannot keep anybody from signing in."""

    permission_classes = []
    authentication_classes = []


def read(serializer_class: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """The checked values of a body or a query. Raises DRF's ValidationError."""
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class PageQuery(serializers.Serializer):
    page = serializers.IntegerField(min_value=1, max_value=MAX_OFFSET, default=1)
    limit = serializers.IntegerField(min_value=1, default=20, help_text=f"At most {MAX_LIMIT}; more counts as that.")

    def validate_limit(self, limit: int) -> int:
        return min(limit, MAX_LIMIT)


class OffsetQuery(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, default=20, help_text=f"At most {MAX_LIMIT}; more counts as that.")
    offset = serializers.IntegerField(min_value=0, max_value=MAX_OFFSET, default=0)

    def validate_limit(self, limit: int) -> int:
        return min(limit, MAX_LIMIT)


@dataclass(frozen=True)
class NumberedPage:
    """The part of a list that `page` and `limit` name, and its meta."""

    rows: list[Any]
    meta: dict[str, int]


def numbered_page(rows: "QuerySet[Any]", query: Mapping[str, Any]) -> NumberedPage:
    page, limit = query["page"], query["limit"]
    start = (page - 1) * limit
    return NumberedPage(list(rows[start : start + limit]), page_meta(page, limit, rows.count()))


def page_meta(page: int, limit: int, total: int) -> dict[str, int]:
    return {"page": page, "limit": limit, "total": total, "totalPages": -(-total // limit)}
