from typing import Any

import pytest

from dragops_site.jsontree import MAX_CHILDREN, size_text, tokens


def shape(value: Any, **limits: int) -> list[tuple[str, str | None, str]]:
    return [(token.kind, token.key, token.text or token.type) for token in tokens(value, **limits)]


def test_a_branch_is_opened_filled_and_closed() -> None:
    assert shape({"a": {"b": 1}, "c": []}) == [
        ("open", "a", "b"),
        ("leaf", "b", "1"),
        ("close", None, ""),
        ("leaf", "c", "[]"),
    ]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "Null", "null"),
        (True, "Boolean", "true"),
        (3, "Integer", "3"),
        (2.5, "Float", "2.5"),
        ("é", "String", "é"),
    ],
)
def test_a_scalar_is_one_leaf_of_its_type(value: Any, kind: str, text: str) -> None:
    assert [(token.type, token.text) for token in tokens(value)] == [(kind, text)]


def test_a_cut_value_tells_its_whole_size() -> None:
    (token,) = tokens({"v": {"$cut": {"type": "String", "size": 50_000_000, "start": "abc"}}})
    assert (token.kind, token.type, token.size, token.text) == ("cut", "String", 50_000_000, "abc")


@pytest.mark.parametrize("odd", [{"$cut": {}}, {"$cut": {"size": "x", "start": 5, "type": None}}, {"$binary": ""}])
def test_a_value_that_looks_like_a_cut_one_is_shown_all_the_same(odd: Any) -> None:
    assert [token.kind for token in tokens({"v": odd})] == ["cut"]


def test_every_open_branch_is_closed_however_much_is_left_out() -> None:
    value: Any = {"list": [{"a": [1, 2, 3]}] * 50}
    for limit in range(40):
        kinds = [token.kind for token in tokens(value, max_tokens=limit)]
        assert kinds.count("open") == kinds.count("close")


def test_a_deep_value_does_not_recurse() -> None:
    value: Any = 1
    for _ in range(100_000):
        value = [value]
    assert any("too deep" in token.text for token in tokens(value))


def test_a_wide_value_says_how_many_are_left_out() -> None:
    last = list(tokens(list(range(MAX_CHILDREN + 5))))[-1]
    assert (last.kind, last.text) == ("more", "5 more are not shown.")


def test_lone_surrogates_and_nul_are_shown_as_escapes() -> None:
    (token,) = tokens({"a\ud800": "b\x00"})
    assert (token.key, token.text) == ("a\\ud800", "b\\x00")


def test_a_whole_number_too_long_to_write_is_described() -> None:
    (token,) = tokens(10**5000)
    assert "4,300 digits" in token.text


@pytest.mark.parametrize(("count", "text"), [(12, "12 bytes"), (1500, "1.5 kB"), (50_000_000, "50 MB"), (3e9, "3 GB")])
def test_sizes_are_written_for_people(count: float, text: str) -> None:
    assert size_text(count) == text
