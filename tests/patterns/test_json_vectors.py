"""JSON as RFC 8259 has it, case by case: what must be read (y), what must not (n), and what is ours to decide (i)."""

import pytest

from patterns.values import parse_json

MUST_BE_READ = [
    ("[]", []), ("{}", {}), ("[[]]", [[]]), ("[{}]", [{}]), ('{"":0}', {"": 0}), ("null", None), ("true", True),
    ("false", False), ('""', ""), ("0", 0), ("-0", 0), ("-1", -1), ("[1,2]", [1, 2]), (' [ 1 , 2 ] ', [1, 2]),
    ("\t[\n1\r]\n", [1]), ("[]\n", []), (" \n\r\t1", 1), ('{"a":{"b":[]}}', {"a": {"b": []}}),
    ("[null,1,\"1\",{}]", [None, 1, "1", {}]), ("[1,null,null,2]", [1, None, None, 2]),
    # numbers
    ("10", 10), ("-10", -10), ("123456789", 123456789), ("1.5", 1.5), ("-1.5", -1.5), ("0.0", 0.0), ("-0.0", 0.0),
    ("0e1", 0.0), ("0E+1", 0.0), ("1e2", 100.0), ("1E2", 100.0), ("1e+2", 100.0), ("1e-2", 0.01), ("1.5e2", 150.0),
    ("123e65", 123e65), ("0.1e-7", 0.1e-7), ("1E22", 1e22), ("123.456e78", 123.456e78), ("-123123e100", -123123e100),
    ("9007199254740993", 9007199254740993), ("18446744073709551616", 18446744073709551616),
    ("1" * 4300, int("1" * 4300)),
    ("1.7976931348623157e308", 1.7976931348623157e308), ("5e-324", 5e-324), ("0." + "0" * 400 + "1", 0.0),
    # strings
    ('"a"', "a"), (r'"\""', '"'), (r'"\\"', "\\"), (r'"\/"', "/"), ('"/"', "/"), (r'"\b\f\n\r\t"', "\b\f\n\r\t"),
    (r'"\u0041"', "A"), (r'"\u00e9"', "é"), (r'"\u00E9"', "é"), (r'"\u0000"', "\x00"), (r'"\u001f"', "\x1f"),
    (r'"\uD83D\uDC4D"', "👍"), (r'"\ud83d\ude39"', "😹"), (r'"\\u0041"', "\\u0041"),
    (r'"\"\\\/"', '"\\/'), ('"\x7f"', "\x7f"),
    ('"é👍"', "é👍"), ('"\u2028\u2029"', "\u2028\u2029"), ('"\ufeff"', "\ufeff"),
    ('"\U0010ffff"', "\U0010ffff"), ('"\uffff"', "\uffff"),
    (r'"\uffff"', "\uffff"), ('"a/*b*/c"', "a/*b*/c"), ('"[1,"', "[1,"), ('" "', " "), ('"\u00a0"', "\u00a0"),
    # objects
    ('{"a":1}', {"a": 1}), ('{"a":1,"b":2}', {"a": 1, "b": 2}), ('{ "a" : 1 }', {"a": 1}), ('{"a":[]}', {"a": []}),
    (r'{"a\u0000b":1}', {"a\x00b": 1}), ('{"é":1}', {"é": 1}), ('{\n"a":\n1\n}', {"a": 1}),
    (r'{"\u0061":1}', {"a": 1}),
    ('{"a":"b","a ":"c"}', {"a": "b", "a ": "c"}), ("[" * 200 + "]" * 200, None),
]  # fmt: skip

