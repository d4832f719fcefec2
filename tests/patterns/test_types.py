"""Pin types: which wires are legal, and what a value becomes on its way."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns.types import (
    ConversionError,
    PinType,
    convert,
    is_legal_wire,
    needs_conversion,
    show,
    type_of,
)

E, S, I, F, B, O, A, D, X, Y, N, U = (  # noqa: E741
    PinType.EXEC,
    PinType.STRING,
    PinType.INTEGER,
    PinType.FLOAT,
    PinType.BOOLEAN,
    PinType.OBJECT,
    PinType.ARRAY,
    PinType.DATETIME,
    PinType.BINARY,
    PinType.ANY,
    PinType.NULL,
    PinType.ENUM,
)

# Each row: the types that an output of this type may feed.
LEGAL = {
    E: {E},
    S: {S, I, F, B, D, U, X, Y, N},
    I: {I, F, S, B, Y, N},
    F: {F, I, S, B, Y, N},
    B: {B, I, F, S, Y, N},
    O: {O, Y, N},
    A: {A, Y, N},
    D: {D, S, Y, N},
    X: {X, S, Y, N},
    U: {U, S, Y, N},
    Y: set(PinType) - {E},
    N: set(PinType) - {E},
}


@pytest.mark.parametrize(("source", "target"), [*product(PinType, PinType)])
def test_wire_is_legal_exactly_where_the_rules_say(source, target):
    assert is_legal_wire(source, target) == (target in LEGAL[source])


@pytest.mark.parametrize(("source", "target"), [*product(PinType, PinType)])
def test_wire_between_other_types_converts_unless_its_end_takes_anything(source, target):
    if source != target and target not in (Y, N):
        assert needs_conversion(source, target)


def test_object_and_array_pins_look_at_what_comes_even_from_their_like():
    assert needs_conversion(O, O)
    assert needs_conversion(A, A)


CONVERSIONS = [
    ("a", S, "a"),
    (None, S, ""),
    (True, S, "true"),
    (False, S, "false"),
    (42, S, "42"),
    (2.5, S, "2.5"),
    (3.0, S, "3"),
    (-0.0, S, "0"),
    (1e16, S, "1e+16"),
    (10**30, S, "1" + "0" * 30),
    (b"caf\xc3\xa9", S, "café"),
    (True, I, 1),
    (7, I, 7),
    (7.0, I, 7),
    ("12", I, 12),
    (" -12 ", I, -12),
    ("12.0", I, 12),
    ("1e3", I, 1000),
    ("123456789012345678901234567890", I, 123456789012345678901234567890),
    (False, F, 0),
    (7, F, 7),
    (2.5, F, 2.5),
    ("2.5", F, 2.5),
    ("7", F, 7),
    ("-1e-3", F, -0.001),
    (0, B, False),
    (0.0, B, False),
    (-1, B, True),
    (0.1, B, True),
    ("TRUE", B, True),
    (" yes ", B, True),
    ("on", B, True),
    ("1", B, True),
    ("False", B, False),
    ("no", B, False),
    ("off", B, False),
    ("0", B, False),
    ("", B, False),
    ({"a": 1}, O, {"a": 1}),
    ([1], A, [1]),
    ("2026-07-01T09:30:00Z", D, "2026-07-01T09:30:00Z"),
    ("2026-07-01T09:30:00+00:00", D, "2026-07-01T09:30:00Z"),
    ("2026-07-01 09:30", D, "2026-07-01T09:30:00Z"),
    ("2026-07-01", D, "2026-07-01T00:00:00Z"),
    ("2026-07-01T09:30:00+02:00", D, "2026-07-01T09:30:00+02:00"),
    (b"\xff\x00", X, b"\xff\x00"),
    ("é", X, b"\xc3\xa9"),
    ("POST", U, "POST"),
    ({"a": [None]}, Y, {"a": [None]}),
    (None, Y, None),
    (5, N, 5),
]


@pytest.mark.parametrize(("value", "target", "expected"), CONVERSIONS)
def test_value_converts_to_the_form_that_people_expect(value, target, expected):
    converted = convert(value, target)
    assert converted == expected
    assert isinstance(converted, bool) == isinstance(expected, bool)
    assert isinstance(converted, int) == isinstance(expected, int)


REFUSALS = [
    ([1], S, "[1] (Array) is not a String"),
    ({"a": 1}, S, "{'a': 1} (Object) is not a String"),
    (b"\xff", S, "the bytes are not UTF-8 text"),
    ("abc", I, "'abc' (String) is not an Integer"),
    ("", I, "'' (String) is not an Integer"),
    ("1.5", I, "'1.5' (String) is not an Integer"),
    ("nan", I, "'nan' (String) is not an Integer"),
    ("1e400", I, "'1e400' (String) is not an Integer"),
    ("1_000", I, "'1_000' (String) is not an Integer"),
    (1.5, I, "1.5 (Float) is not an Integer"),
    (math.nan, I, "nan (Float) is not an Integer"),
    (math.inf, I, "inf (Float) is not an Integer"),
    (None, I, "None (Null) is not an Integer"),
    ([], I, "[] (Array) is not an Integer"),
    (b"1", I, "b'1' (Binary) is not an Integer"),
    ("abc", F, "'abc' (String) is not a Float"),
    ("inf", F, "'inf' (String) is not a Float"),
    ("NaN", F, "'NaN' (String) is not a Float"),
    ("1_0.5", F, "'1_0.5' (String) is not a Float"),
    (None, F, "None (Null) is not a Float"),
    ({}, F, "{} (Object) is not a Float"),
    ("maybe", B, "'maybe' (String) is not a Boolean"),
    ("2", B, "'2' (String) is not a Boolean"),
    (None, B, "None (Null) is not a Boolean"),
    ([], B, "[] (Array) is not a Boolean"),
    ("{}", O, "'{}' (String) is not an Object"),
    ([], O, "[] (Array) is not an Object"),
    (None, O, "None (Null) is not an Object"),
    ({}, A, "{} (Object) is not an Array"),
    ("[]", A, "'[]' (String) is not an Array"),
    ("tomorrow", D, "'tomorrow' (String) is not a DateTime"),
    (0, D, "0 (Integer) is not a DateTime"),
    (None, D, "None (Null) is not a DateTime"),
    (5, X, "5 (Integer) is not a Binary"),
    (5, U, "5 (Integer) is not an Enum"),
]


@pytest.mark.parametrize(("value", "target", "message"), REFUSALS)
def test_value_without_a_form_is_refused_by_name_and_type(value, target, message):
    with pytest.raises(ConversionError) as refused:
        convert(value, target)
    assert str(refused.value) == message


def test_long_value_is_cut_in_the_message():
    with pytest.raises(ConversionError) as refused:
        convert("x" * 1000, I)
    assert len(str(refused.value)) < 100
    assert "..." in str(refused.value)


def _nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("target", [S, I, F, B, O, D, X, U])
def test_deeply_nested_value_is_refused_like_any_other(target):
    with pytest.raises(ConversionError, match=r"\(Array\) is not"):
        convert(_nested(100_000), target)


def test_number_with_more_digits_than_can_be_written_is_refused_with_a_clear_message():
    huge = 10**5000
    with pytest.raises(ConversionError, match="too long to be written"):
        convert(huge, S)
    with pytest.raises(ConversionError, match=r"\(Integer\) is not an Object"):
        convert(huge, O)
    with pytest.raises(ConversionError, match=r"\(String\) is not an Integer"):
        convert("1" * 5000, I)


def test_lone_surrogate_survives_the_way_to_binary_and_is_no_text_on_the_way_back():
    assert convert("\ud800", X) == b"\xed\xa0\x80"
    with pytest.raises(ConversionError, match="not UTF-8"):
        convert(b"\xed\xa0\x80", S)


@given(st.text(max_size=30))
def test_any_text_converts_or_is_refused_and_nothing_else(text):
    for target in set(PinType) - {E}:
        try:
            convert(text, target)
        except ConversionError:
            continue


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans())
def test_number_comes_back_from_its_text(value):
    back = convert(convert(value, S), B if isinstance(value, bool) else F)
    assert back == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, N), (True, B), (1, I), (1.5, F), ("", S), ([], A), ({}, O), (b"", X)],
)
def test_type_of_a_value_is_the_pin_that_fits_it(value, expected):
    assert type_of(value) is expected


def test_thing_that_is_no_value_has_no_type():
    with pytest.raises(ConversionError, match="object is not a value"):
        type_of(object())


def test_show_quotes_text_and_is_never_long():
    assert show("a\x00b") == "'a\\x00b'"
    assert len(show({"a": "x" * 1000})) <= 60
