r"""Regular expressions: what is matched, where, and what RE2 refuses."""

import pytest

from patterns import regex
from tests.patterns.nodes.calling import call

SURROGATE = "\ud800"


@pytest.mark.parametrize(
    ("value", "pattern", "flags", "match", "index", "groups"),
    [
        ("order 42 of 7", r"(\d+) of (\d+)", {}, "42 of 7", 6, ["42", "7"]),
        ("abc", "b", {}, "b", 1, []),
        ("abc", "", {}, "", 0, []),
        ("", "", {}, "", 0, []),
        ("ab", "$", {}, "", 2, []),
        ("ad", "a(b)?(c)?d", {}, "ad", 0, [None, None]),
        ("ABC", "b", {"ignore_case": True}, "B", 1, []),
        ("ÀÉ", "é", {"ignore_case": True}, "É", 1, []),
        ("one\ntwo", "^two$", {"multi_line": True}, "two", 4, []),
        ("a\nb", "a.b", {"dot_all": True}, "a\nb", 0, []),
        ("A\nB", "^(b)$", {"ignore_case": True, "multi_line": True}, "B", 2, ["B"]),
        ("👩👩 é x", "x", {}, "x", 5, []),
        ("日本語 text", r"\pL+", {}, "日本語", 0, []),
        ("κόσμε", r"\p{Greek}{5}", {}, "κόσμε", 0, []),
        ("a\x00b", "\x00(b)", {}, "\x00b", 1, ["b"]),
        ("a\x00b", r"\x00", {}, "\x00", 1, []),
        (f"a{SURROGATE}b", "b", {}, "b", 2, []),
        (f"a{SURROGATE}b", "a(.)b", {}, f"a{SURROGATE}b", 0, [SURROGATE]),
        (f"a{SURROGATE}b", SURROGATE, {}, SURROGATE, 1, []),
        ("C", r"\\C|C", {}, "C", 0, []),
        ("\\C", r"\\C", {}, "\\C", 0, []),
        ("é", r"\x{e9}", {}, "é", 0, []),
    ],
)
def test_regex_match_gives_the_first_occurrence(value, pattern, flags, match, index, groups):
    matched, found, named, whole, position = call("RegexMatch", value, pattern, **flags)
    assert (matched, found, named, whole, position) == (True, groups, {}, match, index)


@pytest.mark.parametrize(
    ("value", "pattern", "flags"),
    [("ABC", "b", {}), ("one\ntwo", "^two$", {}), ("a\nb", "a.b", {}), ("é", r"^\w$", {}), ("", "a", {})],
)
def test_regex_match_gives_nothing_where_the_pattern_does_not_occur(value, pattern, flags):
    assert call("RegexMatch", value, pattern, **flags) == (False, [], {}, "", -1)


@pytest.mark.parametrize("pattern", ["(?<user>[^@]+)@(?<host>.+)?", "(?P<user>[^@]+)@(?P<host>.+)?"])
def test_regex_match_names_the_groups_that_the_pattern_names(pattern):
    _, groups, named, _, _ = call("RegexMatch", "ada@", pattern)
    assert (groups, named) == (["ada", None], {"user": "ada", "host": None})


@pytest.mark.parametrize(
    ("value", "pattern", "limit", "result"),
    [
        ("a=1, b=22", r"\d+", 0, ["1", "22"]),
        ("a=1, b=22", r"\d+", 1, ["1"]),
        ("aaaa", "aa", 0, ["aa", "aa"]),
        ("abc", "x", 0, []),
        ("ab", "$", 0, [""]),
        ("ab", r"\b", 0, ["", ""]),
        ("é👩", "", 0, ["", "", ""]),
        ("xx", "x*", 0, ["xx", ""]),
        ("axb", "x*", 0, ["", "x", "", ""]),
        ("a\nb", "(?m)^", 0, ["", ""]),
    ],
)
def test_regex_find_all_gives_the_texts_of_the_matches(value, pattern, limit, result):
    assert call("RegexFindAll", value, pattern, limit) == result


def test_regex_find_all_gives_groups_when_asked():
    assert call("RegexFindAll", "a=1, b=22", r"(\w)=(\d+)", give="groups") == [["a", "1"], ["b", "22"]]


def test_regex_find_all_gives_details_when_asked():
    assert call("RegexFindAll", "é a=1", r"(?<key>\w)=(\d)", give="details") == [
        {"match": "a=1", "index": 2, "groups": ["a", "1"], "named": {"key": "a"}}
    ]


def test_regex_find_all_counts_positions_in_characters_all_along():
    found = call("RegexFindAll", "👩x日x" * 1_000, "x", give="details")
    assert [match["index"] for match in found] == list(range(1, 4_000, 2))


