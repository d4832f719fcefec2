import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.patterns.nodes.calling import call

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
WORDS = st.text(CHARACTERS, min_size=1, max_size=20).map(str.strip).filter(bool)
ATTRIBUTES = st.dictionaries(NAMES.map("@{}".format), st.text(CHARACTERS, max_size=10), min_size=1, max_size=2)
LEAVES = st.none() | WORDS | ATTRIBUTES | ATTRIBUTES.flatmap(lambda found: WORDS.map(lambda t: {**found, "#text": t}))
ELEMENTS = st.recursive(
    LEAVES,
    lambda inner: st.dictionaries(NAMES, inner | st.lists(inner, min_size=2, max_size=3), min_size=1, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<a/>", {"a": None}),
        ("<a></a>", {"a": None}),
        ("<a>  \n </a>", {"a": None}),
        ("<a>x</a>", {"a": "x"}),
        ("<a> x\n</a>", {"a": "x"}),
        ("<a>1</a>", {"a": "1"}),
        ('<a b="1"/>', {"a": {"@b": "1"}}),
        ("<a b=''>x</a>", {"a": {"@b": "", "#text": "x"}}),
        ("<a><b>1</b><b>2</b><c/></a>", {"a": {"b": ["1", "2"], "c": None}}),
        ("<a><b>1</b><c/><b>2</b></a>", {"a": {"b": ["1", "2"], "c": None}}),
        ("<a>x<b/>y</a>", {"a": {"b": None, "#text": "xy"}}),
        ("<a><![CDATA[<b>&amp;</b>]]></a>", {"a": "<b>&amp;</b>"}),
        ("<a>&lt;&amp;&gt;&quot;&apos;&#233;&#x1F44D;</a>", {"a": "<&>\"'é👍"}),
        ("<a><!-- no --><?php no ?>x</a>", {"a": "x"}),
        ('<?xml version="1.0"?>\n<?xml-stylesheet href="a.xsl"?>\n<a/>', {"a": None}),
        ("\ufeff<a/>", {"a": None}),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><größe>é</größe>', {"größe": "é"}),
        ("<?xml version='1.0' encoding='utf-16'?><a>é</a>", {"a": "é"}),
        ("<a>one\r\ntwo\rthree</a>", {"a": "one\ntwo\nthree"}),
        ("<s:a xmlns:s='urn:x'><s:b/></s:a>", {"s:a": {"@xmlns:s": "urn:x", "s:b": None}}),
        ("<a xmlns='urn:x'/>", {"a": {"@xmlns": "urn:x"}}),
    ],
)
def test_parse_xml_gives_the_object(text, value):
    assert call("ParseXML", text) == value


@pytest.mark.parametrize(
    ("inputs", "properties", "value"),
    [
        (("<a><b>1</b></a>", ["b"]), {}, {"a": {"b": ["1"]}}),
        (("<a><b/><c><b/></c></a>", ["b"]), {}, {"a": {"b": [None], "c": {"b": [None]}}}),
        (("<a/>", ["a"]), {}, {"a": [None]}),
        (('<a b="1">x</a>',), {"attribute_prefix": "$", "text_key": "_"}, {"a": {"$b": "1", "_": "x"}}),
        (('<a b="1"><b>2</b></a>',), {"attribute_prefix": ""}, {"a": {"b": ["1", "2"]}}),
        (('<a b="1">x</a>',), {"attributes": False}, {"a": "x"}),
        (("<a> x </a>",), {"trim": False}, {"a": " x "}),
    ],
)
def test_parse_xml_does_as_its_settings_say(inputs, properties, value):
    assert call("ParseXML", *inputs, **properties) == value


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (("",), "Text is not XML: no element found"),
        (("plain",), r"Text is not XML: .* line 1, column 0"),
        (("<a>",), "Text is not XML"),
        (("<a></b>",), "Text is not XML: mismatched tag"),
        (("<a/><b/>",), "Text is not XML: junk after document element"),
        (("<a b='1' b='2'/>",), "duplicate attribute"),
        (("<a b=1/>",), "Text is not XML"),
        (("<a>&nbsp;</a>",), "undefined entity"),
        (("<a>\x00</a>",), "Text is not XML"),
        (("<a>\x0b</a>",), "Text is not XML"),
        (("<a>&#0;</a>",), "Text is not XML: reference to invalid character number"),
        (("<a>\ud800</a>",), "Text holds half a character"),
        (("<!DOCTYPE a><a/>",), "Text has a DOCTYPE"),
        (("<a/>", [1]), "Always Arrays must hold names"),
        (("<a>" * 201 + "</a>" * 201,), "Text is nested too deeply"),
        (("<a>" * 150 + "</a>" * 150, ["a"]), "Text is nested too deeply"),
    ],
)
def test_parse_xml_fails_clearly(inputs, words):
    with pytest.raises(ValueError, match=words):
        call("ParseXML", *inputs)


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        (({"a": None},), "<a/>"),
        (({"a": ""},), "<a/>"),
        (({"a": {}},), "<a/>"),
        (({"a": "<&>\"'"},), "<a>&lt;&amp;&gt;\"'</a>"),
        (({"a": {"@b": '<&"\n'}},), "<a b='&lt;&amp;\"&#10;'/>"),
        (({"a": {"@b": 1, "@c": None, "#text": True}},), '<a b="1" c="">true</a>'),
        (({"a": {"b": [1, 2.0, None, {"c": "x"}]}},), "<a><b>1</b><b>2</b><b/><b><c>x</c></b></a>"),
        (({"a": {"b": []}},), "<a/>"),
        (({"a": b"caf\xc3\xa9"},), "<a>café</a>"),
        (({"x": 1, "y": 2}, "point"), "<point><x>1</x><y>2</y></point>"),
        (({}, "empty"), "<empty/>"),
        (({"@id": 7, "#text": "x"}, "a"), '<a id="7">x</a>'),
        (({"a": {"b": {"c": 1}}}, "", 2), "<a>\n  <b>\n    <c>1</c>\n  </b>\n</a>"),
        (({"größe": "👍"},), "<größe>👍</größe>"),
    ],
)
def test_to_xml_gives_the_document(inputs, text):
    settings_ = [*inputs, *("", 0)[len(inputs) - 1 :], False]
    assert call("ToXML", *settings_) == text


