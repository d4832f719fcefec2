"""CSV as RFC 4180 and the programs that write it have it, case by case."""

import pytest

from tests.patterns.nodes.calling import call


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("aaa,bbb\r\nccc,ddd\r\n", [["aaa", "bbb"], ["ccc", "ddd"]]),  # rule 1
        ("aaa,bbb\r\nccc,ddd", [["aaa", "bbb"], ["ccc", "ddd"]]),  # rule 2
        ("aaa,bbb\nccc,ddd\n", [["aaa", "bbb"], ["ccc", "ddd"]]),
        ("aaa,bbb\rccc,ddd\r", [["aaa", "bbb"], ["ccc", "ddd"]]),
        ("a\nb\r\nc\rd", [["a"], ["b"], ["c"], ["d"]]),
        (" a , b ", [[" a ", " b "]]),  # rule 4: spaces are part of a field
        ('"aaa","bbb"\r\nccc,"ddd"', [["aaa", "bbb"], ["ccc", "ddd"]]),  # rule 5
        ('"a\r\nb",c', [["a\r\nb", "c"]]),  # rule 6
        ('"a,b",c', [["a,b", "c"]]),
        ('"a""b"', [['a"b']]),  # rule 7
        ('""""', [['"']]),
        ('""', [[""]]),
        ('a"b,c', [['a"b', "c"]]),
        (",", [["", ""]]),
        (",,", [["", "", ""]]),
        ("a,,c", [["a", "", "c"]]),
        ("a,", [["a", ""]]),
        ('"",a', [["", "a"]]),
        ("a\n\nb", [["a"], ["b"]]),
        ("\n\na", [["a"]]),
        ("a,b\nc", [["a", "b"], ["c"]]),
        ("a\nb,c", [["a"], ["b", "c"]]),
        ("\ufeffa,b", [["a", "b"]]),
        ('\ufeff"a",b', [["a", "b"]]),
        ("a\ufeff", [["a\ufeff"]]),
        ("größe,👍,日本", [["größe", "👍", "日本"]]),
        ("a\x00b", [["a\x00b"]]),
        ("a\u2028b\x85c\x0bd", [["a\u2028b\x85c\x0bd"]]),
        ("1,2.5,true,null", [["1", "2.5", "true", "null"]]),
        ("\\n,a\\,b", [["\\n", "a\\", "b"]]),
    ],
)
def test_parse_csv_reads_lines(text, rows):
    assert call("ParseCSV", text, False) == rows


@pytest.mark.parametrize("text", ['"a', '"a"b', '"a" ,b', 'a,"b\n', '"a""'])
def test_parse_csv_refuses_quotation_marks_that_do_not_match(text):
    with pytest.raises(ValueError, match="Text is not CSV"):
        call("ParseCSV", text, False)


@pytest.mark.parametrize(
    ("delimiter", "text"), [(";", "a;b,c"), ("\\t", "a\tb,c"), ("tab", "a\tb,c"), ("|", "a|b,c"), ("^", "a^b,c")]
)
def test_parse_csv_splits_at_the_delimiter_alone(delimiter, text):
    assert call("ParseCSV", text, False, delimiter) == [["a", "b,c"]]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("a;b;c", ["a", "b", "c"]),
        ("a\tb", ["a", "b"]),
        ("a|b", ["a", "b"]),
        ("a,b", ["a", "b"]),
        ("a", ["a"]),
        ("", None),
        ("a;b;c,d", ["a", "b", "c,d"]),
        ('"a,b,c";d', ["a,b,c", "d"]),
        ('"a\n,,,";d\n,,,,,', ["a\n,,,", "d"]),
        ("a;b\n1,2,3,4;5", ["a", "b"]),
        ("\n\na;b", ["a", "b"]),
        ('"a,b', None),
    ],
)
def test_parse_csv_finds_the_delimiter(text, row):
    if text == '"a,b':
        with pytest.raises(ValueError, match="Text is not CSV"):
            call("ParseCSV", text, False, "auto")
    else:
        assert call("ParseCSV", text, False, "auto")[:1] == ([row] if row else [])


def test_parse_csv_trims_names_and_values_where_it_is_asked_to():
    assert call("ParseCSV", "name , age\n Ada, 36 ", trim=True) == [{"name": "Ada", "age": "36"}]


def test_parse_csv_names_the_column_that_occurs_twice():
    with pytest.raises(ValueError, match="Text: two columns of the header have the same name, 'a'"):
        call("ParseCSV", "a,b,a\n1,2,3")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "=cmd|' /C calc'!A0"])
def test_to_csv_puts_a_mark_before_formulas_where_it_is_asked_to(text):
    written = call("ToCSV", [[text]], True, ",", True)
    assert call("ParseCSV", written, False) == [[f"'{text}"]]
    assert call("ParseCSV", call("ToCSV", [[text]]), False) == [[text]]


def test_to_csv_leaves_numbers_and_other_texts_as_they_are():
    assert call("ToCSV", [[-1, 2.5, "a=b", "", None, True]], True, ",", True) == "-1,2.5,a=b,,,true\r\n"


def test_to_csv_escapes_the_names_of_columns_too():
    assert call("ToCSV", [{"=a": 1}], True, ",", True) == "'=a\r\n1\r\n"


@pytest.mark.parametrize(
    "row", [["a", "b"], ["a;b", 'c"d'], ["a\nb", ""], ["", ""], [" a ", "\t"], ["é", "👍"], ["a\r\nb", "\r"]]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\\t", "|"])
def test_csv_comes_back_with_any_delimiter(row, delimiter):
    assert call("ParseCSV", call("ToCSV", [row], True, delimiter), False, delimiter) == [row]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (([1],), "Rows: they must be all Objects or all Arrays"),
        (([{"a": 10**5000}],), "Rows: "),
        (([["x"]], True, "\ud800"), "Delimiter must be one character"),
    ],
)
def test_to_csv_names_the_pin(inputs, words):
    with pytest.raises(ValueError, match=words):
        call("ToCSV", *inputs)


def test_query_strings_name_the_pin():
    with pytest.raises(ValueError, match="Object: filter: "):
        call("ToQueryString", {"filter": {"a": 1}})
    with pytest.raises(ValueError, match="Text has more than 1,000,000 values"):
        call("ParseQueryString", "&" * 1_000_000)
