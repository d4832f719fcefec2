"""Patterns and node types as the API shows them, and what it takes."""

from typing import Any

from django.db.models import Max, QuerySet
from rest_framework import serializers

from dragops_site.api import OffsetQuery
from dragops_site.api_fields import AnyJSON, JSONObject, Moment, StrictBoolean, StrictChar, StrictInteger
from patterns.actions import checks
from patterns.drafting import Findings
from patterns.models import Pattern
from patterns.pins import Pin, Pins
from patterns.registry import NodeType
from patterns.rehearsal import is_pinnable

MAX_TAGS_ASKED = 10


def with_row_fields() -> QuerySet[Pattern]:
    """Patterns with all that a row needs, in two queries."""
    return Pattern.objects.annotate(version_number=Max("versions__number")).prefetch_related("tags")


class PatternRow(serializers.ModelSerializer):
    """A pattern in a list: all but its graph."""

    isPublic = serializers.BooleanField(source="is_public")
    isTemplate = serializers.BooleanField(source="is_template")
    tags: Any = serializers.SlugRelatedField("name", many=True, read_only=True)
    versionNumber = serializers.IntegerField(
        source="version_number", allow_null=True, help_text="Of the last deploy; null before the first."
    )
    revision = serializers.IntegerField(help_text="Counts the saves; PATCH names the one it edits.")
    webhookUrl = serializers.SerializerMethodField()
    createdAt = Moment(source="created_at")
    updatedAt = Moment(source="updated_at")

    class Meta:
        model = Pattern
        fields: tuple[str, ...] = (
            *("id", "name", "description", "isPublic", "isTemplate", "tags", "versionNumber", "revision"),
            *("webhookUrl", "createdAt", "updatedAt"),
        )

    def get_webhookUrl(self, pattern: Pattern) -> str:
        return webhook_url(self.context["request"], pattern)


class PatternData(PatternRow):
    graphData = JSONObject(source="graph", help_text="{nodes, edges, variables}")

    class Meta(PatternRow.Meta):
        fields: tuple[str, ...] = (*PatternRow.Meta.fields, "graphData")


def webhook_url(request: Any, pattern: Pattern) -> str:
    return request.build_absolute_uri(f"/webhooks/{pattern.webhook_id}")


class PatternFields(serializers.Serializer):
    description = StrictChar(allow_blank=True, max_length=checks.MAX_DESCRIPTION, required=False)
    isPublic = StrictBoolean(source="is_public", required=False)
    isTemplate = StrictBoolean(source="is_template", required=False)
    tags = serializers.ListField(child=StrictChar(max_length=checks.MAX_TAG), max_length=100, required=False)
    graphData = JSONObject(source="graph", required=False, help_text="{nodes, edges, variables}")


class NewPattern(PatternFields):
    name = StrictChar(max_length=checks.MAX_NAME)


class PatternChange(PatternFields):
    revision = StrictInteger(min_value=1, help_text="The one that the change was made to.")
    name = StrictChar(max_length=checks.MAX_NAME, required=False)


class PatternsQuery(OffsetQuery):
    search = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="In name or description."
    )
    isPublic = serializers.BooleanField(source="is_public", required=False, allow_null=True, default=None)
    isTemplate = serializers.BooleanField(source="is_template", required=False, allow_null=True, default=None)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=checks.MAX_TAG, allow_blank=True),
        required=False,
        max_length=MAX_TAGS_ASKED,
        help_text="Repeatable; a pattern must have all of them.",
    )
    sortBy = serializers.ChoiceField(("name", "createdAt", "updatedAt"), default="updatedAt")
    sortOrder = serializers.ChoiceField(("asc", "desc"), required=False, help_text="asc for names, else desc.")


class SampleQuery(serializers.Serializer):
    source: Any = serializers.ChoiceField(("default",), required=False)


class SampleRequest(serializers.Serializer):
    event = JSONObject(help_text="For a webhook {body, headers, query, method, url}.")


class SampleData(serializers.Serializer):
    event = AnyJSON()
    source: Any = serializers.ChoiceField(("saved", "captured", "default"))
    savedAt = Moment(source="saved_at", allow_null=True)


class RunRequest(serializers.Serializer):
    event = AnyJSON(required=False, help_text="A JSON object; for a webhook {body, headers, query, method, url}.")


class ProblemData(serializers.Serializer):
    code = serializers.CharField()
    severity = serializers.ChoiceField(("error", "warning"))
    message = serializers.CharField()
    nodeId = serializers.CharField(allow_null=True)
    pin = serializers.CharField(allow_null=True)
    edgeId = serializers.CharField(allow_null=True)


