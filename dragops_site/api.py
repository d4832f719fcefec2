"""What every endpoint under /api is made of: answers in the envelope, checked input, pages by number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dragops_site.accounts.models import User
from dragops_site.accounts.roles import Role
from dragops_site.api_fields import iso
from dragops_site.api_roles import HasRole
from dragops_site.errors import BadRequest

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


class ApiRequest(Request):
    """A request that HasRole let through."""

    user: User


class KnowsItsBody(APIView):
    """Refuses a body without a length: WSGI would show it as none at all, and the request would mean something else."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
            raise BadRequest("Send the body with a Content-Length.")
        super().initial(request, *args, **kwargs)


class ApiView(KnowsItsBody):
    """A view for people who have signed in."""

    permission_classes = [HasRole]
    roles: ClassVar[Mapping[str, Role]] = {}


class PublicView(KnowsItsBody):
    """A view for everybody. It looks at no credentials, so that a stale token cannot keep anybody from signing in."""

    permission_classes = []
    authentication_classes = []

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'  # without it DRF would make a 403 of each 401


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
