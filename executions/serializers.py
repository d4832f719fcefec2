"""Runs and their logs as the API shows them, and what it takes."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, TextField, Window
from django.db.models.functions import Length, RowNumber, Substr
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dragops_site import jsontext
from dragops_site.api import PageQuery
from dragops_site.api_fields import AnyJSON, Moment, StrictBoolean, iso, milliseconds
from executions import waiting
from executions.history import Filters
from executions.history_query import MOST_MS
from executions.masking import masked_value
from executions.matching import Match, NoCondition, parse
from executions.models import Execution, LogEntry
from executions.status import Mode, Status, Trigger, Wait

# Of a run in a list: so many entries from so many first steps, their texts this long.
LISTED_ENTRIES, LISTED_STEPS, LISTED_MESSAGE = 20, 500, 500
SHOWN_ENTRIES = 1_000
CUT_START = 500
FILTERS = (
    *("trigger", "mode", "version", "since", "until", "min_ms", "max_ms"),
    *("q", "matches", "error_type", "error_node"),
)

ALIASES: dict[str, tuple[Status, ...]] = {
    "success": (Status.COMPLETED,),
    "failure": (Status.FAILED, Status.TIMEOUT),
    **{status.value: (status,) for status in Status},
}


@extend_schema_field(OpenApiTypes.STR)
class Condition(serializers.Field):
    """A value at a path of event, result or error; see `executions.matching`."""

    def to_internal_value(self, data: Any) -> Match:
        try:
            return parse(str(data))
        except NoCondition as error:
            raise serializers.ValidationError(f"This {error}.") from None

    def to_representation(self, value: Match) -> str:
        return value.text


class RunsFilter(serializers.Serializer):
    status = serializers.ListField(
        child=serializers.ChoiceField(list(ALIASES)),
        required=False,
        max_length=20,
        help_text="Repeatable. success is completed; failure is failed or timeout.",
    )
    triggeredBy = serializers.ChoiceField([t.value for t in Trigger], source="trigger", required=False)
    mode = serializers.ChoiceField([m.value for m in Mode], required=False)
    since = serializers.DateTimeField(required=False, help_text="Accepted at this time or later.")
    until = serializers.DateTimeField(required=False, help_text="Accepted at this time or earlier.")
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1, help_text="Its number.")
    minDurationMs = serializers.IntegerField(source="min_ms", required=False, min_value=0, max_value=MOST_MS)
    maxDurationMs = serializers.IntegerField(source="max_ms", required=False, min_value=0, max_value=MOST_MS)
    q = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="Text in event, result or error; secrets are not found.",
    )
    match = serializers.ListField(
        child=Condition(),
        source="matches",
        required=False,
        max_length=10,
        help_text='Repeatable, and all hold. A value at a path: `event.body.id = 7`, `error.type = "Http"`.',
    )
    errorType = serializers.CharField(
        source="error_type", required=False, allow_blank=True, max_length=200, help_text="The error's type, exactly."
    )
    errorNode = serializers.CharField(
        source="error_node", required=False, allow_blank=True, max_length=200, help_text="The id of the failing node."
    )

    def to_internal_value(self, data: Any) -> Any:
        found = super().to_internal_value(data)
        return {**found, "matches": tuple(found["matches"])} if "matches" in found else found


class RunsQuery(RunsFilter, PageQuery):
    patternId = serializers.UUIDField(source="pattern_id", required=False, help_text="Runs of one pattern.")
    cursor = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="`meta.nextCursor` of the page before, for any depth.",
    )


def filters(query: dict[str, Any], pattern_id: UUID | None = None) -> Filters:
    statuses = {status for word in query.get("status", ()) for status in ALIASES[word]}
    return Filters(
        pattern_id=pattern_id or query.get("pattern_id"),
        statuses=tuple(sorted(statuses)),
        **{name: query[name] for name in FILTERS if name in query},
    )


class ErrorsQuery(RunsFilter):
    patternId = serializers.UUIDField(source="pattern_id", required=False, help_text="Runs of one pattern.")


class ErrorGroupData(serializers.Serializer):
    """Failures of one kind; `message` is that of the newest."""

    patternId = serializers.CharField(source="pattern_id")
    patternName = serializers.CharField(source="pattern_name")
    errorType = serializers.CharField(source="error_type")
    nodeId = serializers.CharField(source="node_id")
    nodeName = serializers.CharField(source="node_name")
    message = serializers.CharField()
    count = serializers.IntegerField()
    firstAt = Moment(source="first_at")
    lastAt = Moment(source="last_at")
    lastRunId = serializers.CharField(source="last_id")


class LogOutput(serializers.Serializer):
    seq = serializers.IntegerField()
    timestamp = Moment(source="at")
    nodeId = serializers.CharField(source="node_id")
    nodeName = serializers.CharField(source="node_name")
    level = serializers.CharField()
    message = serializers.CharField()


class RunError(serializers.Serializer):
    type = serializers.CharField()
    message = serializers.CharField()
    nodeId = serializers.CharField(allow_null=True)
    nodeName = serializers.CharField(allow_null=True)


class MaskedJSON(AnyJSON):
    """Any JSON value, with the secrets of this server masked."""

    def to_representation(self, value: Any) -> Any:
        return masked_value(value)


class RunRow(serializers.Serializer):
    """A run in a list. Long events are cut there and say so: {"$cut": {type, size, start}}."""

    id = serializers.CharField()
    deploymentId = serializers.SerializerMethodField(help_text="Null in test mode.")
    patternId = serializers.CharField(source="pattern_id")
    patternName = serializers.CharField(source="pattern.name")
    versionNumber = serializers.IntegerField(source="version_number", allow_null=True)
    mode = serializers.ChoiceField([m.value for m in Mode])
    triggeredBy = serializers.ChoiceField([t.value for t in Trigger], source="trigger")
    status = serializers.ChoiceField([s.value for s in Status])
    createdAt = Moment(source="created_at")
    startedAt = Moment(source="started_at", allow_null=True)
    completedAt = Moment(source="ended_at", allow_null=True)
    durationMs = serializers.SerializerMethodField()
    attempt = serializers.IntegerField()
    eventData = MaskedJSON(source="event")
    logOutput = LogOutput(many=True, help_text="What Log nodes and failures said.")
    errorMessage = serializers.SerializerMethodField()

    def get_deploymentId(self, run: Execution) -> str | None:
        return str(run.pattern_id) if run.mode == Mode.LIVE else None

    def get_durationMs(self, run: Execution) -> float | None:
        return milliseconds(run.duration)

    def get_errorMessage(self, run: Execution) -> str | None:
        return run.error_message or None


class RunData(RunRow):
    waitsFor = serializers.SerializerMethodField(help_text="What it waits for while it is queued.")
    readyAt = serializers.SerializerMethodField(help_text="When it goes on by itself, where that is known.")
    rerunOf = serializers.CharField(source="rerun_of_id", allow_null=True)
    result = MaskedJSON(allow_null=True)
    error = RunError(allow_null=True)
    parentId = serializers.CharField(source="parent_id", allow_null=True)
    rootId = serializers.CharField(source="root_id", allow_null=True)
    timeLimitS = serializers.IntegerField(source="time_limit_s")

    @extend_schema_field(serializers.ChoiceField([*(wait.value for wait in Wait), "worker"], allow_null=True))
    def get_waitsFor(self, run: Execution) -> str | None:
        waits = waiting.of(run)
        return waits.word if waits else None

    @extend_schema_field(Moment(allow_null=True))
    def get_readyAt(self, run: Execution) -> str | None:
        waits = waiting.of(run)
        return _time(waits.until) if waits else None


class TreeNode(serializers.Serializer):
    """A run of a call tree; `children` are of the same kind."""

    id = serializers.CharField()
    patternId = serializers.CharField()
    patternName = serializers.CharField()
    status = serializers.CharField()
    startedAt = serializers.CharField(allow_null=True)
    completedAt = serializers.CharField(allow_null=True)
    durationMs = serializers.FloatField(allow_null=True)
    children = serializers.ListField(child=AnyJSON())


class RetryRequest(serializers.Serializer):
    anew = StrictBoolean(default=False, help_text="From the start, instead of at the step that failed.")


class LogQuery(serializers.Serializer):
    after = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0, help_text="A sequence number.")
    limit = serializers.IntegerField(min_value=1, default=200, help_text="At most 1000; more counts as that.")

    def validate_limit(self, limit: int) -> int:
        return min(limit, 1_000)


class LogEntryData(LogOutput):
    inputs = serializers.SerializerMethodField()
    output = serializers.SerializerMethodField()
    durationMs = serializers.SerializerMethodField()
    attempt = serializers.IntegerField()
    isVoid = serializers.BooleanField(source="is_void", help_text="A later attempt does this step again.")
    errorType = serializers.SerializerMethodField()

    def get_inputs(self, entry: LogEntry) -> dict[str, Any]:
        return _values(entry.inputs)

    def get_output(self, entry: LogEntry) -> dict[str, Any]:
        return _values(entry.output)

    def get_durationMs(self, entry: LogEntry) -> float | None:
        return None if entry.duration_us is None else entry.duration_us / 1000

    def get_errorType(self, entry: LogEntry) -> str | None:
        return entry.error_type or None


def _values(text: str) -> dict[str, Any]:
    return jsontext.loads(text) if text else {}


def run_rows(runs: Iterable[Execution]) -> Any:
    """A page of runs in two queries, whatever their events and logs hold."""
    runs = list(runs)
    said, events = _said_by(runs), _events_of(runs)
    for run in runs:
        run.event = events.get(run.pk)
        run.logOutput = said[run.pk]  # type: ignore[attr-defined]
    return RunRow(runs, many=True).data


def run_data(run: Execution) -> Any:
    said = _speaking(LogEntry.objects.filter(execution=run)).order_by("seq")
    run.logOutput = list(said[:SHOWN_ENTRIES])  # type: ignore[attr-defined]
    return RunData(run).data


def _speaking(entries: Any) -> Any:
    """All but plain steps, which say nothing."""
    return entries.exclude(level="info", message="").defer("inputs", "output", "outcome")


def _said_by(runs: list[Execution]) -> dict[UUID, list[LogEntry]]:
    early = LogEntry.objects.filter(execution__in=runs, seq__lte=LISTED_STEPS)
    numbered = _speaking(early).annotate(
        place=Window(RowNumber(), partition_by=F("execution_id"), order_by=F("seq").asc()),
        said=Substr("message", 1, LISTED_MESSAGE),
    )
    found = defaultdict(list)
    for entry in numbered.filter(place__lte=LISTED_ENTRIES).defer("message").order_by("execution_id", "seq"):
        entry.message = entry.said
        found[entry.execution_id].append(entry)
    return found


def _events_of(runs: list[Execution]) -> dict[UUID, Any]:
    """The events, the beginning alone of those that are longer than a value in the log may be."""
    limit = settings.EXECUTIONS["VALUE_BYTES"]
    rows = Execution.objects.filter(pk__in=[run.pk for run in runs]).annotate(
        size=Length("event"), start=Substr("event", 1, limit, output_field=TextField())
    )
    return {key: listed_event(size, start, limit) for key, size, start in rows.values_list("id", "size", "start")}


def listed_event(size: int | None, start: str | None, limit: int) -> Any:
    """An event of which the first `limit` characters were read; where there are more, what it is."""
    if size is None or start is None:
        return None
    if size > limit:
        return {"$cut": {"type": "Object", "size": size, "start": start[:CUT_START]}}
    return jsontext.loads(start)


def tree(members: list[Execution], top: UUID) -> dict[str, Any]:
    """The members, each under the run that called it."""
    nodes = {run.pk: _tree_node(run) for run in members}
    for run in members:
        if run.pk != top and run.parent_id in nodes:
            nodes[run.parent_id]["children"].append(nodes[run.pk])
    return nodes[top]


def _tree_node(run: Execution) -> dict[str, Any]:
    return {
        "id": str(run.pk),
        "patternId": str(run.pattern_id),
        "patternName": run.pattern.name,
        "status": run.status,
        "startedAt": _time(run.started_at),
        "completedAt": _time(run.ended_at),
        "durationMs": milliseconds(run.duration),
        "children": [],
    }


def _time(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None
