import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from patterns.nodes import yaml as node
from tests.patterns.nodes.calling import call

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
SCALARS = SCALARS | st.binary(max_size=20)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# nothing", None),
        ("---", None),
        ("a", "a"),
        ("\ufeffa: 1", {"a": 1}),
        ("name: tea\nsizes: [1, 2.5]\nhot: true", {"name": "tea", "sizes": [1, 2.5], "hot": True}),
        ('{"a": [1, null, "x\\u00e9"]}', {"a": [1, None, "xé"]}),
        # Examples of the YAML 1.2 specification, in its own numbering.
        ("- Mark McGwire\n- Sammy Sosa\n- Ken Griffey", ["Mark McGwire", "Sammy Sosa", "Ken Griffey"]),  # 2.1
        ("hr:  65    # Home runs\navg: 0.278 # Batting average", {"hr": 65, "avg": 0.278}),  # 2.2
        (
            "american:\n- Boston Red Sox\nnational:\n- New York Mets",
            {"american": ["Boston Red Sox"], "national": ["New York Mets"]},
        ),
        (
            "-\n  name: Mark McGwire\n  hr:   65\n-\n  name: Sammy Sosa",
            [{"name": "Mark McGwire", "hr": 65}, {"name": "Sammy Sosa"}],
        ),
        ("Mark McGwire: {hr: 65, avg: 0.278}", {"Mark McGwire": {"hr": 65, "avg": 0.278}}),  # 2.6
        (
            "hr:\n- Mark McGwire\n- &SS Sammy Sosa\nrbi:\n- *SS",
            {"hr": ["Mark McGwire", "Sammy Sosa"], "rbi": ["Sammy Sosa"]},
        ),
        (
            "- item    : Super Hoop\n  quantity: 1\n- item    : Basketball",
            [{"item": "Super Hoop", "quantity": 1}, {"item": "Basketball"}],
        ),
        ("--- |\n  \\//||\\/||\n  // ||  ||__", "\\//||\\/||\n// ||  ||__"),  # 2.13
        (
            "--- >\n  Mark McGwire's\n  year was crippled\n  by a knee injury.",
            "Mark McGwire's year was crippled by a knee injury.",
        ),
        (
            "unicode: \"Sosa did fine.\\u263A\"\nquoted: ' # Not a ''comment''.'",
            {"unicode": "Sosa did fine.☺", "quoted": " # Not a 'comment'."},
        ),
        (
            "plain:\n  This unquoted scalar\n  spans many lines.",
            {"plain": "This unquoted scalar spans many lines."},
        ),  # 2.18
        (
            "canonical: 12345\ndecimal: +12,345\noctal: 0o14\nhexadecimal: 0xC",
            {"canonical": 12345, "decimal": "+12,345", "octal": 12, "hexadecimal": 12},
        ),
        (
            "canonical: 1.23015e+3\nexponential: 12.3015e+02\nfixed: 1230.15",
            {"canonical": 1230.15, "exponential": 1230.15, "fixed": 1230.15},
        ),
        (
            "null:\nbooleans: [ true, false ]\nstring: '012345'",
            {"null": None, "booleans": [True, False], "string": "012345"},
        ),
        (
            "date: 2002-12-14\nmoment: 2001-12-14t21:59:43.10-05:00",
            {"date": "2002-12-14", "moment": "2001-12-14t21:59:43.10-05:00"},
        ),
        ("not-date: !!str 2002-04-28", {"not-date": "2002-04-28"}),  # 2.23
        ("--- !!set\n? Mark McGwire\n? Sammy Sosa", ["Mark McGwire", "Sammy Sosa"]),  # 2.25
        ("--- !!omap\n- Mark McGwire: 65\n- Sammy Sosa: 63", [{"Mark McGwire": 65}, {"Sammy Sosa": 63}]),  # 2.26
        ("picture: !!binary |\n  R0lG\n  ODlh", {"picture": b"GIF89a"}),
        (
            "strip: |-\n  text\nclip: |\n  text\nkeep: |+\n  text\n",
            {"strip": "text", "clip": "text\n", "keep": "text\n"},
        ),
        ("? a\n: - b\n  - c", {"a": ["b", "c"]}),
        ("'a': \"b\\tc\"", {"a": "b\tc"}),
        ("[a, [b, c], {d: e}, f: g]", ["a", ["b", "c"], {"d": "e"}, {"f": "g"}]),
        ("! 12", "12"),
    ],
)
def test_parse_yaml_gives_the_value(text, value):
    assert call("ParseYAML", text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None), ("Null", None), ("NULL", None), ("~", None), ("nULL", "nULL"), ("none", "none"),
        ("true", True), ("True", True), ("TRUE", True), ("tRUE", "tRUE"), ("false", False),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("NO", "NO"),
        ("0", 0), ("-0", 0), ("+7", 7), ("007", 7), ("0o17", 15), ("0x1F", 31), ("0b11", "0b11"), ("017", 17),
        ("1_000", "1_000"), ("12:30", "12:30"), ("1:2:3.5", "1:2:3.5"), ("1,5", "1,5"),
        ("-0o7", "-0o7"), ("0o8", "0o8"),
        ("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("-.5", -0.5), ("1e3", 1000.0), ("1E-3", 0.001), ("+1.5e+1", 15.0),
        (".", "."), ("-", [None]), ("1e", "1e"), ("e1", "e1"), ("1.2.3", "1.2.3"),
        ("inf", "inf"), ("NaN", "NaN"), ("+", "+"),
        ("2024-01-31", "2024-01-31"), ("2024-01-31 10:00:00", "2024-01-31 10:00:00"),
        ("=", "="), ("'1'", "1"), ('"true"', "true"),
        ("12345678901234567890123", 12345678901234567890123), ("!!float 3", 3.0), ("!!int '3'", 3), ("!!null ''", None),
        ("!!bool 'true'", True), ("!!timestamp 2024-01-31", "2024-01-31"), ("!!str", ""), ("'<<'", "<<"),
    ],
)  # fmt: skip
def test_parse_yaml_reads_scalars_by_the_core_schema(text, value):
    read = call("ParseYAML", text)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "1: a\n1.0: b\ntrue: c\nnull: d\n~: e\nyes: f",
            {"1": "a", "1.0": "b", "true": "c", "null": "d", "~": "e", "yes": "f"},
        ),
        ('"": a', {"": "a"}),
        ("2024-01-31: a", {"2024-01-31": "a"}),
        ("- &k name\n- *k : 1", ["name", {"name": 1}]),
        ("&k name: 1\nb: *k", {"name": 1, "b": "name"}),
    ],
)
def test_parse_yaml_keeps_keys_as_they_are_written(text, value):
    assert call("ParseYAML", text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3", {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}}),
        ("a: &a {x: 1}\nb:\n  x: 3\n  <<: *a", {"a": {"x": 1}, "b": {"x": 3}}),
        ("- &a {x: 1}\n- &b {x: 2, y: 2}\n- <<: [*a, *b]", [{"x": 1}, {"x": 2, "y": 2}, {"x": 1, "y": 2}]),
        ("- &a {x: 1}\n- {<<: *a, <<: {y: 2}}", [{"x": 1}, {"x": 1, "y": 2}]),
        ("'<<': 1", {"<<": 1}),
    ],
)
def test_parse_yaml_merges_mappings(text, value):
    assert call("ParseYAML", text) == value