MUST_NOT_BE_READ = [
    "", " ", "\n", "[", "]", "{", "}", "[[]", "[]]", "{}}", "[1", "[1,", "[1,]", "[,1]", "[,]",
    "[1,,2]", "[1 2]", "[1:2]", "[1}",
    "{]", "[)", "(1)", "1 2", "1,2", "[] []", "{} x", "[1]x", ",", ":", "[", '{"a"', '{"a":', '{"a":1',
    '{"a":1,', '{"a":1,}', "{,}",
    '{"a" 1}', '{"a":}', '{"a":1 "b":2}', '{"a",1}', "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{[]:1}",
    '{"a":1,,"b":2}', '{"a"::1}',
    '{"a":1:2}', "nul", "nulll", "Null", "NULL", "True", "TRUE", "tru", "fals", "undefined", "NaN",
    "-NaN", "[NaN]", "Infinity",
    "-Infinity", "+Infinity", "inf", "nan",
    # numbers
    "-", "+", "+1", "--1", "01", "-01", "00", "1.", ".5", "-.5", "1.e1", "1e", "1e+", "1e-", "1ee2",
    "1e1.5", "1.5.5", "0x1F", "0o7",
    "0b1", "1_000", "1,000", "1a", "- 1", "1 e2", "１", "٣", "½", "1e١", "−1", "1f", "1n", "1/2", "++1",
    "1+2", "0e", "0.e1", "-a", "9.e+",
    # strings
    '"', '"a', "'a'", "a", '"a""b"', r'"\"', r'"\x41"', r'"\a"', r'"\0"', r'"\v"', r'"\u"', r'"\u1"',
    r'"\u12"', r'"\u123"', r'"\u123g"',
    r'"\U0041"', r'"\u 041"', r'"\u+041"', r'"\u-041"', r'"\ud83d\u"', r'"\ ', '"\n"', '"\r"', '"\t"',
    '"\x00"', '"\x1f"', '"a\nb"',
    "“a”", "`a`", '\\"a\\"', r"\u0041", '"\\\n"', r'"\u00_1"', r'"\u００４１"',
    # white space, comments, marks
    "\ufeff1", "\u00a01", "1\u00a0", "[\u2003]", "\x0b1", "\x0c1", "[\x0c]", "\x001", "1\x00",
    "// a\n1", "1 // a", "/* a */1",
    "[1/**/]", "# a\n1", "<a/>", "\u20601", "1\u2028", "&amp;",
]  # fmt: skip

OURS = [
    # A name that occurs twice: the last one holds.
    ('{"a":1,"a":2}', {"a": 2}),
    ('{"a":1,"a":1}', {"a": 1}),
    (r'{"a":1,"\u0061":2}', {"a": 2}),
    # Half characters are kept, as they come in real payloads.
    (r'"\ud83d"', "\ud83d"),
    (r'"\udc4d"', "\udc4d"),
    (r'"\udc4d\ud83d"', "\udc4d\ud83d"),
    (r'"\ud83d\ud83d"', "\ud83d\ud83d"),
    (r'"\ud83da"', "\ud83da"),
    (r'"\ud83d\n"', "\ud83d\n"),
    # Numbers of any size are exact where they are whole, and the nearest Float where they are not.
    ("-" + "9" * 100, -int("9" * 100)),
    ("0.1000000000000000055511151231257827", 0.1),
    ("1e-999", 0.0),
    # Bytes may be any of the encodings that JSON once had.
    (b'"\xc3\xa9"', "é"),
    ('"é"'.encode("utf-16"), "é"),
    ('"é"'.encode("utf-16-be"), "é"),
    ('"é"'.encode("utf-32"), "é"),
    (b"\xef\xbb\xbf1", 1),
]

OURS_REFUSED = [
    "1e309",
    "-1e309",
    "1e999999999",
    "9" * 4301,
    "[" * 201 + "]" * 201,
    '{"a":' * 201 + "1" + "}" * 201,
    b"\xff",
    b'"\xe9"',
]


@pytest.mark.parametrize(("text", "value"), MUST_BE_READ, ids=lambda case: ascii(case)[:40])
def test_json_that_must_be_read_is_read(text, value):
    read = parse_json(text)
    assert value is None or (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("text", MUST_NOT_BE_READ, ids=lambda case: ascii(case)[:40])
def test_json_that_must_not_be_read_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        parse_json(text)


@pytest.mark.parametrize(("text", "value"), OURS, ids=lambda case: ascii(case)[:40])
def test_json_that_may_be_read_is_read(text, value):
    assert parse_json(text) == value


@pytest.mark.parametrize("text", OURS_REFUSED, ids=lambda case: ascii(case)[:40])
def test_json_that_cannot_be_held_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        parse_json(text)
