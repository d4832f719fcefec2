"""The API of versions and of what changed between them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from deployments.models import Deployment, Version
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiView, Keys, read
from dragops_site.api_fields import AnyJSON, JSONObject, Moment
from dragops_site.errors import NotFound
from patterns.actions import checks
from patterns.api import find_pattern
from patterns.differences import differences
from patterns.drafting import examine
from patterns.models import Pattern
from patterns.pins import Interface
from patterns.serializers import PinsData, pins_data

DRAFT, LIVE = "draft", "live"


class ChangesQuery(serializers.Serializer):
    since = serializers.RegexField(r"^(live|draft|[1-9]\d{0,8})$", default=LIVE, help_text="live, draft or a number.")
    to = serializers.RegexField(r"^(live|draft|[1-9]\d{0,8})$", default=DRAFT, help_text="live, draft or a number.")


class GivenGraph(serializers.Serializer):
    graphData = JSONObject(source="graph", help_text="{nodes, edges, variables}")


class Compared(serializers.Serializer):
    number = serializers.IntegerField(allow_null=True, help_text="Of a version; null for a draft, or for nothing.")
    name = serializers.CharField()


class FieldChange(serializers.Serializer):
    name = serializers.CharField()
    before = AnyJSON(allow_null=True)
    after = AnyJSON(allow_null=True)


class NodeName(serializers.Serializer):
    id = serializers.CharField()
    type = serializers.CharField()
    label: Any = serializers.CharField()


class NodeChange(NodeName):
    fields: Any = FieldChange(many=True)


class ChangesData(serializers.Serializer):
    """How two graphs differ in what they do; layout, notes and comments do nothing."""

    isSame = serializers.BooleanField()
    since = Compared()
    to = Compared()
    nodes = JSONObject(
        help_text="{added, removed: [{id, type, label}], changed: [… with fields of name, before, after]}"
    )
    wires = JSONObject(help_text="{added, removed}, each wire with the names of what it joins")
    variables = JSONObject(help_text="{added, removed, changed}")


class VersionGraph(serializers.Serializer):
    number = serializers.IntegerField()
    createdAt = Moment()
    createdBy = serializers.CharField(allow_null=True)
    isLive = serializers.BooleanField()
    graphData = JSONObject()
    pins = serializers.DictField(child=PinsData())


class ChangesView(ApiView):
    roles = {"GET": Role.VIEWER, "POST": Role.VIEWER}
    keys = Keys.IGNORED

    @extend_schema(summary="What changed", parameters=[ChangesQuery], responses=ChangesData)
    def get(self, request: Request, pattern_id: str) -> Answer:
        """From the live version to the draft, or between any two. Where nothing is live, all is added."""
        query, pattern = read(ChangesQuery, request.query_params), find_pattern(pattern_id)
        return _answer(_side(pattern, query["since"]), _side(pattern, query["to"]))

    @extend_schema(summary="What a graph would change", request=GivenGraph, responses=ChangesData)
    def post(self, request: Request, pattern_id: str) -> Answer:
        """From the stored draft to the graph that is sent. Changes nothing."""
        pattern, graph = find_pattern(pattern_id), checks.graph(read(GivenGraph, request.data)["graph"])
        return _answer(_side(pattern, DRAFT), ("What was sent", None, graph))


class VersionView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="A version with its graph", responses=VersionGraph)
    def get(self, request: Request, pattern_id: str, number: int) -> Answer:
        pattern = find_pattern(pattern_id, Pattern.objects.only("id"))
        version = _version(pattern, number)
        interfaces = {key: Interface.from_dict(found) for key, found in version.snapshot.interfaces.items()}
        pins = examine(version.snapshot.graph, interfaces).pins
        return Answer(
            {
                "number": version.number,
                "createdAt": Moment().to_representation(version.created_at),
                "createdBy": version.created_by.email if version.created_by else None,
                "isLive": Deployment.objects.filter(pk=pattern.pk, version=version).exists(),
                "graphData": version.snapshot.graph,
                "pins": {key: pins_data(found) for key, found in pins.items()},
            }
        )


Side = tuple[str, int | None, Any]  # what it is called, its number, its graph


def _side(pattern: Pattern, which: str) -> Side:
    if which == DRAFT:
        return "Draft", None, pattern.graph
    if which == LIVE:
        live = Version.objects.filter(live_in=pattern.pk).select_related("snapshot").first()
        return (f"Version {live.number}", live.number, live.snapshot.graph) if live else ("Nothing", None, None)
    version = _version(pattern, int(which))
    return f"Version {version.number}", version.number, version.snapshot.graph


def _version(pattern: Pattern, number: int) -> Version:
    versions = Version.objects.select_related("snapshot", "created_by")
    version = versions.filter(pattern=pattern, number=number).first()
    if version is None:
        raise NotFound(f"There is no version {number} of this pattern.", code="VERSION_NOT_FOUND")
    return version


def _answer(before: Side, after: Side) -> Answer:
    found = differences(before[2], after[2])
    return Answer(
        {
            "isSame": found.is_same,
            "since": {"name": before[0], "number": before[1]},
            "to": {"name": after[0], "number": after[1]},
            "nodes": found.nodes,
            "wires": found.wires,
            "variables": found.variables,
        }
    )
