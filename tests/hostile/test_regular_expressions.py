"""Patterns and texts that are meant to hang a worker: each ends in a result or a clear error, and soon."""

from time import monotonic

import pytest

from tests.patterns.nodes.calling import call

BOUND_S = 30  # of a machine under load; what hangs takes hours, or the age of the universe
LONG = 100_000
TEXTS = {
    "one letter": "a" * LONG + "!",
    "two letters": "ab" * (LONG // 2) + "!",
    "spaces": " " * LONG + "!",
    "digits": "1" * LONG + "!",
    "signs": "é👩\ud800\x00" * (LONG // 4) + "!",
}
CATASTROPHES = [
    "(a+)+$",
    "([a-zA-Z]+)*$",
    "(a|aa)+$",
    "(a|a?)+$",
    "(.*a){20}$",
    "((a*)*)*$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(\w*\w*\w*\w*)*x",
    r"\s+$",
    r"^(\d+)*x$",
    "(x+x+)+y",
    "a*a*a*a*a*a*a*a*a*a*b",
    "(?:a?){500}a{500}$",
    "((a?){100}){10}x",
    "((((a{10}){10}){10}){10}){10}",
    "(?:[ab]*a[ab]{900})+c",
    "(?i)(?:(?:[ab]{0,30}){0,30}a)*c",
    "a.*?z|a",
    "(a*b)|a",
    r"(?:\pL*a\pL{100})c",
    "|".join("a" * n + "b" for n in range(1, 130)),
    "(" * 1_000 + "a" + ")" * 1_000,
    "(?:" * 999 + "a" + ")*" * 999,
    "[a-z]{1000}" * 5,
    "a{1,1000}{1,1000}",
    "",
    "()*",
    "(|a)*",
    "\\b" * 4_000,
    "^" * 4_000,
]


def use(type_name, text, pattern):
    return call(type_name, text, pattern, "x") if type_name == "RegexReplace" else call(type_name, text, pattern)


def ends(type_name, text, pattern):
    began = monotonic()
    try:
        use(type_name, text, pattern)
    except ValueError as error:
        assert any(pin in str(error) for pin in ("Pattern", "limit")), error
        assert len(str(error)) < 300
    return monotonic() - began < BOUND_S


@pytest.mark.parametrize("pattern", CATASTROPHES, ids=lambda pattern: pattern[:30])
def test_pattern_that_takes_for_ever_elsewhere_ends(pattern):
    assert [name for name, text in TEXTS.items() if not ends("RegexFindAll", text, pattern)] == []


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a*b)|a", "()*"])
@pytest.mark.parametrize("type_name", ["RegexMatch", "RegexReplace"])
def test_every_node_for_regular_expressions_ends(type_name, pattern):
    assert [name for name, text in TEXTS.items() if not ends(type_name, text, pattern)] == []


@pytest.mark.parametrize(
    ("type_name", "pattern"),
    [
        ("RegexMatch", "b"),
        ("RegexMatch", "(a+)+$"),
        ("RegexMatch", "[ab]*a[ab]{40}c"),
        ("RegexFindAll", "a"),
        ("RegexFindAll", "a.*?z|a"),
        ("RegexReplace", ""),
    ],
)
def test_text_of_ten_megabytes_ends(type_name, pattern):
    assert ends(type_name, "a" * 10_000_000, pattern)


def test_text_of_ten_megabytes_is_searched_to_its_end():
    matched, _, _, _, index = call("RegexMatch", "é" * 5_000_000 + "needle", "ne+dle")
    assert (matched, index) == (True, 5_000_000)


@pytest.mark.parametrize("pattern", ["a" * 1_000_000, "(" * 1_000_000, "a|" * 500_000, "\ud800" * 1_000_000])
def test_pattern_of_a_megabyte_is_refused(pattern):
    with pytest.raises(ValueError, match="Pattern has more than 10,000 characters"):
        call("RegexMatch", "a", pattern)


@pytest.mark.parametrize("pattern", ["a{1000}{1000}", "(a{1000}){1000}", r"(?:\pL{500}\pN{400}){1,9}"])
def test_pattern_that_repeats_too_much_is_refused(pattern):
    with pytest.raises(ValueError, match=r"^Pattern "):
        call("RegexMatch", "a", pattern)
