"""JSON that is made to harm: it ends in a clear error, or in a result."""

import re

import pytest

from tests.hostile.child import end_of

DEEP = "Text is not JSON: JSON is nested too deeply"


@pytest.mark.parametrize(
    ("make", "end"),
    [
        ("'[' * 1_000_000", "Text is not JSON"),
        ("'[' * 100_000 + ']' * 100_000", DEEP),
        ("'{\"a\":' * 100_000 + '1' + '}' * 100_000", DEEP),
        ("'[{\"a\":' * 100_000", "Text is not JSON"),
        ("'[' * 201 + ']' * 201", DEEP),
        ("'[' * 200 + ']' * 200", "result"),
        ("'[' + '[' * 199 + ']' * 199 + ',[]' * 300_000 + ']'", "result"),
        ("'9' * 9_000_000", "Text is not JSON: a whole number has more than 4,300 digits"),
        ("'-' * 9_000_000", "Text is not JSON"),
        ("'0.' + '9' * 9_000_000", "result"),
        ("'1e' + '9' * 9_000_000", "Text is not JSON: the number .* is too large"),
        ("'1e-' + '9' * 9_000_000", "result"),
        ("'\"' + 'x' * 9_900_000 + '\"'", "result"),
        ("'\"' + '\\\\u0041' * 1_600_000 + '\"'", "result"),
        ("'\"' + '\\\\' * 9_000_001", "Text is not JSON"),
        ("' ' * 9_900_000 + '1'", "result"),
        ("'{' + ','.join(f'\"{n}\":1' for n in range(700_000)) + '}'", "result"),
        ("'{' + '\"a\":1,' * 1_000_000 + '\"a\":1}'", "result"),
        ("'[' + '\"' * 9_000_000", "Text is not JSON"),
        ("'\\x00' * 1000", "Text is not JSON"),
    ],
)
def test_json_parse_comes_through(make, end):
    assert re.match(end, end_of("JSONParse", make))


@pytest.mark.parametrize("indent", [0, 16])
@pytest.mark.parametrize(
    ("make", "end"),
    [
        ("__import__('functools').reduce(lambda a, _: [a], range(100_000), 1)", "Value cannot be .*nested too deeply"),
        ("__import__('functools').reduce(lambda a, _: {'a': a}, range(100_000), 1)", "Value cannot be .*nested"),
        ("__import__('functools').reduce(lambda a, _: [a, a], range(60), 1)", "Value cannot be .*too large"),
        ("['\\x00' * 1_000_000] * 19", "Value cannot be .*10,000,000 characters"),
        ("10**5000", "Value cannot be written as JSON"),
    ],
)
def test_json_stringify_comes_through(make, end, indent):
    assert re.match(end, end_of("JSONStringify", make, indent))


@pytest.mark.parametrize(
    ("node", "make", "end"),
    [
        ("ParseCSV", "'a,b\\n' + '\"' * 9_000_001", "Text is not CSV"),
        ("ParseCSV", "'a\\n' + ',' * 9_000_000", "Text: row 1 has 9000001 values"),
        ("ParseCSV", "','.join(str(n) for n in range(5000)) + '\\n1' * 5000", "Text: .*10,000,000 cells"),
        ("ParseCSV", "'a\\n' * 1_500_000", "Text: .*1,000,000 items"),
        ("ParseCSV", "'a\\n' + '\"' + 'x' * 9_900_000 + '\"'", "result"),
        ("ParseQueryString", "'&' * 9_000_000", "Text has more than 1,000,000 values"),
        ("ParseQueryString", "'a=' + '%' * 9_000_000", "result"),
        ("ParseQueryString", "'a=' + '%41' * 3_000_000", "result"),
        ("ToCSV", "[[{'a': __import__('functools').reduce(lambda a, _: [a], range(100_000), 1)}]]", "Rows: "),
        ("ToCSV", "[['x' * 1000] * 1000] * 1000", "Rows: "),
    ],
)
def test_other_formats_come_through(node, make, end):
    assert re.match(end, end_of(node, make))
