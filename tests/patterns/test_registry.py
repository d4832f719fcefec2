"""How a Python function becomes a node type, and the published names of the events and flow nodes."""

import pytest

import patterns.nodes  # noqa: F401 (fills the registry)
from patterns import registry
from patterns.names import camel, title, type_name
from patterns.registry import Kind, UnknownNode
from patterns.types import PinType

PUBLISHED = {
    "OnStart": ([], ["exec"]),
    "OnWebhook": ([], ["exec", "body:Object", "headers:Object", "query:Object", "method:String", "url:String"]),
    "OnError": ([], ["exec", "error:Object"]),
    "OnPatternCall": ([], ["exec"]),
    "Branch": (["exec", "condition:Boolean"], ["true", "false"]),
    "Switch": (["exec", "value:Any"], ["case0", "case1", "case2", "default"]),
    "Sequence": (["exec"], ["then0", "then1"]),
    "ForEach": (["exec", "collection:Array"], ["body", "completed", "item:Any", "index:Integer"]),
    "ForRange": (
        ["exec", "start:Integer=0", "end:Integer", "step:Integer=1"],
        ["body", "completed", "index:Integer"],
    ),
    "While": (["exec", "condition:Boolean"], ["body", "completed"]),
    "Break": (["exec"], []),
    "Continue": (["exec"], []),
    "FilterGuard": (["exec", "condition:Boolean"], ["pass"]),
    "TryCatch": (["exec"], ["try", "catch", "finally", "error:Object"]),
    "ThrowError": (["exec", "message:String", "type:String=Error", "retryable:Boolean=False"], []),
    "Stop": (["exec", "result:Any=None"], []),
    "RespondWith": (["exec"], []),
}


def drawn(pin):
    if pin.type is PinType.EXEC:
        return pin.name
    return f"{pin.name}:{pin.type}" + (
        "" if pin.required or (pin.default is None and pin.name != "result") else f"={pin.default}"
    )


@pytest.mark.parametrize("name", PUBLISHED)
def test_event_and_flow_nodes_have_the_published_pins(name):
    node_type = registry.get(name)
    pins = node_type.pins({}, {})
    inputs, outputs = PUBLISHED[name]
    assert [drawn(pin) for pin in pins.inputs] == inputs
    assert [drawn(pin).removesuffix("=None") for pin in pins.outputs] == outputs


def test_events_have_no_exec_input_and_pure_nodes_no_exec_pin_at_all():
    for node_type in registry.all_types():
        execs = [pin for pin in (*node_type.inputs, *node_type.outputs) if pin.type is PinType.EXEC]
        if node_type.is_pure:
            assert not execs, node_type.type
        if node_type.kind is Kind.EVENT:
            assert not node_type.inputs, node_type.type


def test_unknown_node_is_refused_by_name():
    with pytest.raises(UnknownNode, match="Teleport"):
        registry.get("Teleport")


def test_second_node_type_of_one_name_is_refused():
    with pytest.raises(ValueError, match="two node types are named OnStart"):

        @registry.pure("Events")
        def on_start() -> None:
            """A second one."""


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("if_true", "If True"),
        ("timeout_s", "Timeout (s)"),
        ("less_or_equal", "Less or Equal"),
        ("url", "URL"),
        ("while_", "While"),
    ],
)
def test_python_name_becomes_a_label(name, label):
    assert title(name) == label


@pytest.mark.parametrize(
    ("label", "pin"), [("If True", "ifTrue"), ("Case 0", "case0"), ("Timeout (s)", "timeoutS"), ("URL", "url")]
)
def test_label_becomes_the_name_of_a_pin(label, pin):
    assert camel(label) == pin


@pytest.mark.parametrize(
    ("label", "name"),
    [("HTTP Request", "HTTPRequest"), ("Try / Catch", "TryCatch"), ("Respond to Webhook", "RespondToWebhook")],
)
def test_label_becomes_the_name_of_a_node_type(label, name):
    assert type_name(label) == name
