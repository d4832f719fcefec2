import pytest

from tests.patterns.nodes.calling import call


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}),
        ("\ufeff[]", []),
        (' "é\\u0000\\ud800" ', "é\x00\ud800"),
        ("12345678901234567890123", 12345678901234567890123),
        ('{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_json_parse_gives_the_value(text, value):
    assert call("JSONParse", text) == value


@pytest.mark.parametrize(
    "text", ["", "{", "{'a': 1}", "NaN", "[1,]", "1e999", "[" * 100_000, "[" * 201 + "]" * 201, "9" * 5000, "undefined"]
)
def test_json_parse_names_what_is_not_json(text):
    with pytest.raises(ValueError, match="Text is not JSON"):
        call("JSONParse", text)


@pytest.mark.parametrize(
    ("value", "indent", "text"),
    [
        ({"a": [1, "é"]}, 0, '{"a":[1,"é"]}'),
        ({"a": [1]}, 2, '{\n  "a": [\n    1\n  ]\n}'),
        (None, 0, "null"),
        (1.0, 0, "1.0"),
        (10**30, 0, str(10**30)),
        (b"x", 0, '{"$binary":"eA=="}'),
        (b"x", 1, '{\n "$binary": "eA=="\n}'),
        (["\ud800"], 0, '["\\ud800"]'),
        (["\ud800"], 1, '[\n "\\ud800"\n]'),
    ],
)
def test_json_stringify_gives_the_text(value, indent, text):
    assert call("JSONStringify", value, indent) == text


@pytest.mark.parametrize(
    ("value", "indent", "words"),
    [
        (nested(100_000), 0, "nested too deeply"),
        (nested(100_000), 2, "nested too deeply"),
        (1, -1, "Indent"),
        (1, 17, "Indent"),
        ("x" * 10_000_001, 0, "10,000,000 characters"),
    ],
)
def test_json_stringify_fails_clearly(value, indent, words):
    with pytest.raises(ValueError, match=words):
        call("JSONStringify", value, indent)


@pytest.mark.parametrize(
    ("inputs", "rows"),
    [
        (("name,age\nAda,36\n",), [{"name": "Ada", "age": "36"}]),
        (
            ('\ufeffname;note\r\n"Ada; L";"two\nlines ""x"""\r\n\r\n', True, ";"),
            [{"name": "Ada; L", "note": 'two\nlines "x"'}],
        ),
        (("a,b\nc", False), [["a", "b"], ["c"]]),
        (("a\tb", False, "\\t"), [["a", "b"]]),
        (("a,b\n1",), [{"a": "1", "b": None}]),
        (("a,b\n",), []),
        (("",), []),
        (("größe\n👍",), [{"größe": "👍"}]),
        (("a\n\x00",), [{"a": "\x00"}]),
        (("a\n" + "x" * 500_000,), [{"a": "x" * 500_000}]),
    ],
)
def test_parse_csv_gives_the_rows(inputs, rows):
    assert call("ParseCSV", *inputs) == rows


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (("a,b\n1,2,3",), "row 1 has 3 values, but the header has 2 columns"),
        (("a,a\n1,2",), "the same name"),
        (('a\n"unclosed',), r"Text is not CSV: .* \(line 2\)"),
        (("a", True, ""), "Delimiter"),
        (("a", True, ",,"), "Delimiter"),
        (("a", True, '"'), "Delimiter"),
        (("a", True, "\n"), "Delimiter"),
        ((",".join(map(str, range(5000))) + "\n1" * 5000,), "10,000,000 cells"),
    ],
)
def test_parse_csv_fails_clearly(inputs, words):
    with pytest.raises(ValueError, match=words):
        call("ParseCSV", *inputs)


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        (([{"name": "Ada", "age": 36}],), "name,age\r\nAda,36\r\n"),
        (([{"a": 1}, {"b": None, "a": True}],), "a,b\r\n1,\r\ntrue,\r\n"),
        (([{"a": 1}], False), "1\r\n"),
        (([["x;y", 'say "hi"'], [1.0, [1]]], True, ";"), '"x;y";"say ""hi"""\r\n1;[1]\r\n'),
        (([],), ""),
    ],
)
def test_to_csv_gives_the_text(inputs, text):
    assert call("ToCSV", *inputs) == text


def test_csv_comes_back_as_it_went():
    rows = [{"a": 'x "y"', "b": "1\n2"}, {"a": "", "b": ",;\t"}]
    assert call("ParseCSV", call("ToCSV", rows)) == rows


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"a": 1}, [1]], "all Objects or all Arrays"),
        ([1], "all Objects or all Arrays"),
        ([{"a": "x" * 1_000_000}] * 11, "10,000,000 characters"),
        ([{str(n): 1} for n in range(5000)], "10,000,000 cells"),
    ],
)
def test_to_csv_fails_clearly(rows, words):
    with pytest.raises(ValueError, match=words):
        call("ToCSV", rows)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("q=drag+ops&tag=a&tag=b", {"q": "drag ops", "tag": ["a", "b"]}),
        ("?a=&b", {"a": "", "b": ""}),
        ("n=%C3%A9%FF", {"n": "é\ufffd"}),
        ("", {}),
    ],
)
def test_parse_query_string_gives_the_values(text, value):
    assert call("ParseQueryString", text) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"q": "drag ops", "tag": ["a", "b"]}, "q=drag+ops&tag=a&tag=b"),
        ({"a": None, "b": True, "c": 1.0, "d": "é&="}, "b=true&c=1&d=%C3%A9%26%3D"),
        ({}, ""),
    ],
)
def test_to_query_string_gives_the_text(value, text):
    assert call("ToQueryString", value) == text


def test_to_query_string_names_a_value_without_a_text():
    with pytest.raises(ValueError, match="filter: "):
        call("ToQueryString", {"filter": {"a": 1}})
