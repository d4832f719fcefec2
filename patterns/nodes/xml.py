"""XML: between documents and Objects. Documents with a DOCTYPE are refused, so that none can declare an entity."""

import re
from collections.abc import Iterable
from typing import Any as AnyValue
from xml.parsers import expat  # refuses no entity by itself: see _Survey

import xmltodict

from dragops_site import jsontext
from patterns.nodes.formats import FORMATS
from patterns.nodes.limits import LimitedText, check_indent, check_text
from patterns.registry import pure
from patterns.types import Array, Boolean, ConversionError, Integer, Object, String, Value, show, to_string
from patterns.values import MAX_ITEMS, NO_ITEMS

MAX_INDENT = 16
MAX_DEPTH = jsontext.MAX_DEPTH
PREFIX = "@"
TEXT_KEY = "#text"
# Names and characters as XML 1.0 has them (productions 2, 4 and 4a).
_START = (
    ":A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = re.compile(f"[{_START}][{_START}0-9.\u00b7\u0300-\u036f\u203f\u2040-]*")
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@pure(FORMATS, label="Parse XML", output="Object")
def parse_xml(
    text: String,
    always_arrays: Array = NO_ITEMS,
    *,
    attribute_prefix: String = PREFIX,
    text_key: String = TEXT_KEY,
    attributes: Boolean = True,
    trim: Boolean = True,
) -> Object:
    r"""An XML document as an Object with one key, the name of the root element.

    An element with only text is that text, an empty one is null. Attributes are keys that start with the Attribute
    Prefix (or are left out), text beside them or beside elements is at the Text Key. Elements that occur several times
    are an Array; those named in Always Arrays are one even if they occur once. All values are texts; Trim removes the
    spaces around them. Names keep their namespace prefix; comments and processing instructions are left out. To XML
    gives the document back, apart from the order among elements of different names and of text between them. A
    document with a DOCTYPE is refused: entities can neither be declared nor loaded.

    Example: Text "<order id=\"7\"><item>tea</item></order>" → {"order": {"@id": "7", "item": "tea"}}
    """
    names = _names(always_arrays)
    options = {"attr_prefix": attribute_prefix, "cdata_key": text_key, "strip_whitespace": trim}
    return read(text, "Text", force_list=names, xml_attribs=attributes, **options)


def read(text: str, pin: str, **options: AnyValue) -> dict[str, Value]:
    """The document in `text` as an Object. Raises ValueError, which names `pin`, where it is none or a hostile one."""
    check_text(text, pin)
    data = text.removeprefix("\ufeff").encode()
    _Survey(pin).read(data)
    value: dict[str, Value] = xmltodict.parse(data, encoding="utf-8", **options)
    if jsontext.is_deeper(value):
        raise ValueError(_too_deep(pin))
    return value


def _names(names: list[Value]) -> frozenset[str]:
    if not all(isinstance(name, str) for name in names):
        raise ValueError("Always Arrays must hold names of elements, which are texts")
    return frozenset(names)


def _too_deep(pin: str) -> str:
    return f"{pin} is nested too deeply (more than {MAX_DEPTH} levels)"


class _Survey:
    """A first reading, which builds nothing: ends at what must not be read, or would take too much memory."""

    def __init__(self, pin: str) -> None:
        self.pin = pin
        self.depth = self.items = 0

    def read(self, data: bytes) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.ordered_attributes = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise ValueError(f"{self.pin} is not XML: {error}") from None

    def _refuse_doctype(self, *declaration: object) -> None:
        raise ValueError(f"{self.pin} has a DOCTYPE, which could declare entities, and is therefore not read")

    def _start(self, name: str, attributes: list[str]) -> None:
        self.depth += 1
        self.items += 1 + len(attributes) // 2
        if self.depth > MAX_DEPTH:
            raise ValueError(_too_deep(self.pin))
        if self.items > MAX_ITEMS:
            raise ValueError(f"{self.pin} has more than {MAX_ITEMS:,} elements and attributes, which is the limit")

    def _end(self, name: str) -> None:
        self.depth -= 1


@pure(FORMATS, label="To XML", output="Text")
def to_xml(
    object: Object,
    root: String = "",
    indent: Integer = 0,
    declaration: Boolean = True,
    *,
    attribute_prefix: String = PREFIX,
    text_key: String = TEXT_KEY,
) -> String:
    r"""An Object as XML document, written as Parse XML reads it.

    Its only key is the root element, unless Root names one. Keys that start with the Attribute Prefix become
    attributes, the Text Key holds an element's text, an Array repeats its element, null is an empty element. With an
    Indent of 1 or more the elements are spread over lines. Declaration puts `<?xml …?>` in front.

    Example: Object {"order": {"@id": 7, "item": ["tea", "jam"]}}, Declaration false
        → "<order id=\"7\"><item>tea</item><item>jam</item></order>"
    """
    check_indent(indent, 0, MAX_INDENT)
    if not attribute_prefix:
        raise ValueError("Attribute Prefix must not be empty, or no key could be told to be an element")
    tree = _tree({root: object} if root else object, attribute_prefix, text_key)
    return _document(tree, indent, declaration, attr_prefix=attribute_prefix, cdata_key=text_key)


def _document(tree: dict[str, Value], indent: int, declaration: bool, **keys: str) -> str:
    output = LimitedText()
    layout = {"pretty": indent > 0, "indent": " " * indent, "full_document": declaration}
    try:
        xmltodict.unparse(tree, output, short_empty_elements=True, comment_key="", **layout, **keys)
    except ValueError as error:
        raise ValueError(f"Object: {error}") from None
    return output.text()


def _tree(value: dict[str, Value], prefix: str, text_key: str) -> dict[str, Value]:
    """The Object as xmltodict may write it. Raises ValueError for what XML has no form for."""
    if jsontext.is_larger(value, jsontext.MAX_WRITTEN):
        raise ValueError(f"Object is too large: written out it has more than {jsontext.MAX_WRITTEN:,} characters")
    if jsontext.is_deeper(value):
        raise ValueError(_too_deep("Object"))
    if len(value) != 1:
        raise ValueError(
            f"Object must have one key, the root element, but has {len(value)}; or name the element in Root"
        )
    ((name, content),) = value.items()
    return {name: _Tree(prefix, text_key).element(name, content)}


class _Tree:
    """Checks names and turns values into texts, on the way down an Object."""

    def __init__(self, prefix: str, text_key: str) -> None:
        self.prefix = prefix
        self.text_key = text_key
        self.elements = 0

    def element(self, name: str, value: Value) -> Value:
        _check_name(name, name)
        self._count()
        if isinstance(value, dict):
            return {key: self._part(key, part) for key, part in value.items()}
        return _text(name, value)

    def _part(self, key: str, value: Value) -> Value:
        if key == self.text_key:
            return _text(key, value)
        if key.startswith(self.prefix):
            _check_name(key.removeprefix(self.prefix), key)
            self._count()
            return _text(key, value)
        if isinstance(value, list):
            return self._elements(key, value)
        return self.element(key, value)

    def _elements(self, name: str, values: Iterable[Value]) -> list[Value]:
        _check_name(name, name)
        return [self.element(name, value) for value in values]

    def _count(self) -> None:
        self.elements += 1
        if self.elements > MAX_ITEMS:
            raise ValueError(f"Object has more than {MAX_ITEMS:,} elements and attributes, which is the limit")


def _check_name(name: str, key: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"Object has the key {show(key)}, which is not a name that XML allows")


def _text(key: str, value: Value) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        raise ValueError(f"Object has an Array at {show(key)} where XML takes one text (only elements repeat)")
    try:
        text = to_string(value)
    except ConversionError as error:
        raise ValueError(f"Object, at {show(key)}: {error}") from None
    if found := _NO_XML.search(text):
        raise ValueError(f"Object, at {show(key)}: XML has no form for the character U+{ord(found[0]):04X}")
    return text