def test_parse_yaml_leaves_a_merged_mapping_as_it_was():
    assert call("ParseYAML", "- &a {x: 1}\n- {<<: *a, x: 2}\n- *a") == [{"x": 1}, {"x": 2}, {"x": 1}]


def test_parse_yaml_gives_all_documents_when_it_is_asked_to():
    assert call("ParseYAML", "a: 1\n---\n- 2\n--- # none\n", True) == [{"a": 1}, [2], None]
    assert call("ParseYAML", "", True) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\n---\nb", "Text holds 2 documents; set All Documents"),
        ("a: 1\na: 2", "Text, line 2: the key 'a' occurs twice"),
        ('1: a\n"1": b', "Text, line 2: the key '1' occurs twice"),
        ("a: .inf", r"Text, line 1: .inf is no number"),
        ("-.INF", "no number"),
        (".nan", "no number"),
        ("1e999", "Text, line 1: the number '1e999' is too large"),
        ("9" * 4301, "Text, line 1: a number has more than 4,300 digits"),
        ("0x" + "f" * 4300, "more than 4,300 digits"),
        ("a: b: c", r"Text is not YAML: mapping values are not allowed in this context \(line 1, column 5\)"),
        ("[a", r"Text is not YAML: .* \(line 2, column 1\)"),
        ("a:\n\tb: 1", "Text is not YAML: .*tab|cannot start any token"),
        ("*a", r"Text, line 1: the alias \*a has no anchor before it"),
        ("a: &a 1\n---\nb: *a", r"Text, line 3: the alias \*a has no anchor"),
        ("&a [*a]", r"Text, line 1: the alias \*a stands within what it stands for"),
        ("&a {b: *a}", "stands within"),
        ("? [a]\n: b", "Text, line 1: a key must be a text or number"),
        ("? {a: b}\n: c", "a key must be"),
        ("- &a [1]\n- *a : b", "Text, line 2: a key must be"),
        ("<<: 1", "Text, line 1: << must be followed by a mapping"),
        ("<<: [1]", "<< must be followed"),
        ("!Ref a", "Text, line 1: the tag '!Ref' is none that is read here"),
        ("!!int a", "'a' is not a value of the tag !!int"),
        ("!!int 1.5", "not a value of the tag !!int"),
        ("!!bool yes", "not a value of the tag !!bool"),
        ("!!binary '*'", "Text, line 1: what follows !!binary is not Base64"),
        ("!!map [a]", "the tag '!!map'"),
        ("a\x00b", "Text is not YAML: control characters are not allowed"),
        ("a: \ud800", "Text holds half a character"),
    ],
)
def test_parse_yaml_names_what_it_cannot_read(text, words):
    with pytest.raises(ValueError, match=words):
        call("ParseYAML", text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            {"name": "tea", "sizes": [1, 2.5], "none": None, "hot": True},
            "name: tea\nsizes:\n- 1\n- 2.5\nnone: null\nhot: true\n",
        ),
        ({"b": {}, "a": []}, "b: {}\na: []\n"),
        ([[1, [2]], {"a": {"b": 1}}], "- - 1\n  - - 2\n- a:\n    b: 1\n"),
        ("text", "text\n"),
        ("größe 👍", None),
        ("two\nlines", "|-\n  two\n  lines\n"),
        ({"a": "two\nlines\n"}, "a: |\n  two\n  lines\n"),
        (b"GIF", None),
        (1e300, "1.0e+300\n"),
        (1.0, "1.0\n"),
        ("x " * 200 + "x", "x " * 200 + "x\n"),
    ],
)
def test_to_yaml_gives_the_text(value, text):
    written = call("ToYAML", value)
    assert text is None or written == text
    assert call("ParseYAML", written) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "~",
        "null",
        "true",
        "yes",
        "No",
        "on",
        "0o17",
        "0x1F",
        "017",
        "1_000",
        "12:30",
        "1e3",
        ".5",
        ".inf",
        "=",
        "<<",
        "2024-01-31",
        "- a",
        "a: b",
        "# a",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "'",
        '"',
        " a",
        "a ",
        "?",
        "-",
        "---",
        "...",
    ],
)
def test_to_yaml_writes_a_text_that_every_reader_takes_for_that_text(text):
    written = call("ToYAML", [text])
    assert call("ParseYAML", written) == yaml.safe_load(written) == [text]


