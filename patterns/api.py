"""The API of patterns and of the node library."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Max, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from dragops_site import jsontext
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiRequest, ApiView, read
from dragops_site.api_schema import BARE, OFFSET_META
from dragops_site.errors import PatternNotFound
from dragops_site.ids import parse_id
from patterns import registry
from patterns.actions import (
    check_pattern,
    clone_pattern,
    create_pattern,
    delete_pattern,
    export_pattern,
    import_pattern,
    save_pattern,
)
from patterns.graph import Severity
from patterns.models import Pattern
from patterns.serializers import (
    NewPattern,
    NodeData,
    PatternChange,
    PatternData,
    PatternRow,
    PatternsQuery,
    Validation,
    with_row_fields,
)

COLUMNS = {"name": "name", "createdAt": "created_at", "updatedAt": "updated_at"}


def find_pattern(pattern_id: str, patterns: QuerySet[Pattern] | None = None) -> Pattern:
    """The pattern of an address, which may hold anything. Raises PatternNotFound."""
    key = parse_id(pattern_id)
    rows = Pattern.objects.all() if patterns is None else patterns
    pattern = rows.filter(pk=key).first() if key else None
    if pattern is None:
        raise PatternNotFound(jsontext.clean(pattern_id)[:100])
    return pattern


class PatternsView(ApiView):
    roles = {"GET": Role.VIEWER, "POST": Role.EDITOR}

    @extend_schema(
        summary="Patterns", parameters=[PatternsQuery], responses=PatternRow(many=True), extensions=OFFSET_META
    )
    def get(self, request: Request) -> Answer:
        query = read(PatternsQuery, request.query_params)
        found = _search(query)
        start, limit = query["offset"], query["limit"]
        rows = with_row_fields().filter(pk__in=found).defer("graph").order_by(*_order(query))
        meta = {"total": found.count(), "limit": limit, "offset": start}
        return Answer(_rows(rows[start : start + limit], request), meta=meta)

    @extend_schema(summary="Create a pattern", request=NewPattern, responses={201: PatternData})
    def post(self, request: ApiRequest) -> Answer:
        given = read(NewPattern, request.data)
        pattern = create_pattern(request.user, given.pop("name"), **given)
        return _answer(pattern, request, status=201)


class PatternView(ApiView):
    roles = {"GET": Role.VIEWER, "PATCH": Role.EDITOR, "DELETE": Role.EDITOR}

    @extend_schema(summary="A pattern", responses=PatternData, extensions=BARE)
    def get(self, request: Request, pattern_id: str) -> Answer:
        """Answers with the pattern itself, without an envelope."""
        return _answer(find_pattern(pattern_id, with_row_fields()), request, bare=True)

    @extend_schema(summary="Change a pattern", request=PatternChange, responses=PatternData)
    def patch(self, request: Request, pattern_id: str) -> Answer:
        """409 CONFLICT when somebody saved since the revision that is named."""
        key = find_pattern(pattern_id, Pattern.objects.only("id")).pk
        changes = read(PatternChange, request.data)
        return _answer(save_pattern(key, changes.pop("revision"), **changes), request)

    @extend_schema(summary="Delete a pattern", responses={204: None})
    def delete(self, request: Request, pattern_id: str) -> Answer:
        """With its versions and history. 409 CONFLICT while it is deployed or running."""
        delete_pattern(find_pattern(pattern_id))
        return Answer(bare=True, status=204)


class CloneView(ApiView):
    roles = {"POST": Role.EDITOR}

    @extend_schema(summary="Copy a pattern", request=None, responses={201: PatternData})
    def post(self, request: ApiRequest, pattern_id: str) -> Answer:
        return _answer(clone_pattern(find_pattern(pattern_id), request.user), request, status=201)


class ExportView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="A pattern as a document", responses={200: {"type": "object"}})
    def get(self, request: Request, pattern_id: str) -> Answer:
        """`data` is what POST /api/patterns/import takes, here or elsewhere."""
        return Answer(export_pattern(find_pattern(pattern_id)))


class ImportView(ApiView):
    roles = {"POST": Role.EDITOR}

    @extend_schema(
        summary="Import a pattern", request={"application/json": {"type": "object"}}, responses={201: PatternData}
    )
    def post(self, request: ApiRequest) -> Answer:
        """Takes an exported document, or a whole answer to an export. The import is a draft."""
        given = request.data
        document = given.get("data") if isinstance(given, dict) and "success" in given else given
        return _answer(import_pattern(document, request.user), request, status=201)


class ValidateView(ApiView):
    roles = {"POST": Role.VIEWER}

    @extend_schema(summary="Compile the draft", request=None, responses=Validation)
    def post(self, request: Request, pattern_id: str) -> Answer:
        """Everything wrong with it, each with node, pin or wire. Changes nothing."""
        problems = check_pattern(find_pattern(pattern_id))
        errors = [p.as_dict() for p in problems if p.severity is Severity.ERROR]
        warnings = [p.as_dict() for p in problems if p.severity is Severity.WARNING]
        return Answer({"errors": errors, "warnings": warnings})


class NodesView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="The node library", responses=NodeData(many=True))
    def get(self, request: Request) -> Answer:
        return Answer(NodeData(registry.all_types(), many=True).data)


def _search(query: Mapping[str, Any]) -> QuerySet[Pattern]:
    found = Pattern.objects.all()
    if text := query.get("search"):
        found = found.filter(Q(name__icontains=text) | Q(description__icontains=text))
    for flag in ("is_public", "is_template"):
        if query[flag] is not None:
            found = found.filter(**{flag: query[flag]})
    for tag in filter(None, query.get("tags", ())):
        found = found.filter(tags__name=tag)
    return found


def _order(query: Mapping[str, Any]) -> tuple[str, str]:
    column = COLUMNS[query["sortBy"]]
    order = query.get("sortOrder") or ("asc" if column == "name" else "desc")
    sign = "-" if order == "desc" else ""
    return sign + column, sign + "id"


def _rows(patterns: QuerySet[Pattern], request: Request) -> Any:
    return PatternRow(patterns, many=True, context={"request": request}).data


def _answer(pattern: Pattern, request: Request, **options: Any) -> Answer:
    if not hasattr(pattern, "version_number"):
        last = pattern.versions.aggregate(last=Max("number"))["last"]
        pattern.version_number = last  # type: ignore[attr-defined]
    return Answer(PatternData(pattern, context={"request": request}).data, **options)