def test_to_xml_puts_the_declaration_in_front_unless_it_is_told_not_to():
    assert call("ToXML", {"a": None}) == '<?xml version="1.0" encoding="utf-8"?>\n<a/>'


def test_to_xml_writes_with_the_prefix_and_text_key_of_its_settings():
    value = {"a": {"$b": 1, "_": "x"}}
    assert call("ToXML", value, "", 0, False, attribute_prefix="$", text_key="_") == '<a b="1">x</a>'


NO_NAMES = [
    *("", " ", "a b", "1a", "-a", "a>", "<a", "a/", 'a"', "a'", "a=b", "a&b", "a\n", "a\x00", "!a", "?a", "a;", "@"),
    *("#comment", "#text", "a onload='x'", "a><script", "a\u00a0b", "\ud800", "a\u2028", "\ufffe"),
]


@pytest.mark.parametrize("name", NO_NAMES[1:], ids=ascii)
def test_to_xml_refuses_a_root_whose_name_is_none(name):
    with pytest.raises(ValueError, match="not a name that XML allows"):
        call("ToXML", {"a": 1}, name)


@pytest.mark.parametrize("name", [name for name in NO_NAMES if name != "#text"], ids=ascii)
@pytest.mark.parametrize("nest", [lambda part: part, lambda part: {"b": part}, lambda part: {"b": [part]}])
def test_to_xml_refuses_a_key_that_is_no_name(name, nest):
    for key in (name, f"@{name}"):
        with pytest.raises(ValueError, match="not a name that XML allows"):
            call("ToXML", nest({key: 1, "c": 1}), "root")


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (({},), "Object must have one key, the root element, but has 0"),
        (({"a": 1, "b": 2},), "has 2; or name the element in Root"),
        (({"a": [1, 2]},), "Object has an Array at 'a'"),
        (({"a": {"b": [[1]]}},), "Object has an Array at 'b'"),
        (({"a": {"@b": [1]}},), "Object has an Array at '@b'"),
        (({"a": {"@b": {"c": 1}}},), "Object, at '@b'"),
        (({"a": {"#text": {}}},), "Object, at '#text'"),
        (({"a": {"@xmlns": {"x": "y"}}},), "Object, at '@xmlns'"),
        (({"a": b"\xff"},), "Object, at 'a': the bytes are not UTF-8"),
        (({"a": "x\x00"},), r"Object, at 'a': XML has no form for the character U\+0000"),
        (({"a": {"@b": "\x1f"}},), r"U\+001F"),
        (({"a": "\ud800"},), r"U\+D800"),
        (({"a": "\uffff"},), r"U\+FFFF"),
        (({"a": 10**5000},), "Object, at 'a'"),
        (({"a": 1}, "1a"), "'1a', which is not a name"),
        (({"a": 1}, "", -1), "Indent must be between 0 and 16"),
        (({"a": 1}, "", 17), "Indent must be between 0 and 16"),
        (({"a": "&" * 3_000_000},), "Object: the result would have more than 10,000,000 characters"),
        (({"a": {"b": [None] * 1_000_001}},), "Object has more than 1,000,000 elements"),
    ],
)
def test_to_xml_fails_clearly(inputs, words):
    with pytest.raises(ValueError, match=words):
        call("ToXML", *inputs)


def test_to_xml_needs_a_prefix_to_tell_attributes():
    with pytest.raises(ValueError, match="Attribute Prefix must not be empty"):
        call("ToXML", {"a": 1}, attribute_prefix="")


@settings(max_examples=200, deadline=None)
@given(NAMES, ELEMENTS, st.integers(0, 4))
def test_xml_comes_back_as_it_went(root, content, indent):
    assert call("ParseXML", call("ToXML", {root: content}, "", indent)) == {root: content}


def test_parse_response_reads_xml():
    assert call("ParseResponse", '<order id="7"><item>tea</item></order>', "xml") == {
        "order": {"@id": "7", "item": "tea"}
    }


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ("<a>", "Response is not XML"),
        ("<!DOCTYPE a><a/>", "Response has a DOCTYPE"),
        ({"a": 1}, "Response is not XML but an Object"),
        (None, "Response is not XML but a Null"),
        (b"<a/>", "Response is not XML but a Binary"),
    ],
)
def test_parse_response_names_what_is_not_xml(response, words):
    with pytest.raises(ValueError, match=words):
        call("ParseResponse", response, "xml")