class PinData(serializers.Serializer):
    name = serializers.CharField()
    label: Any = serializers.CharField()
    type = serializers.CharField()
    default = AnyJSON(allow_null=True)
    required: Any = serializers.BooleanField()
    choices = serializers.ListField(child=serializers.CharField())
    takes = serializers.ChoiceField(
        ("formula", "template", "text"),
        help_text="How what is typed for it is read: as an expression, as text with {{ }} in it, or as it is.",
    )
    editor = serializers.CharField(help_text="How it is edited, where its type does not tell; else empty.")


class PinsData(serializers.Serializer):
    inputs = PinData(many=True)
    outputs = PinData(many=True)


class DraftGraph(serializers.Serializer):
    graphData = JSONObject(source="graph", required=False, help_text="Without it the saved draft is meant.")


class Validation(serializers.Serializer):
    errors: Any = ProblemData(many=True)
    warnings = ProblemData(many=True)
    pins = serializers.DictField(
        child=PinsData(), help_text="By node id, of nodes whose properties add pins: all their pins."
    )


def validation(findings: Findings) -> dict[str, Any]:
    """What is told of a graph."""
    return {
        "errors": [problem.as_dict() for problem in findings.errors],
        "warnings": [problem.as_dict() for problem in findings.warnings],
        "pins": {key: pins_data(pins) for key, pins in findings.pins.items()},
    }


def pins_data(pins: Pins) -> dict[str, Any]:
    """As PinsData; made by hand, because of thousands of pins its fields would take most of the time of an answer."""
    return {"inputs": [_pin_data(pin) for pin in pins.inputs], "outputs": [_pin_data(pin) for pin in pins.outputs]}


def _pin_data(pin: Pin) -> dict[str, Any]:
    return {
        "name": pin.name,
        "label": pin.label,
        "type": pin.type.value,
        "default": pin.default,
        "required": pin.required,
        "choices": list(pin.choices),
        "takes": pin.takes,
        "editor": pin.editor,
    }


class PropertyData(serializers.Serializer):
    name = serializers.CharField()
    label: Any = serializers.CharField()
    type = serializers.CharField()
    default = AnyJSON(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField())
    editor = serializers.CharField()


class ExitData(serializers.Serializer):
    exit = serializers.CharField()
    outputs = JSONObject()


class ShownData(serializers.Serializer):
    outputs = JSONObject(help_text="By pin name.")
    exits = ExitData(many=True, help_text="In the order in which they are taken.")
    after = JSONObject(help_text="What is left behind: log, variables, state, error, result, response, waits, passes.")
    isSample = serializers.BooleanField(help_text="The values differ from run to run.")


class ExampleData(serializers.Serializer):
    text = serializers.CharField(help_text="As people read it.")
    context: Any = JSONObject(
        help_text="What the run has: variables, environment, secrets, trigger, state and the like."
    )
    given = JSONObject(help_text="Values by the names of pins and properties.")
    shown = ShownData()


class NodeTypeData(serializers.Serializer):
    id = serializers.CharField(source="type")
    label: Any = serializers.CharField()
    category = serializers.CharField()
    description = serializers.CharField(source="help")
    kind = serializers.CharField()
    isPure = serializers.BooleanField(source="is_pure")
    inputs = PinData(many=True)
    outputs = PinData(many=True)
    properties = PropertyData(many=True)
    hasPinRule = serializers.SerializerMethodField(help_text="Its properties add pins; validate tells which.")
    isPinnable = serializers.SerializerMethodField(help_text="Test runs may be given its outputs.")

    def get_hasPinRule(self, node_type: NodeType) -> bool:
        return node_type.pin_rule is not None

    def get_isPinnable(self, node_type: NodeType) -> bool:
        return is_pinnable(node_type)


class NodeData(NodeTypeData):
    example = ExampleData(source="example.as_dict")


class ToldNodeType(NodeTypeData):
    example = serializers.CharField(source="example_text", help_text="As people read it.")


class LibraryData(serializers.Serializer):
    nodes = ToldNodeType(many=True)
    wires = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="For each type of an output, the types of inputs that a wire may lead to.",
    )
    variableTypes = serializers.ListField(child=serializers.CharField())
    declarableTypes = serializers.ListField(child=serializers.CharField())


class PackData(serializers.Serializer):
    """Nodes that come together."""

    id = serializers.CharField()
    name = serializers.CharField()
    isBuiltIn = serializers.BooleanField(source="is_built_in")
    nodeCount = serializers.IntegerField(source="node_count")
    nodes = serializers.ListField(child=serializers.CharField(), help_text="Their ids, as /api/nodes has them.")
