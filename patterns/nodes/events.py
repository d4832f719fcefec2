"""Events: where a run starts. Each function turns the event's data into the outputs of its node."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from patterns.context import NodeError
from patterns.cron import check_cron, find_zone
from patterns.pins import declared_pins
from patterns.registry import Choices, Editor, Interfaces, PatternIds, Pin, PinList, Pins, Rule, event
from patterns.types import ConversionError, DateTime, Object, PinType, String, Value, convert

RESPONSE_MODES = ("immediate", "lastNode", "responseNode")
OVERLAPS = ("allow", "skip")
Cron = Annotated[str, PinType.STRING, Editor("cron"), Rule(check_cron)]
Zone = Annotated[str, PinType.STRING, Editor("timeZone"), Rule(find_zone)]
Overlap = Annotated[str, PinType.ENUM, Choices(*OVERLAPS)]
ResponseMode = Annotated[str, PinType.ENUM, Choices("", *RESPONSE_MODES)]


MAX_PATTERNS = 200


def _check_ids(given: Any) -> None:
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise ValueError("it must be a list of the ids of patterns")
    if len(given) > MAX_PATTERNS:
        raise ValueError(f"it names {len(given)} patterns; the limit is {MAX_PATTERNS}")


class WebhookEvent(NamedTuple):
    body: Object
    headers: Object
    query: Object
    method: String
    url: String


@event()
def on_start(event: Value) -> None:
    """Starts when a person presses Run or Execute, or the API does. Needs no deployment.

    Example: → nothing
    """


@event()
def on_webhook(event: Value, *, webhook_alias: String = "", response_mode: ResponseMode = "") -> WebhookEvent:
    """Starts when a request reaches the pattern's webhook URL.

    Body is the parsed JSON or form, `{}` when the request has none, and text for anything else. Header names are
    lower-case. Response Mode decides the answer: at once, after the last node, or by Respond to Webhook.

    Example: trigger {"body": {"id": 7}, "query": {"dry": "1"}, "method": "POST"};
        → Body {"id": 7}, Query {"dry": "1"}, Method "POST"
    """
    given = event if isinstance(event, Mapping) else {}
    return WebhookEvent(
        body=given.get("body", {}),
        headers=given.get("headers", {}),
        query=given.get("query", {}),
        method=given.get("method", "POST"),
        url=given.get("url", ""),
    )


@event(output="Timestamp")
def on_schedule(event: Value, *, schedule: Cron = "", time_zone: Zone = "UTC", overlap: Overlap = "allow") -> DateTime:
    """Starts whenever its Schedule is due: five fields for minute, hour, day of month, month and day of week.

    `0 9 * * MON-FRI` is nine o'clock on working days, `*/15 * * * *` every quarter of an hour. Time Zone says whose
    clock that is. Overlap: skip leaves out what comes due while the last run has not ended. Timestamp is when the run
    was due; of a run started by hand, what its event says.

    Example: trigger {"timestamp": "2026-07-01T09:00:00Z"}; Schedule "0 9 * * MON-FRI" → "2026-07-01T09:00:00Z"
    """
    given = event.get("timestamp") if isinstance(event, Mapping) else None
    timestamp: Any = None if given is None else convert(given, PinType.DATETIME)
    return timestamp


def _call_pins(properties: Mapping[str, Value], interfaces: Interfaces) -> Pins:
    return Pins(outputs=declared_pins(properties.get("inputs")))


@event(pins=_call_pins)
def on_pattern_call(event: Value, *, inputs: PinList = (), outputs: PinList = ()) -> dict[str, Any]:
    """Starts when another pattern calls this one with Call Pattern.

    Its declared inputs become output pins here; its declared outputs are what Respond With hands back.

    Example: trigger {"orderId": 7}; Inputs ["orderId"] → orderId 7
    """
    given = event if isinstance(event, Mapping) else {}
    return {pin.name: _argument(pin, given) for pin in declared_pins(inputs)}


def _argument(pin: Pin, given: Mapping[str, Value]) -> Value:
    value = given.get(pin.name, given.get(pin.label))
    if value is None:
        if pin.required:
            raise NodeError(f"The input “{pin.label}” is required and was not given.", "MissingInput")
        return pin.default
    try:
        return convert(value, pin.type)
    except ConversionError as error:
        raise NodeError(f"Input “{pin.label}”: {error}", "ConversionError") from None


class FailureEvent(NamedTuple):
    execution: Object
    error: Object


@event()
def on_execution_failed(event: Value, *, patterns: Annotated[PatternIds, Rule(_check_ids)] = ()) -> FailureEvent:
    """Starts when a live run of another pattern has failed, timed out or become a dead letter.

    Patterns are those to listen to; without any, all others. Execution holds id, patternId, patternName, version,
    status, triggeredBy, startedAt, endedAt, attempt and url; Error holds type, message, nodeId and nodeName. What such
    a run fails itself starts nothing.

    Example: trigger {"execution": {"patternName": "Order intake"}, "error": {"message": "no such order"}};
        → Execution {"patternName": "Order intake"}, Error {"message": "no such order"}
    """
    given = event if isinstance(event, Mapping) else {}
    return FailureEvent(execution=given.get("execution", {}), error=given.get("error", {}))


@event(output="Error")
def on_error(event: Value) -> Object:
    """Runs when an error reaches the top of the pattern; afterwards the run ends as failed.

    Error holds message, type, nodeId and nodeName.

    Example: trigger {"message": "no such order", "type": "NotFound"};
        → Error {"message": "no such order", "type": "NotFound", "nodeId": "n2", "nodeName": "Find Order"}
    """
    return dict(event)
