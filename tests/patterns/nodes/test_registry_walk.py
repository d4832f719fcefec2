"""What holds for every node of the library."""

import json
from collections import Counter

import pytest

import patterns.nodes  # noqa: F401 (fills the registry)
from patterns import registry
from patterns.types import PinType, convert

LIBRARY = registry.all_types()


def by_type(node_type):
    return node_type.type


@pytest.mark.parametrize("node_type", LIBRARY, ids=by_type)
def test_a_node_explains_itself(node_type):
    assert node_type.help.strip()
    assert node_type.example.text


def test_types_and_labels_are_unique():
    for attribute in ("type", "label"):
        counts = Counter(getattr(node_type, attribute) for node_type in LIBRARY)
        assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("node_type", LIBRARY, ids=by_type)
def test_pin_names_are_unique_and_those_of_their_labels(node_type):
    for pins in (node_type.inputs, node_type.outputs, node_type.properties):
        names = [pin.name for pin in pins]
        assert len(set(names)) == len(names)
        assert names == [registry.camel(pin.label) for pin in pins]


@pytest.mark.parametrize("node_type", LIBRARY, ids=by_type)
def test_a_type_is_its_label_in_pascal_case_except_for_literals(node_type):
    if node_type.category == "Literals":
        assert node_type.type == f"Make{node_type.label}"
    elif node_type.type != "MakeObjectFromKeys":
        assert node_type.type == registry.type_name(node_type.label)


@pytest.mark.parametrize("node_type", LIBRARY, ids=by_type)
def test_defaults_are_values_of_their_pins(node_type):
    for pin in (*node_type.inputs, *node_type.properties):
        json.dumps(pin.default)
        if pin.default is not None and not isinstance(pin.default, tuple):
            assert convert(pin.default, pin.type) == pin.default
        if pin.choices and pin.type is PinType.ENUM:
            assert pin.default is None or pin.default in pin.choices


def test_math_comparison_and_logical_are_complete():
    counts = Counter(node_type.category for node_type in LIBRARY)
    assert (counts["Math"], counts["Comparison"], counts["Logical"], counts["Literals"]) == (23, 10, 5, 9)


PUBLISHED = {
    "MakeArray": ([], ["value"]),
    "GetVariable": (["name"], ["value"]),
    "SetVariable": (["exec", "name", "value"], ["exec", "value"]),
    "IncrementVariable": (["exec", "name", "amount"], ["exec", "newValue"]),
    "AppendToArray": (["exec", "name", "item"], ["exec"]),
    "AppendToString": (["exec", "name", "text"], ["exec"]),
    "Add": (["a", "b"], ["result"]),
    "Power": (["base", "exponent"], ["result"]),
    "AbsoluteValue": (["value"], ["result"]),
    "Clamp": (["value", "min", "max"], ["result"]),
    "Random": (["min", "max"], ["result"]),
    "Equal": (["a", "b"], ["result"]),
    "IsNull": (["value"], ["result"]),
    "Select": (["condition", "ifTrue", "ifFalse"], ["result"]),
    "Coalesce": (["a", "b"], ["result"]),
    "Concat": (["a", "b"], ["result"]),
    "StringLength": (["value"], ["length"]),
    "Split": (["value", "separator"], ["result"]),
    "Join": (["array", "separator"], ["result"]),
    "Replace": (["value", "search", "replacement"], ["result"]),
    "Substring": (["value", "start", "length"], ["result"]),
    "GetProperty": (["object", "key"], ["value"]),
    "SetProperty": (["object", "key", "value"], ["object"]),
    "MergeObjects": (["a", "b", "deep"], ["object"]),
    "Log": (["exec", "message", "level"], ["exec"]),
    "HTTPRequest": (
        ["exec", "url", "method", "headers", "body", "timeoutS"],
        ["exec", "response", "status", "headers", "body"],
    ),
    "RespondToWebhook": (["exec", "statusCode", "headers", "body"], ["exec"]),
    "ParseResponse": (["response", "format"], ["data"]),
    "BuildURL": (["base", "path", "query"], ["url"]),
    "BuildHeaders": (["authorization", "contentType", "extra"], ["headers"]),
    "FormData": (["fields"], ["body", "contentType"]),
    "Now": ([], ["value"]),
    "FormatDate": (["date", "format", "timeZone"], ["result"]),
    "ParseDate": (["text", "format", "timeZone"], ["result"]),
    "AddToDate": (["date", "value", "unit", "timeZone"], ["result"]),
}


@pytest.mark.parametrize(("type_name", "pins"), PUBLISHED.items(), ids=PUBLISHED)
def test_published_nodes_have_exactly_their_pins(type_name, pins):
    node_type = registry.get(type_name)
    assert ([pin.name for pin in node_type.inputs], [pin.name for pin in node_type.outputs]) == pins
