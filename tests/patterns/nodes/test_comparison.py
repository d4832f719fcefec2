import pytest

from tests.patterns.nodes.calling import call


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("a", "b", "result"),
    [
        (1, 1.0, True),
        (2**53 + 1, float(2**53), False),
        (True, 1, False),
        (False, 0, False),
        (True, True, True),
        ("1", 1, False),
        (None, None, True),
        (None, "", False),
        (None, False, False),
        ([], {}, False),
        ([1, [2]], [1.0, [2.0]], True),
        ([True], [1], False),
        ({"a": 1, "b": [False]}, {"b": [False], "a": 1.0}, True),
        ({"a": True}, {"a": 1}, False),
        ({"a": None}, {}, False),
        ("é", "e\u0301", False),
        (b"a", "a", False),
        ("\ud800", "\ud800", True),
    ],
)
def test_equal_compares_by_value(a, b, result):
    assert call("Equal", a, b) is result
    assert call("Equal", b, a) is result
    assert call("NotEqual", a, b) is not result


def test_equal_refuses_values_nested_too_deeply():
    with pytest.raises(ValueError, match="nested too deeply"):
        call("Equal", nested(100_000), nested(100_000))


@pytest.mark.parametrize(
    ("type_name", "inputs", "result"),
    [
        ("GreaterThan", (3, 2), True),
        ("GreaterThan", (2, 2), False),
        ("GreaterThan", (2**53 + 1, float(2**53)), True),
        ("LessThan", (2, 3.5), True),
        ("GreaterOrEqual", (2, 2.0), True),
        ("LessOrEqual", (3, 2), False),
        ("IsNull", (None,), True),
        ("IsNull", ("",), False),
        ("IsNull", (0,), False),
        ("IsEmpty", (None,), True),
        ("IsEmpty", ("",), True),
        ("IsEmpty", ([],), True),
        ("IsEmpty", ({},), True),
        ("IsEmpty", (b"",), True),
        ("IsEmpty", (" ",), False),
        ("IsEmpty", (0,), False),
        ("IsEmpty", (False,), False),
        ("InRange", (10, 1, 10), True),
        ("InRange", (10.1, 1, 10), False),
        ("InRange", (5, 10, 1), False),
        ("IsType", (3, "Integer"), True),
        ("IsType", (3.0, "Integer"), True),
        ("IsType", (3.5, "Integer"), False),
        ("IsType", (3, "Float"), True),
        ("IsType", (True, "Integer"), False),
        ("IsType", (True, "Boolean"), True),
        ("IsType", ("x", "String"), True),
        ("IsType", ("2026-07-01", "DateTime"), True),
        ("IsType", ("x", "DateTime"), False),
        ("IsType", (None, "Null"), True),
        ("IsType", ([], "Array"), True),
        ("IsType", ({}, "Object"), True),
        ("IsType", (b"", "Binary"), True),
        ("IsType", ("x", "Nonsense"), False),
    ],
)
def test_comparison_gives(type_name, inputs, result):
    assert call(type_name, *inputs) is result
