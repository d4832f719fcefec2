"""XML that is made to harm: it ends in a clear error, or in a result, and reaches for nothing."""

import re

import pytest

from tests.hostile.child import end_of

DOCTYPE = "Text has a DOCTYPE"
DEEP = "Text is nested too deeply"
WRONG = "Text is not XML"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
XINCLUDE = '<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd" parse="text"/></a>'

DOCUMENTS = {
    "a billion laughs": (f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l9;</a>', DOCTYPE),
    "one large entity often": (f'<!DOCTYPE a [<!ENTITY e "{"x" * 50_000}">]><a>{"&e;" * 50_000}</a>', DOCTYPE),
    "an entity of itself": ('<!DOCTYPE a [<!ENTITY e "&e;">]><a>&e;</a>', DOCTYPE),
    "a file as entity": ('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', DOCTYPE),
    "an address as entity": ('<!DOCTYPE a [<!ENTITY e SYSTEM "http://127.0.0.1:9/x">]><a>&e;</a>', DOCTYPE),
    "a public entity": ('<!DOCTYPE a [<!ENTITY e PUBLIC "x" "http://127.0.0.1:9/x">]><a>&e;</a>', DOCTYPE),
    "a parameter entity": ('<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd">%p;]><a/>', DOCTYPE),
    "parameter laughs": ("<!DOCTYPE a [<!ENTITY % p \"<!ENTITY e 'x'>\">%p;]><a>&e;</a>", DOCTYPE),
    "a DTD elsewhere": ('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', DOCTYPE),
    "a DTD in a file": ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', DOCTYPE),
    "an unparsed entity": (
        '<!DOCTYPE a [<!NOTATION n SYSTEM "x"><!ENTITY e SYSTEM "file:///etc/passwd" NDATA n>]><a/>',
        DOCTYPE,
    ),
    "a default attribute": ('<!DOCTYPE a [<!ATTLIST a b CDATA "x">]><a/>', DOCTYPE),
    "a late DOCTYPE": ("<a/><!DOCTYPE a>", WRONG),
    "a DOCTYPE within": ("<a><!DOCTYPE b></a>", WRONG),
    "an entity without a declaration": ("<a>&e;</a>", WRONG),
    "XInclude": (XINCLUDE, "result"),
    "a stylesheet": ('<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?><a/>', "result"),
    "a schema": (
        '<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:schemaLocation="a http://127.0.0.1:9/a.xsd"/>',
        "result",
    ),
    "a foreign encoding": ('<?xml version="1.0" encoding="utf-7"?><a>+ADw-b/+AD4-</a>', "result"),
    "an unknown encoding": ('<?xml version="1.0" encoding="nonsense"?><a/>', "result"),
    "a declaration cut off": ('<?xml version="1.0" encoding=', WRONG),
    "version 9": ('<?xml version="9.0"?><a/>', ".*"),
    "NUL": ("<a>\x00</a>", WRONG),
    "NUL as reference": ("<a>&#x0;</a>", WRONG),
    "half a character as reference": ("<a>&#xD800;</a>", WRONG),
    "a huge character reference": ("<a>&#99999999999999999999;</a>", WRONG),
}
# Made in the child, as they are too large to be handed over.
LARGE = {
    "a million levels": ("'<a>' * 1_000_000", DEEP),
    "levels that are closed": ("'<a>' * 100_000 + '</a>' * 100_000", DEEP),
    "levels of many names": ("''.join(f'<a{n}>' for n in range(100_000))", DEEP),
    "many attributes": ("'<a ' + ' '.join(f'b{n}=\"\"' for n in range(100_000)) + '/>'", "result"),
    "many namespaces": ("'<a ' + ' '.join(f'xmlns:b{n}=\"u\"' for n in range(100_000)) + '/>'", "result"),
    "one attribute often": ("'<a ' + 'b=\"\" ' * 100_000 + '/>'", WRONG),
    "a huge attribute": ("'<a b=\"' + 'x' * 9_900_000 + '\"/>'", "result"),
    "a huge text": ("'<a>' + 'x' * 9_900_000 + '</a>'", "result"),
    "a huge name": ("'<' + 'x' * 9_900_000 + '/>'", "result"),
    "a huge comment": ("'<a><!--' + 'x' * 9_900_000 + '--></a>'", "result"),
    "a huge instruction": ("'<a><?b ' + 'x' * 9_900_000 + '?></a>'", "result"),
    "a huge section": ("'<a><![CDATA[' + 'x' * 9_900_000 + ']]></a>'", "result"),
    "an endless DOCTYPE": ("'<!DOCTYPE a PUBLIC \"' + 'x' * 9_900_000", WRONG),
    "many references": ("'<a>' + '&#10;' * 1_900_000 + '</a>'", "result"),
    "many elements": ("'<a>' + '<b/>' * 1_500_000 + '</a>'", "Text has more than 1,000,000 elements"),
    "many brackets": ("'<' * 9_900_000", WRONG),
    "more than the limit": ("'<a>' + 'x' * 10_000_000 + '</a>'", "Text has 10,000,007 characters"),
    "half a character": ("'<a>\\ud800</a>'", "Text holds half a character"),
}


@pytest.mark.parametrize(("document", "end"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_parse_xml_comes_through(document, end):
    assert re.match(end, end_of("ParseXML", repr(document)))


@pytest.mark.parametrize(("make", "end"), LARGE.values(), ids=LARGE)
def test_parse_xml_comes_through_what_is_large(make, end):
    assert re.match(end, end_of("ParseXML", make))


@pytest.mark.parametrize("make", [DOCUMENTS["a billion laughs"][0], DOCUMENTS["a file as entity"][0]])
def test_parse_response_refuses_entities_too(make):
    assert end_of("ParseResponse", repr(make), "xml").startswith("Response has a DOCTYPE")


@pytest.mark.parametrize(
    ("make", "end"),
    [
        ("__import__('functools').reduce(lambda a, _: {'a': a}, range(100_000), 1)", "Object is nested too deeply"),
        ("{'r': __import__('functools').reduce(lambda a, _: {'a': [a, a]}, range(60), 1)}", "Object is too large"),
        ("{'r': {'a': ['&' * 1_000_000] * 19}}", "Object: the result would have more than"),
        ("{'r': {f'@a{n}': 1 for n in range(100_000)}}", "result"),
    ],
)
def test_to_xml_comes_through(make, end):
    assert end_of("ToXML", make).startswith(end)
