"""What every endpoint under /api is made of: answers in the envelope, checked input, pages by number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dragops_site import idempotency, keyset
from dragops_site.accounts.models import User
from dragops_site.accounts.roles import Role
from dragops_site.api_fields import iso
from dragops_site.api_roles import HasRole
from dragops_site.errors import BadRequest
from dragops_site.throttle import ApiThrottle

MAX_LIMIT = 100
MAX_OFFSET = 1_000_000


class Answer(Response):
    """A success: `data`, and `meta` about it. A bare one is sent without the envelope."""

    def __init__(
        self,
        data: Any = None,
        *,
        meta: Mapping[str, Any] | None = None,
        status: int = 200,
        bare: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data if bare else _envelope(data, meta), status=status, headers=headers)


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


class Keys(Enum):
    """What the Idempotency-Key of a POST does."""

    OBEYED = auto()  # the answer is kept with what was done, and given again
    SECRET = auto()  # likewise, but the answer holds a secret and is not kept
    OWN = auto()  # the view sees to it
    IGNORED = auto()  # nothing is changed

    @classmethod
    def kept(cls) -> tuple["Keys", ...]:
        return (cls.OBEYED, cls.SECRET)


class ApiView(KnowsItsBody):
    """A view for people who have signed in."""

    permission_classes = [HasRole]
    throttle_classes = [ApiThrottle]
    roles: ClassVar[Mapping[str, Role]] = {}
    keys: ClassVar[Keys] = Keys.OBEYED

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST" and idempotency.HEADER in request.headers and self.keys in Keys.kept():
            # From here on the view's own method is what is called at most once.
            is_secret = self.keys is Keys.SECRET
            vars(self)["post"] = partial(idempotency.answer_once, handler=getattr(self, "post"), is_secret=is_secret)  # noqa: B009

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        allowance = getattr(request, "allowance", None)
        for name, value in allowance.headers.items() if allowance else ():
            answer.headers[name] = value
        return answer


class PublicView(KnowsItsBody):
    """A view for everybody. It looks at no credentials, so that a stale token cannot keep anybody from signing in."""

    permission_classes = []
    authentication_classes = []
    failures: ClassVar[tuple[int, ...]] = ()  # statuses that the document names besides those of every view

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'  # without it DRF would make a 403 of each 401


def read(serializer_class: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """The checked values of a body or a query. Raises DRF's ValidationError."""
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class CursorQuery(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, default=20, help_text=f"At most {MAX_LIMIT}; more counts as that.")
    cursor = serializers.CharField(
        required=False,
        max_length=keyset.LONGEST,
        help_text="`meta.nextCursor` of the page before, in the place of its number or offset: for any depth.",
    )

    def validate_limit(self, limit: int) -> int:
        return min(limit, MAX_LIMIT)


class PageQuery(CursorQuery):
    page = serializers.IntegerField(min_value=1, max_value=MAX_OFFSET, default=1)


class OffsetQuery(CursorQuery):
    offset = serializers.IntegerField(min_value=0, max_value=MAX_OFFSET, default=0)


@dataclass(frozen=True)
class Page:
    """A part of a list, and its meta."""

    rows: list[Any]
    meta: dict[str, Any]


def page_of(rows: "QuerySet[Any]", query: Mapping[str, Any]) -> Page:
    """The part that `page`, or a `cursor`, and `limit` name. The list must be ordered as `keyset` needs it. Only pages
    by number are counted."""
    limit = query["limit"]
    if query.get("cursor"):
        return _part(rows, query, 0, {"limit": limit})
    return _part(rows, query, (query["page"] - 1) * limit, page_meta(query["page"], limit, rows.count()))


def part_of(rows: "QuerySet[Any]", query: Mapping[str, Any], total: Callable[[], int]) -> Page:
    """As `page_of`, where an `offset` takes the place of the page's number."""
    if query.get("cursor"):
        return _part(rows, query, 0, {"limit": query["limit"]})
    meta = {"total": total(), "limit": query["limit"], "offset": query["offset"]}
    return _part(rows, query, query["offset"], meta)


def _part(rows: "QuerySet[Any]", query: Mapping[str, Any], start: int, meta: dict[str, Any]) -> Page:
    limit, cursor = query["limit"], query.get("cursor")
    rest = keyset.after(rows, cursor) if cursor else rows
    found = list(rest[start : start + limit + 1])
    next_cursor = keyset.place_of(rows, found[limit - 1]) if len(found) > limit else None
    return Page(found[:limit], {**meta, "nextCursor": next_cursor})


def page_meta(page: int, limit: int, total: int) -> dict[str, int]:
    return {"page": page, "limit": limit, "total": total, "totalPages": -(-total // limit)}
