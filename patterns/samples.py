"""A sample event for a graph's trigger: what Run and Execute are pre-filled with."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from patterns.graph import Node, parse
from patterns.pins import declared_pins
from patterns.types import PinType, Value, iso

if TYPE_CHECKING:
    from patterns.models import Pattern

_SAMPLE_VALUES: dict[PinType, Value] = {
    PinType.STRING: "",
    PinType.INTEGER: 0,
    PinType.FLOAT: 0,
    PinType.BOOLEAN: False,
    PinType.OBJECT: {},
    PinType.ARRAY: [],
    PinType.DATETIME: "2026-01-31T12:00:00Z",
}


@dataclass(frozen=True)
class Sample:
    event: Value
    source: str  # saved, captured or default
    saved_at: datetime | None = None


def sample_of(pattern: "Pattern") -> Sample:
    """What a test run is offered: the event that was saved or the request that was captured, whichever came later."""
    captured = pattern.captured_requests.first()
    if captured and (pattern.sample_saved_at is None or captured.received_at > pattern.sample_saved_at):
        return Sample(captured.event, "captured", captured.received_at)
    if pattern.sample is not None:
        return Sample(pattern.sample, "saved", pattern.sample_saved_at)
    return default_of(pattern)


def default_of(pattern: "Pattern") -> Sample:
    """An event in the shape of the trigger, whatever was saved or captured."""
    return Sample(sample_event(pattern.graph), "default")


def trigger_of(graph: Any) -> Node | None:
    """The node that starts the graph, if it has one; On Error is none."""
    nodes = parse(graph)[0].nodes.values()
    return next((node for node in nodes if node.type in _SAMPLES), None)


def sample_event(graph: Any) -> dict[str, Value]:
    """The `sampleEvent` in the data of the graph's trigger; where it has none, an event in the shape of its type."""
    trigger = trigger_of(graph)
    if trigger is None:
        return {}
    return _stored(graph, trigger) or _SAMPLES[trigger.type](trigger)


def _stored(graph: Any, trigger: Node) -> dict[str, Value]:
    data = next(item.get("data") for item in graph["nodes"] if isinstance(item, dict) and item.get("id") == trigger.id)
    found = data.get("sampleEvent") if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _webhook(trigger: Node) -> dict[str, Value]:
    return {"body": {}, "headers": {"content-type": "application/json"}, "query": {}, "method": "POST", "url": ""}


def _call(trigger: Node) -> dict[str, Value]:
    try:
        pins = declared_pins(trigger.properties.get("inputs"))
    except ValueError:
        return {}
    return {pin.name: _SAMPLE_VALUES.get(pin.type) if pin.default is None else pin.default for pin in pins}


def _schedule(trigger: Node) -> dict[str, Value]:
    return {"timestamp": iso(datetime.now(UTC))}


def _failure(trigger: Node) -> dict[str, Value]:
    now = iso(datetime.now(UTC))
    execution = {"id": "", "patternId": "", "patternName": "Orders", "version": 1, "status": "failed"}
    execution |= {"triggeredBy": "webhook", "startedAt": now, "endedAt": now, "attempt": 1, "url": ""}
    error = {"type": "Error", "message": "Something went wrong.", "nodeId": "", "nodeName": ""}
    return {"execution": execution, "error": error}


def _nothing(trigger: Node) -> dict[str, Value]:
    return {}


_SAMPLES = {
    "OnStart": _nothing,
    "OnWebhook": _webhook,
    "OnSchedule": _schedule,
    "OnPatternCall": _call,
    "OnExecutionFailed": _failure,
}
