"""Conversion: what each type makes of each value."""

import math

import pytest

from patterns import registry
from tests.patterns.nodes.calling import call

NODES = ("ToString", "ToInteger", "ToFloat", "ToBoolean", "ToArray", "ToObject", "ToDateTime", "TypeOf")
DIGITS = 10**5000 - 1
NESTED = [1]
for _ in range(300):
    NESTED = [NESTED]
DOUBLED = [1]
for _ in range(40):
    DOUBLED = [DOUBLED, DOUBLED]


@pytest.mark.parametrize(
    ("type_name", "value", "result"),
    [
        ("ToString", "a", "a"),
        ("ToString", None, ""),
        ("ToString", True, "true"),
        ("ToString", 42, "42"),
        ("ToString", 2.0, "2"),
        ("ToString", 0.1, "0.1"),
        ("ToString", 2**80, str(2**80)),
        ("ToString", {"a": [1, True, None, "é"]}, '{"a":[1,true,null,"é"]}'),
        ("ToString", [], "[]"),
        ("ToString", "é\ud800\x00".encode("utf-8", "ignore"), "é\x00"),
        ("ToString", "\ud800\x00", "\ud800\x00"),
        ("ToInteger", 42, 42),
        ("ToInteger", 3.99, 3),
        ("ToInteger", -3.99, -3),
        ("ToInteger", "42", 42),
        ("ToInteger", " +42 \n", 42),
        ("ToInteger", "-3.7", -3),
        ("ToInteger", "1e3", 1000),
        ("ToInteger", "12345678901234567890.9", 12345678901234567890),
        ("ToInteger", "9" * 4_000, 10**4_000 - 1),
        ("ToInteger", True, 1),
        ("ToInteger", b"7", 7),
        ("ToInteger", DIGITS, DIGITS),
        ("ToInteger", 1e308, int(1e308)),
        ("ToFloat", "2.5", 2.5),
        ("ToFloat", " -1e3 ", -1000.0),
        ("ToFloat", "42", 42),
        ("ToFloat", "12345678901234567890", 12345678901234567890),
        ("ToFloat", False, 0),
        ("ToFloat", 0.1, 0.1),
        ("ToBoolean", "Yes", True),
        ("ToBoolean", " FALSE ", False),
        ("ToBoolean", "", False),
        ("ToBoolean", 0, False),
        ("ToBoolean", -0.5, True),
        ("ToBoolean", b"on", True),
        ("ToArray", [1, [2]], [1, [2]]),
        ("ToArray", None, []),
        ("ToArray", " [1, 2]", [1, 2]),
        ("ToArray", b"[1]", [1]),
        ("ToArray", "a,b", ["a,b"]),
        ("ToArray", "", [""]),
        ("ToArray", {"a": 1}, [{"a": 1}]),
        ("ToArray", 0, [0]),
        ("ToArray", b"\xff", [b"\xff"]),
        ("ToObject", {"a": 1}, {"a": 1}),
        ("ToObject", None, {}),
        ("ToObject", ' {"a": {"b": null}}', {"a": {"b": None}}),
        ("ToObject", b'{"a": 1}', {"a": 1}),
        ("ToDateTime", "2026-11-23T10:00:00+02:00", "2026-11-23T10:00:00+02:00"),
        ("ToDateTime", "2026-11-23", "2026-11-23T00:00:00Z"),
        ("ToDateTime", 0, "1970-01-01T00:00:00Z"),
        ("ToDateTime", 1700000000, "2023-11-14T22:13:20Z"),
        ("ToDateTime", 1700000000123, "2023-11-14T22:13:20.123000Z"),
        ("ToDateTime", 1.5, "1970-01-01T00:00:01.500000Z"),
        ("ToDateTime", -1, "1969-12-31T23:59:59Z"),
        ("ToDateTime", "1700000000", "2023-11-14T22:13:20Z"),
        ("ToDateTime", "1700000000123", "2023-11-14T22:13:20.123000Z"),
        ("ToDateTime", "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
        ("ToDateTime", "Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00"),
        ("TypeOf", None, "Null"),
        ("TypeOf", True, "Boolean"),
        ("TypeOf", 1, "Integer"),
        ("TypeOf", 1.0, "Float"),
        ("TypeOf", "2026-11-23T00:00:00Z", "String"),
        ("TypeOf", [], "Array"),
        ("TypeOf", {}, "Object"),
        ("TypeOf", b"", "Binary"),
        ("TypeOf", DIGITS, "Integer"),
    ],
    ids=lambda value: str(value)[:30] if not isinstance(value, int) else "number",
)
def test_conversion_gives(type_name, value, result):
    converted = call(type_name, value)
    assert (converted, type(converted)) == (result, type(result) if type_name != "TypeOf" else type(converted))


@pytest.mark.parametrize(
    ("rounding", "results"),
    [
        ("truncate", [2, 3, -2, -3]),
        ("round", [3, 4, -3, -4]),
        ("floor", [2, 3, -3, -4]),
        ("ceiling", [3, 4, -2, -3]),
    ],
)
def test_fraction_is_rounded_as_the_property_says(rounding, results):
    assert [call("ToInteger", value, rounding=rounding) for value in (2.5, 3.5, -2.5, -3.5)] == results
    assert [call("ToInteger", str(value), rounding=rounding) for value in (2.5, 3.5, -2.5, -3.5)] == results


def test_rounding_looks_at_every_digit_of_a_text():
    assert call("ToInteger", "2.4999999999999999999999999999999999999", rounding="round") == 2
    assert call("ToInteger", f"{'9' * 300}.5", rounding="round") == 10**300


def test_fraction_is_refused_when_asked():
    assert call("ToInteger", "3.0", rounding="refuse") == 3
    with pytest.raises(ValueError, match=r"^Value: '3\.5'"):
        call("ToInteger", "3.5", rounding="refuse")


@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("ToString", b"\xff"),
        ("ToString", DIGITS),
        ("ToString", NESTED),
        ("ToString", DOUBLED),
        ("ToString", ["x" * 6_000_000, "y" * 6_000_000]),
        ("ToInteger", None),
        ("ToInteger", ""),
        ("ToInteger", "abc"),
        ("ToInteger", "1_000"),
        ("ToInteger", "1,000"),
        ("ToInteger", "nan"),
        ("ToInteger", "1e999999999"),
        ("ToInteger", "9" * 10_000_000),
        ("ToInteger", "9" * 4_999),
        ("ToInteger", "\ud800"),
        ("ToInteger", []),
        ("ToInteger", b"\xff"),
        ("ToFloat", None),
        ("ToFloat", "1,5"),
        ("ToFloat", "inf"),
        ("ToFloat", "1e400"),
        ("ToFloat", "0." + "1" * 10_000_000),
        ("ToFloat", {}),
        ("ToBoolean", None),
        ("ToBoolean", "maybe"),
        ("ToBoolean", []),
        ("ToBoolean", "x" * 10_000_000),
        ("ToArray", "[1, 2"),
        ("ToArray", "[" * 100_000),
        ("ToArray", "[NaN]"),
        ("ToObject", "[1]"),
        ("ToObject", "text"),
        ("ToObject", ""),
        ("ToObject", 1),
        ("ToObject", [1]),
        ("ToObject", '{"a":' * 100_000),
        ("ToObject", b"\xff"),
        ("ToDateTime", None),
        ("ToDateTime", ""),
        ("ToDateTime", True),
        ("ToDateTime", "tomorrow"),
        ("ToDateTime", "2026-13-01"),
        ("ToDateTime", "1" * 10_000_000),
        ("ToDateTime", 1e300),
        ("ToDateTime", DIGITS),
        ("ToDateTime", "\x00\ud800"),
        ("ToDateTime", {}),
        ("ToDateTime", "x, 99 Nov 99999999999 99:99:99 +999999"),
    ],
    ids=lambda value: "" if not isinstance(value, str) else value[:20].encode("ascii", "backslashreplace").decode(),
)
def test_value_that_cannot_be_converted_is_refused_by_the_name_of_its_pin(type_name, value):
    with pytest.raises(ValueError, match=r"^Value: ") as refused:
        call(type_name, value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("type_name", "value", "instead"),
    [
        ("ToString", b"\xff", "?"),
        ("ToInteger", "abc", 0),
        ("ToInteger", None, -1),
        ("ToFloat", "abc", 0.5),
        ("ToBoolean", None, False),
        ("ToArray", "[", []),
        ("ToObject", "text", {}),
        ("ToDateTime", "tomorrow", "2026-01-01T00:00:00Z"),
    ],
)
def test_if_invalid_stands_in_for_what_cannot_be_converted(type_name, value, instead):
    assert call(type_name, value, instead) == instead


@pytest.mark.parametrize("type_name", NODES[:-1])
def test_if_invalid_has_the_type_of_the_result(type_name):
    node_type = registry.get(type_name)
    _, if_invalid = node_type.inputs
    assert (if_invalid.label, if_invalid.type) == ("If Invalid", node_type.outputs[0].type)


def test_if_invalid_is_not_needed_where_the_value_can_be_converted():
    assert call("ToInteger", "0", 7) == 0
    assert call("ToBoolean", "no", True) is False
    assert call("ToArray", [], [1]) == []


def test_unit_of_a_unix_time_can_be_set():
    assert call("ToDateTime", 1000, unit="milliseconds") == "1970-01-01T00:00:01Z"
    assert call("ToDateTime", 253_402_300_799, unit="seconds") == "9999-12-31T23:59:59Z"


def test_large_lists_are_written_and_kept():
    items = list(range(1_000_000))
    assert call("ToArray", items) is items
    assert call("ToString", items).endswith(",999999]")


def test_numbers_that_floats_hold_survive_being_text():
    for number in (0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 1e16, 123456789.125):
        again = float(call("ToFloat", call("ToString", number)))
        assert math.isclose(again, number, rel_tol=0)
