"""Conditions on what runs hold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragops_site import jsontext
from executions.matching import NoCondition, parse, parse_all

JSON = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers(), max_size=2)


@pytest.mark.parametrize(
    ("text", "root", "path", "wanted"),
    [
        ("event.body.id = 7", "event", ("body", "id"), (7, "7")),
        ("result=ok", "result", (), ("ok",)),
        ('error.message = "no = sign"', "error", ("message",), ("no = sign",)),
        ("event.items[0].sku-1 = a", "event", ("items", 0, "sku-1"), ("a",)),
        ("event.größe = null", "event", ("größe",), (None, "null")),
    ],
)
def test_condition_is_read(text: str, root: str, path: tuple[Any, ...], wanted: tuple[Any, ...]) -> None:
    match = parse(text)
    assert (match.root, match.path, match.wanted, match.text) == (root, path, wanted, text)


@pytest.mark.parametrize(
    "text",
    ["", "event", "event.a", "event. = 1", "log.a = 1", "event.a = 1 2", "event[x] = 1", "event.a = " + "x" * 400],
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(NoCondition):
        parse(text)


def test_conditions_among_words_are_told_from_them() -> None:
    matches, rest = parse_all('timeout event.body.id = 7 of the warehouse error.type="Http Error"')
    assert [match.text for match in matches] == ["event.body.id = 7", 'error.type="Http Error"']
    assert rest == "timeout of the warehouse"
    assert parse_all("  just words = here ") == ((), "just words = here")


@given(value=JSON)
def test_value_is_found_where_it_stands_and_what_is_looked_for_before_holds_it(value: Any) -> None:
    if isinstance(value, list):
        return
    match = parse(f"event.a[1].b = {jsontext.dumps(value)}")
    event = {"a": [0, {"b": value}]}
    assert match.holds({"event": event})
    assert match.needle.casefold() in jsontext.dumps(event).casefold()
    assert not match.holds({"event": {"a": [{"b": value}]}})


@given(value=JSON, text=st.text(max_size=50))
def test_nothing_that_is_typed_breaks_the_search(value: Any, text: str) -> None:
    matches, rest = parse_all(f"event.a = {text}")
    for match in matches:
        match.holds({"event": {"a": value}})
    assert isinstance(rest, str)
