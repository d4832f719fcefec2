import pytest

from tests.patterns.nodes.calling import call


@pytest.mark.parametrize(
    ("type_name", "value", "result"),
    [
        ("MakeString", "héllo", "héllo"),
        ("MakeString", 42, "42"),
        ("MakeInteger", "42", 42),
        ("MakeInteger", -1, -1),
        ("MakeFloat", 2.5, 2.5),
        ("MakeFloat", 3, 3),
        ("MakeBoolean", "false", False),
        ("MakeArray", '[1, "two", null]', [1, "two", None]),
        ("MakeArray", [1], [1]),
        ("MakeObject", '{"a": {"b": 1}}', {"a": {"b": 1}}),
        ("MakeObject", {"a": 1}, {"a": 1}),
        ("MakeDateTime", "2026-07-01 09:30", "2026-07-01T09:30:00Z"),
        ("MakeEnum", "POST", "POST"),
    ],
)
def test_a_literal_gives_its_value(type_name, value, result):
    assert call(type_name, value=value) == result


@pytest.mark.parametrize(
    ("type_name", "result"),
    [
        ("MakeString", ""),
        ("MakeInteger", 0),
        ("MakeFloat", 0),
        ("MakeBoolean", True),
        ("MakeNull", None),
        ("MakeArray", []),
        ("MakeObject", {}),
        ("MakeDateTime", "1970-01-01T00:00:00Z"),
        ("MakeEnum", ""),
    ],
)
def test_a_new_literal_has_a_value(type_name, result):
    assert call(type_name) == result


@pytest.mark.parametrize(
    ("type_name", "value", "words"),
    [
        ("MakeInteger", "forty", "not an Integer"),
        ("MakeFloat", "1e999", "not a Float"),
        ("MakeArray", "[1,", "the Array is not JSON"),
        ("MakeArray", "{}", "not an Array"),
        ("MakeArray", "[" * 100_000, "nested too deeply"),
        ("MakeObject", "", "the Object is not JSON"),
        ("MakeObject", '{"a": NaN}', "NaN is not JSON"),
        ("MakeObject", "[]", "not an Object"),
        ("MakeDateTime", "tomorrow", "not a DateTime"),
    ],
)
def test_a_literal_refuses_what_is_not_of_its_type(type_name, value, words):
    with pytest.raises(ValueError, match=words):
        call(type_name, value=value)
