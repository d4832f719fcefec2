"""How the example of a docstring is read."""

import pytest

from patterns.examples import ExampleError, Exit, read, split_help
from patterns.pins import Pin
from patterns.registry import Kind, NodeType
from patterns.types import PinType

RESULT = Pin("result", "Result", PinType.ANY)
VALUE = Pin("timeoutS", "Timeout (s)", PinType.ANY)
EXITS = (
    Pin("body", "Body", PinType.EXEC),
    Pin("timedOut", "Timed Out", PinType.EXEC),
    Pin("item", "Item", PinType.ANY),
)


def pure(example, outputs=(RESULT,)):
    return read(NodeType("T", "T", "C", Kind.FUNCTION, "", print, (VALUE,), outputs, example_text=example))


def flow(example, **flags):
    return read(NodeType("T", "T", "C", Kind.FLOW, "", print, (VALUE,), EXITS, example_text=example, **flags))


def test_help_and_example_are_parted_and_the_lines_of_the_example_joined():
    assert split_help('Adds.\n\nMore\nof it.\n\nExample: A "x  y"\n    → 5') == ("Adds.\n\nMore of it.", 'A "x  y" → 5')
    assert split_help("Says Example: no.") == ("Says Example: no.", "")


@pytest.mark.parametrize(
    ("text", "given", "outputs"),
    [
        ("Timeout (s) 2 → 5", {"timeoutS": 2}, {"result": 5}),
        ("→ null", {}, {"result": None}),
        ('Timeout (s) "a, b; → (c" → ["→", {"a": 1}]', {"timeoutS": "a, b; → (c"}, {"result": ["→", {"a": 1}]}),
        (r'Timeout (s) "a\"\n" → "\\"', {"timeoutS": 'a"\n'}, {"result": "\\"}),
        ("Timeout (s) [1, [2]] → Result 1", {"timeoutS": [1, [2]]}, {"result": 1}),
        ("→ nothing", {}, {}),
    ],
)
def test_values_are_read_by_the_labels_of_pins(text, given, outputs):
    example = pure(text)
    assert (dict(example.given), dict(example.shown.outputs), example.text) == (given, outputs, text)


def test_context_and_what_is_left_behind_are_read():
    example = pure('variables {"n": 1}; state {"a": [2]}; Timeout (s) 1 → 2, variables {"n": 2}, log "x"')
    assert example.context == {"variables": {"n": 1}, "state": {"a": [2]}}
    assert (example.shown.outputs, example.shown.after) == ({"result": 2}, {"variables": {"n": 2}, "log": "x"})


def test_exits_are_read_in_order_with_their_outputs():
    shown = flow('Timeout (s) 1 → Body (Item "a, (b)"), Body, Timed Out').shown
    assert shown.exits == (Exit("body", {"item": "a, (b)"}), Exit("body", {}), Exit("timedOut", {}))


def test_values_that_differ_from_run_to_run_are_marked():
    assert pure('→ such as "0198c5b2"').shown.is_sample
    assert not pure('→ "such as"').shown.is_sample


def test_labels_of_pins_that_come_from_properties_are_taken_as_they_are():
    assert flow("0 1, orderId 7 → Case 1", pin_rule=lambda *_: None).given == {"0": 1, "orderId": 7}
    assert flow("0 1 → Case 1", pin_rule=lambda *_: None).shown.exits == (Exit("case1", {}),)


@pytest.mark.parametrize(
    "text",
    ["", "5", "→ 1 → 2", "Other 2 → 5", "Timeout (s) two → 5", "Timeout (s) 'a' → 5", "weather {}; → 5", "→ Other 5"],
)
def test_broken_example_is_refused_with_the_name_of_the_node(text):
    with pytest.raises(ExampleError, match="T: "):
        pure(text)


def test_value_that_could_be_that_of_several_outputs_is_refused():
    pins = (Pin("a", "A", PinType.ANY), Pin("b", "B", PinType.ANY))
    with pytest.raises(ExampleError, match="5 names none of the outputs"):
        pure("→ 5", outputs=pins)
    with pytest.raises(ExampleError, match="no pin or property 'Elsewhere'"):
        flow("→ Elsewhere")
