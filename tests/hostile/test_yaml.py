"""YAML that is made to harm: it ends in a clear error, or in a result, and reaches for nothing."""

import re
from itertools import pairwise

import pytest

from tests.hostile.child import end_of

DEEP = "Text is nested too deeply"
TAG = r"Text, line \d+: the tag "
LARGE_WRITTEN = "Text is too large: without aliases"
LETTERS = "abcdefghijklmnop"
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in pairwise(LETTERS)
)
MERGES = "a: &a {x: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 9)}], {name}: 1}}\n" for before, name in pairwise(LETTERS)
)

DOCUMENTS = {
    "a billion laughs": (LAUGHS, LARGE_WRITTEN),
    "merges of merges": (MERGES, "result"),
    "a list within itself": ("&a [*a]", "Text, line 1: the alias"),
    "a mapping within itself": ("&a {b: [*a]}", "Text, line 1: the alias"),
    "a mapping merged into itself": ("&a\nb: 1\n<<: *a", "Text, line 3: the alias"),
    "a key of itself": ("&a {*a : 1}", "Text, line 1: the alias"),
    "a Python object": ("!!python/object:os.system {}", TAG),
    "a Python call": ("!!python/object/apply:os.system ['id']", TAG),
    "a new Python object": ("!!python/object/new:subprocess.Popen [['id']]", TAG),
    "a Python name": ("!!python/name:os.system ''", TAG),
    "a Python module": ("!!python/module:os ''", TAG),
    "a Python tuple": ("!!python/tuple [1]", TAG),
    "a spelt-out tag": ("!<tag:yaml.org,2002:python/object/apply:os.system> ['id']", TAG),
    "a tag by directive": ("%TAG !p! tag:yaml.org,2002:python/object/apply:\n--- !p!os.system ['id']", TAG),
    "a foreign tag": ("!include /etc/passwd", TAG),
    "a tag of Ruby": ("!ruby/object:Gem::Installer {}", TAG),
    "a tag of Java": ("!!javax.script.ScriptEngineManager [x]", TAG),
    "YAML 9": ("%YAML 9.0\n--- a", "Text is not YAML"),
    "NUL": ("a: \x00", "Text is not YAML"),
    "NUL as escape": ('"\\0"', "result"),
    "half a character as escape": ('"\\ud800"', "Text is not YAML"),
    "a byte order mark within": ("a\ufeffb", ".*"),
}
LARGE = {
    "levels of [": ("'[' * 1_000_000", DEEP),
    "levels of {": ("'{' * 1_000_000", f"{DEEP}|Text, line 1: a key must be"),
    "levels of {a:": ("'{a: ' * 500_000", DEEP),
    "levels of -": ("'- ' * 500_000", DEEP),
    "levels of ?": ("'? ' * 500_000", "Text"),
    "levels by indentation": ("''.join(' ' * n + 'a:\\n' for n in range(3000))", DEEP),
    "levels that are closed": ("'[' * 100_000 + ']' * 100_000", DEEP),
    "levels by alias": ("'- &a ' + '[' * 150 + ']' * 150 + '\\n- ' + '[' * 100 + '*a' + ']' * 100", DEEP),
    "a large text by alias": ("'- &a ' + 'x' * 1_000_000 + '\\n' + '- *a\\n' * 900_000", LARGE_WRITTEN),
    "a large mapping merged often": (
        "'a: &a {' + ','.join(f'k{n}: 1' for n in range(100_000)) + '}\\nb:\\n  <<: [' + '*a,' * 100_000 + ']'",
        "Text has more than 1,000,000 items",
    ),
    "many items": ("'[' + 'a,' * 1_500_000 + ']'", "Text has more than 1,000,000 items"),
    "many documents": ("'--- a\\n' * 300_000", "Text holds 300000 documents"),
    "many anchors": ("''.join(f'- &a{n} x\\n' for n in range(300_000))", "result"),
    "many directives": (
        "''.join(f'%TAG !a{n}! b\\n' for n in range(500_000)) + '--- a'",
        "Text has more than 100 %TAG",
    ),
    "many colons": ("':' * 1_000_000", "Text is not YAML"),
    "many commas": ("'[' + ',' * 1_000_000", "Text is not YAML"),
    "many quotation marks": ("'\"' * 1_000_001", "Text is not YAML"),
    "a huge text": ("'x' * 9_900_000", "result"),
    "a huge quoted text": ("'\"' + 'x\\n' * 4_900_000 + '\"'", "result"),
    "a huge comment": ("'#' * 9_900_000", "result"),
    "a huge key": ("'? ' + 'x' * 9_900_000 + '\\n: 1'", "result"),
    "a huge number": ("'9' * 9_900_000", "Text, line 1: a number has more than 4,300 digits"),
    "a huge hexadecimal number": ("'0x' + 'f' * 9_900_000", "Text, line 1: a number has more than 4,300 digits"),
    "a huge fraction": ("'0.' + '9' * 9_900_000", "result"),
    "many blanks": ("' ' * 9_900_000 + 'a'", "result"),
    "more than the limit": ("'x' * 10_000_001", "Text has 10,000,001 characters"),
    "half a character": ("'a: \\ud800'", "Text holds half a character"),
}


@pytest.mark.parametrize(("document", "end"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_parse_yaml_comes_through(document, end):
    assert re.match(end, end_of("ParseYAML", repr(document)))


@pytest.mark.parametrize(("make", "end"), LARGE.values(), ids=LARGE)
def test_parse_yaml_comes_through_what_is_large(make, end):
    assert re.match(end, end_of("ParseYAML", make))


@pytest.mark.parametrize(
    ("make", "end"),
    [
        ("__import__('functools').reduce(lambda a, _: [a], range(100_000), 1)", "Value cannot be .*nested too deeply"),
        ("__import__('functools').reduce(lambda a, _: [a], range(250), 1)", "result"),
        ("__import__('functools').reduce(lambda a, _: [a, a], range(60), 1)", "Value cannot be .*too large"),
        ("[[0] * 1000] * 9_000", "Value cannot be .*10,000,000 characters"),
        ("'\\n' * 9_000_000", "result"),
        ("' \\n' * 4_000_000", ".*"),
        ("'1:' * 4_000_000", "result"),
        ("'\\x00' * 9_000_000", "Value cannot be .*10,000,000 characters"),
    ],
)
def test_to_yaml_comes_through(make, end):
    assert re.match(end, end_of("ToYAML", make))