@pytest.mark.parametrize(
    ("value", "pattern", "replacement", "result"),
    [
        ("2026-11-23", r"(\d+)-(\d+)-(\d+)", "$3.$2.$1", "23.11.2026"),
        ("2026-11-23", r"(\d+)-(\d+)-(\d+)", r"\3.\2.\1", "23.11.2026"),
        ("ada", "(?<first>a)", "<${first}$<first>\\g<first>>", "<aaa>d<aaa>"),
        ("ab", "b", "[$&$0\\0]", "a[bbb]"),
        ("5 EUR", r"(\d) EUR", "$$$1", "$5"),
        ("5", r"(\d)", "${1}0", "50"),
        ("a", "a", r"\\1 \n $ $x", "\\1 \\n $ $x"),
        ("ad", "a(b)?d", "[$1]", "[]"),
        ("abc", "", "-", "-a-b-c-"),
        ("xx", "x*", "-", "--"),
        ("ab", "$", "!", "ab!"),
        ("éé", "é", "👩", "👩👩"),
        (f"{SURROGATE}\x00", "\x00", SURROGATE, SURROGATE * 2),
        ("abc", "x", "$0", "abc"),
        ("a.b.c", r"\.", "", "abc"),
    ],
)
def test_regex_replace_gives(value, pattern, replacement, result):
    assert call("RegexReplace", value, pattern, replacement) == result


def test_regex_replace_stops_at_its_limit():
    assert call("RegexReplace", "aaa", "a", "b", 2) == "bba"


@pytest.mark.parametrize("replacement", ["$2", r"\2", "${nobody}", r"\g<nobody>", "$99"])
def test_regex_replace_refuses_a_group_that_the_pattern_has_not(replacement):
    with pytest.raises(ValueError, match=r"Replacement names the group .* dollar sign is written \$\$"):
        call("RegexReplace", "a", "(a)", replacement)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"(a)\1", "backreferences"),
        (r"(?P<x>a)(?P=x)", "backreferences"),
        (r"(?<x>a)\k<x>", "backreferences"),
        ("a(?=b)", "lookahead"),
        ("a(?!b)", "lookahead"),
        ("(?<=a)b", "lookbehind"),
        ("(?<!a)b", "lookbehind"),
        ("(?>a)", "atomic groups"),
        ("a++", "possessive"),
        ("(a)?(?(1)b|c)", "conditions"),
        (r"a\Z", r"write \\z"),
        (r"\u00e9", r"write \\x\{00e9\}"),
    ],
)
def test_pattern_that_needs_what_re2_lacks_is_refused_with_its_name(pattern, words):
    with pytest.raises(ValueError, match=f"^Pattern has .* linear time, does not support .*{words}"):
        call("RegexMatch", "a", pattern)


@pytest.mark.parametrize(
    "pattern", ["(", "a)", "[a", "*", "a{1001}", "[z-a]", "x\\", r"\p{Nobody}", "(?<a-b>c)", r"\C"]
)
def test_pattern_that_is_broken_is_refused_on_one_line_and_prints_nothing(pattern, capfd):
    with pytest.raises(ValueError, match=r"^Pattern ") as refused:
        call("RegexMatch", "a", pattern)
    assert len(str(refused.value)) < 200
    assert "b'" not in str(refused.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("type_name", ["RegexFindAll", "RegexReplace"])
def test_negative_limit_is_refused(type_name):
    inputs = ("a", "a", "b", -1) if type_name == "RegexReplace" else ("a", "a", -1)
    with pytest.raises(ValueError, match="Limit is negative"):
        call(type_name, *inputs)


def test_patterns_are_compiled_once_and_not_kept_for_ever():
    for number in range(3 * regex.CACHED):
        call("RegexMatch", "a", f"a{number}")
    assert regex.compiled.cache_info().currsize == regex.CACHED
    assert regex.compiled("a", "i") is regex.compiled("a", "i")


def test_result_of_a_replacement_is_refused_before_it_is_built():
    with pytest.raises(ValueError, match="10,000,000 characters"):
        call("RegexReplace", "a" * 100_000, "a", "x" * 100_000)
    with pytest.raises(ValueError, match="10,000,000 characters"):
        call("RegexReplace", "a" * 100_000, "(a+)", "$1" * 1_000)


def test_list_of_matches_is_refused_past_a_million_items():
    with pytest.raises(ValueError, match="1,000,000 items"):
        call("RegexFindAll", "a" * 200_000, "(a)", give="details")


def test_groups_that_hold_the_text_many_times_are_refused():
    nested = "(" * 50 + ".*" + ")" * 50
    with pytest.raises(ValueError, match=r"Groups would hold more than 10,000,000 bytes"):
        call("RegexMatch", "a" * 400_000, nested, dot_all=True)
    with pytest.raises(ValueError, match=r"10,000,000 characters"):
        call("RegexFindAll", ("a" * 999 + "\n") * 400, nested, give="groups")


def test_replacement_is_measured_before_it_is_filled_in():
    with pytest.raises(ValueError, match=r"10,000,000 characters"):
        call("RegexReplace", "a" * 9_000_000, "a+", "$&" * 10_000)
    with pytest.raises(ValueError, match=r"Replacement names groups more than 10,000 times"):
        call("RegexReplace", "a", "a+", "$&" * 5_000_000)