def test_to_yaml_keeps_letters_and_signs_of_all_scripts():
    assert call("ToYAML", {"größe": "👍 日本"}) == "größe: 👍 日本\n"


def test_to_yaml_indents_as_it_is_asked_to():
    assert call("ToYAML", {"a": {"b": 1}}, 4) == "a:\n    b: 1\n"


def test_to_yaml_writes_shared_parts_out_without_anchors():
    part = {"x": [1]}
    assert call("ToYAML", [part, part]) == "- x:\n  - 1\n- x:\n  - 1\n"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ((1, 1), "Indent must be between 2 and 9"),
        ((1, 10), "Indent must be between 2 and 9"),
        ((10**5000,), "Value cannot be written as YAML"),
        ((["\ud800"],), "Value cannot be written as YAML: .*half a character"),
        (({"\ud800": 1},), "half a character"),
        (("x" * 10_000_001,), "Value cannot be written as YAML: .* 10,000,000"),
    ],
)
def test_to_yaml_fails_clearly(inputs, words):
    with pytest.raises(ValueError, match=words):
        call("ToYAML", *inputs)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.integers(2, 9))
def test_yaml_comes_back_as_it_went(value, indent):
    assert call("ParseYAML", call("ToYAML", value, indent)) == value


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_yaml_is_read_alike_by_the_parser_in_python(value):
    """Where libyaml is missing, PyYAML's own parser gives the same events."""
    events = yaml.parse(call("ToYAML", value), Loader=yaml.SafeLoader)
    builder = node._Builder()
    for event in events:
        builder.take(event)
    assert builder.documents == [value]


def test_parse_yaml_reads_with_libyaml_where_there_is_one():
    assert yaml.__with_libyaml__ == (re.match("C", node.LOADER.__name__) is not None)
