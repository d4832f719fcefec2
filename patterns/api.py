"""The API of patterns and of the node library."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import parse_etags
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from dragops_site import jsontext
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiRequest, ApiView, Keys, part_of, read
from dragops_site.api_fields import iso
from dragops_site.api_schema import BARE, OFFSET_META
from dragops_site.errors import PatternNotFound
from dragops_site.ids import parse_id
from patterns import registry, samples
from patterns.actions import (
    checks,
    clone_pattern,
    create_pattern,
    delete_pattern,
    export_pattern,
    import_pattern,
    save_pattern,
    save_sample,
)
from patterns.actions.check_pattern import called_interfaces
from patterns.connections import missing_connections
from patterns.drafting import examine, legal_wires
from patterns.models import Pattern
from patterns.packs import packs
from patterns.pins import DECLARABLE
from patterns.serializers import (
    DraftGraph,
    LibraryData,
    NewPattern,
    NodeData,
    PackData,
    PatternChange,
    PatternData,
    PatternRow,
    PatternsQuery,
    SampleData,
    SampleQuery,
    SampleRequest,
    Validation,
    validation,
    with_row_fields,
)
from patterns.types import VARIABLE_TYPES

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
        rows = with_row_fields().filter(pk__in=found).defer("graph").order_by(*_order(query))
        part = part_of(rows, query, found.count)
        return Answer(_rows(part.rows, request), meta=part.meta)

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
    def delete(self, request: ApiRequest, pattern_id: str) -> Answer:
        """With its versions and history. 409 CONFLICT while it is deployed or running."""
        delete_pattern(find_pattern(pattern_id), request.user)
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
    keys = Keys.IGNORED

    @extend_schema(summary="Compile the draft", request=DraftGraph, responses=Validation)
    def post(self, request: Request, pattern_id: str) -> Answer:
        """Everything wrong with it, or with the graph that is sent, each with node, pin or wire. Changes nothing."""
        pattern = find_pattern(pattern_id)
        given = read(DraftGraph, request.data)
        graph = checks.graph(given["graph"]) if "graph" in given else pattern.graph
        return Answer(validation(examine(graph, called_interfaces(graph), missing_connections(graph))))


class SampleView(ApiView):
    roles = {"GET": Role.VIEWER, "PUT": Role.EDITOR}

    @extend_schema(summary="The sample event of test runs", parameters=[SampleQuery], responses=SampleData)
    def get(self, request: Request, pattern_id: str) -> Answer:
        """What was saved, or what was captured since; else, or with `source=default`, an event in the shape of the
        trigger."""
        pattern = find_pattern(pattern_id)
        is_default = "source" in read(SampleQuery, request.query_params)
        return Answer(SampleData((samples.default_of if is_default else samples.sample_of)(pattern)).data)

    @extend_schema(summary="Keep a sample event", request=SampleRequest, responses=SampleData)
    def put(self, request: Request, pattern_id: str) -> Answer:
        pattern = find_pattern(pattern_id)
        save_sample(pattern, read(SampleRequest, request.data)["event"])
        return Answer(SampleData(samples.sample_of(pattern)).data)


class NodesView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="The node library", responses=NodeData(many=True))
    def get(self, request: Request) -> Answer:
        return Answer(NodeData(registry.all_types(), many=True).data)


class PacksView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="Packs of nodes", responses=PackData(many=True))
    def get(self, request: Request) -> Answer:
        """Those that are built in: the categories of the library, with the ids of their nodes."""
        return Answer(PackData(packs(), many=True).data)


class LibraryView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="The node library, as an editor needs it", responses=LibraryData)
    def get(self, request: Request) -> Answer | HttpResponse:
        """With the rules of wires. 304 for an If-None-Match that is current."""
        text, tag = _library()
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if _has(request, tag):
            return HttpResponse(status=304, headers=headers)
        return HttpResponse(text, content_type="application/json", headers=headers)


def _has(request: Request, tag: str) -> bool:
    """Whether the client has what the tag stands for. A proxy that compresses makes the tags weak."""
    tags = parse_etags(request.headers.get("If-None-Match", ""))
    return tags == ["*"] or tag in [one.removeprefix("W/") for one in tags]


@cache
def _library() -> tuple[str, str]:
    """The answer and its tag: as long as the process lives there is one library."""
    told = {
        "nodes": registry.all_types(),
        "wires": legal_wires(),
        "variableTypes": sorted(VARIABLE_TYPES),
        "declarableTypes": sorted(DECLARABLE),
    }
    text = jsontext.dumps({"success": True, "data": LibraryData(told).data, "timestamp": iso(timezone.now())})
    without_time = text.rpartition('"timestamp"')[0]
    return text, f'"{sha256(without_time.encode()).hexdigest()[:32]}"'


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


def _rows(patterns: list[Pattern], request: Request) -> Any:
    return PatternRow(patterns, many=True, context={"request": request}).data


def _answer(pattern: Pattern, request: Request, **options: Any) -> Answer:
    if not hasattr(pattern, "version_number"):
        last = pattern.versions.aggregate(last=Max("number"))["last"]
        pattern.version_number = last  # type: ignore[attr-defined]
    return Answer(PatternData(pattern, context={"request": request}).data, **options)
