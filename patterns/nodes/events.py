"""Events: where a run starts. Each function turns the event's data into the outputs of its node."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from patterns.context import NodeError
from patterns.pins import declared_pins
from patterns.registry import Choices, Interfaces, Pin, PinList, Pins, event
from patterns.types import ConversionError, Object, PinType, String, Value, convert

RESPONSE_MODES = ("immediate", "lastNode", "responseNode")
ResponseMode = Annotated[str, PinType.ENUM, Choices("", *RESPONSE_MODES)]


class WebhookEvent(NamedTuple):
    body: Object
    headers: Object
    query: Object
    method: String
    url: String


@event()
def on_start(event: Value) -> None:
    """Starts when a person presses Run or Execute, or the API does. Needs no deployment."""


@event()
def on_webhook(event: Value, *, webhook_alias: String = "", response_mode: ResponseMode = "") -> WebhookEvent:
    """Starts when a request reaches the pattern's webhook URL.

    Body is the parsed JSON or form, `{}` when the request has none, and text for anything else. Header names are
    lower-case. Response Mode decides the answer: at once, after the last node, or by Respond to Webhook.
    """
    given = event if isinstance(event, Mapping) else {}
    return WebhookEvent(
        body=given.get("body", {}),
        headers=given.get("headers", {}),
        query=given.get("query", {}),
        method=given.get("method", "POST"),
        url=given.get("url", ""),
    )


def _call_pins(properties: Mapping[str, Value], interfaces: Interfaces) -> Pins:
    return Pins(outputs=declared_pins(properties.get("inputs")))


@event(pins=_call_pins)
def on_pattern_call(event: Value, *, inputs: PinList = (), outputs: PinList = ()) -> dict[str, Any]:
    """Starts when another pattern calls this one with Call Pattern.

    Its declared inputs become output pins here; its declared outputs are what Respond With hands back.
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


@event(output="Error")
def on_error(event: Value) -> Object:
    """Runs when an error reaches the top of the pattern; afterwards the run ends as failed.

    Error holds message, type, nodeId and nodeName.
    """
    return dict(event)
