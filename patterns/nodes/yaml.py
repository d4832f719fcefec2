"""YAML: between texts and values, by the core schema of YAML 1.2."""

import base64
import binascii
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

import yaml

from dragops_site import jsontext
from patterns.nodes.formats import FORMATS
from patterns.nodes.limits import LimitedText, check_indent, check_text
from patterns.registry import pure
from patterns.types import Any, Boolean, ConversionError, Integer, String, Value, show, to_string
from patterns.values import MAX_ITEMS, to_json

MAX_DEPTH = jsontext.MAX_DEPTH
MAX_DIRECTIVES = 100  # libyaml compares each with all before
MAX_DIGITS = 4300  # of a number; Python's own limit
MAX_OLD_NUMBER = 1000  # characters; its patterns take much memory for long texts
MIN_INDENT, MAX_INDENT = 2, 9  # libyaml's
MAX_WITH_EMOJI = 1_000_000
NO_FOLDING = 2**31 - 1
# libyaml where there is one: twenty times as fast as the parser in Python.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_WORDS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMBER_STARTS = frozenset("+-.0123456789")
_BASES = {"0o": 8, "0x": 16}
_TAGS = "tag:yaml.org,2002:"
_MERGE = "<<"
_NO_KEY = object()
_TOO_DEEP = f"Text is nested too deeply (more than {MAX_DEPTH} levels)"
_LEVELS = "maximum nesting depth"  # libyaml's own words for a thousand levels and more
_OLD_SCHEMA = yaml.resolver.Resolver()
_ODD_BREAKS = re.compile("[\x85\u2028\u2029]")
_PAST_16_BITS = re.compile("[\U00010000-\U0010ffff]")


@pure(FORMATS, label="Parse YAML", output="Value")
def parse_yaml(text: String, all_documents: Boolean = False) -> Any:
    r"""The value that a YAML text describes; null for an empty one. With All Documents, an Array of all that it holds.

    Words and numbers are read as YAML 1.2 says: only true and false are Booleans (yes, no, on and off are texts), 0o17
    and 0x1F are numbers, 1_000 and 12:30 are texts, and so are dates, which stay as they are written. Keys are texts
    as written. Anchors, aliases and merge keys (`<<`) work; a set becomes an Array of its keys, !!binary bytes. Refused
    are keys that occur twice, .inf and .nan, and tags other than those of YAML itself.

    Example: Text "name: tea\nsizes: [1, 2.5]\nhot: true" → {"name": "tea", "sizes": [1, 2.5], "hot": true}
    """
    documents = read(text)
    if all_documents:
        return documents
    if len(documents) > 1:
        raise ValueError(f"Text holds {len(documents)} documents; set All Documents to read them as an Array")
    return documents[0] if documents else None


def read(text: str) -> list[Value]:
    """The values of all documents in `text`. Raises ValueError where it is not YAML, or would take too much memory."""
    check_text(text, "Text")
    if text.count("%TAG") > MAX_DIRECTIVES:
        raise ValueError(f"Text has more than {MAX_DIRECTIVES} %TAG directives, which is the limit")
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        raise ValueError(_refusal(error)) from None
    _check_written_out(builder.documents)
    return builder.documents


def _check_written_out(documents: list[Value]) -> None:
    """Refuse what is small only because aliases stand for parts of it. Raises ValueError."""
    if jsontext.is_larger(documents, jsontext.MAX_WRITTEN):
        raise ValueError(f"Text is too large: without aliases it has more than {jsontext.MAX_WRITTEN:,} characters")
    if jsontext.is_deeper(documents, MAX_DEPTH + 1):
        raise ValueError(_TOO_DEEP)


def _refusal(error: yaml.YAMLError) -> str:
    """What a text is refused with. From 0.2.6 on libyaml looks ahead for depth, before the builder sees an event."""
    reason = _reason(error)
    return _TOO_DEEP if _LEVELS in reason else f"Text is not YAML: {reason}"


def _reason(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})" if mark else str(problem)


def _wrong(event: yaml.Event, problem: str) -> ValueError:
    line = event.start_mark.line + 1 if event.start_mark else 0
    return ValueError(f"Text, line {line}: {problem}")


@dataclass
class _Open:
    """A sequence or mapping whose end is still to come."""

    value: list[Value] | dict[str, Value]
    anchor: str | None
    is_set: bool = False
    key: Value = _NO_KEY  # of a mapping: the key whose value comes next
    merged: list[dict[str, Value]] = field(default_factory=list)

    def awaits_key(self) -> bool:
        return isinstance(self.value, dict) and self.key is _NO_KEY

    def closed(self) -> Value:
        """What stands for it in the result. Its own keys win over merged ones, earlier merged ones over later."""
        if self.is_set:
            return list(self.value)
        if isinstance(self.value, dict) and self.merged:
            merged = {key: value for source in reversed(self.merged) for key, value in source.items()}
            return {**merged, **self.value}
        return self.value


class _Builder:
    """Builds values from the events of the parser.

    It does not recurse, as libyaml's and PyYAML's own constructors do, so that a deep text ends in an error instead of
    the process; it knows no tags that make objects; and an alias shares the value it stands for.
    """

    def __init__(self) -> None:
        self.documents: list[Value] = []
        self.open: list[_Open] = []
        self.anchors: dict[str, Value] = {}
        self.root: Value = None
        self.items = 0

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._take_scalar(event)
            case yaml.AliasEvent():
                self._take_alias(event)
            case yaml.CollectionStartEvent():
                self._start(event)
            case yaml.CollectionEndEvent():
                ended = self.open.pop()
                self._place(ended.closed(), ended.anchor, event)
            case yaml.DocumentEndEvent():
                self._end_document()

    def _take_scalar(self, event: yaml.ScalarEvent) -> None:
        if self.open and self.open[-1].awaits_key():
            is_merge = event.value == _MERGE and event.implicit[0]
            self._set_key(_MERGE if is_merge else event.value, event, is_merge=is_merge)
            if event.anchor:
                self.anchors[event.anchor] = event.value
        else:
            self._place(_scalar(event), event.anchor, event)

    def _take_alias(self, event: yaml.AliasEvent) -> None:
        name = str(event.anchor)
        if any(name == outer.anchor for outer in self.open):
            raise _wrong(event, f"the alias *{name[:40]} stands within what it stands for")
        if name not in self.anchors:
            raise _wrong(event, f"the alias *{name[:40]} has no anchor before it")
        value = self.anchors[name]
        if self.open and self.open[-1].awaits_key():
            self._set_key(_key_text(value, event), event)
        else:
            self._place(value, None, event)

    def _set_key(self, key: str, event: yaml.Event, *, is_merge: bool = False) -> None:
        mapping = self.open[-1]
        if not is_merge and key in mapping.value:
            raise _wrong(event, f"the key {show(key)} occurs twice")
        mapping.key = _Merge if is_merge else key

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        if self.open and self.open[-1].awaits_key():
            raise _wrong(event, "a key must be a text or number, not a list or mapping")
        if len(self.open) >= MAX_DEPTH:
            raise ValueError(_TOO_DEEP)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        kind = _kind(event, {"map", "set"} if is_mapping else {"seq", "omap", "pairs"})
        self.open.append(_Open({} if is_mapping else [], event.anchor, is_set=kind == "set"))

    def _place(self, value: Value, anchor: str | None, event: yaml.Event) -> None:
        self._count(1)
        if anchor:
            self.anchors[anchor] = value
        if not self.open:
            self.root = value
            return
        outer = self.open[-1]
        if isinstance(outer.value, list):
            outer.value.append(value)
        elif outer.key is _Merge:
            self._merge(outer, value, event)
        else:
            outer.value[outer.key] = value
        outer.key = _NO_KEY

    def _merge(self, mapping: _Open, value: Value, event: yaml.Event) -> None:
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                raise _wrong(event, "<< must be followed by a mapping, or a list of mappings")
            self._count(len(source))
            mapping.merged.append(source)

    def _count(self, number: int) -> None:
        self.items += number
        if self.items > MAX_ITEMS:
            raise ValueError(f"Text has more than {MAX_ITEMS:,} items, which is the limit")

    def _end_document(self) -> None:
        self.documents.append(self.root)
        self.anchors.clear()


def _key_text(value: Value, event: yaml.Event) -> str:
    if isinstance(value, list | dict):
        raise _wrong(event, "a key must be a text or number, not a list or mapping")
    try:
        return to_string(value)
    except ConversionError as error:
        raise _wrong(event, str(error)) from None


def _kind(event: yaml.ScalarEvent | yaml.CollectionStartEvent, known: set[str]) -> str:
    """The short name of an event's tag, "" without one. Raises ValueError for a tag that is not `known`."""
    if event.tag in (None, "!"):
        return ""
    kind: str = event.tag.removeprefix(_TAGS)
    if kind not in known or not event.tag.startswith(_TAGS):
        shown = event.tag.replace(_TAGS, "!!")
        raise _wrong(event, f"the tag {show(shown)} is none that is read here")
    return kind


def _scalar(event: yaml.ScalarEvent) -> Value:
    kind = _kind(event, {"str", "null", "bool", "int", "float", "binary", "timestamp"})
    try:
        if not kind:
            return _plain(event.value) if event.implicit[0] and event.tag is None else event.value
        return _tagged(kind, event.value)
    except ValueError as error:
        raise _wrong(event, str(error)) from None


def _tagged(kind: str, text: str) -> Value:
    if kind in ("str", "timestamp"):
        return text
    if kind == "binary":
        return _bytes(text)
    value = _plain(text)
    if kind == "float" and type(value) is int:
        return float(value) if abs(value) < 2**53 else value
    if type(value) is not _TYPES[kind]:
        raise ValueError(f"{show(text)} is not a value of the tag !!{kind}")
    return value


_TYPES: dict[str, type] = {"null": type(None), "bool": bool, "int": int, "float": float}


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise ValueError("what follows !!binary is not Base64") from None


def _plain(text: str) -> Value:
    """A scalar without quotation marks as the core schema reads it. Raises ValueError for what is no JSON number."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if _NOT_A_NUMBER.fullmatch(text):
        raise ValueError(f"{text} is no number that a value can hold")
    if _INTEGER.fullmatch(text):
        return _whole(text)
    return _finite(text) if _FLOAT.fullmatch(text) else text


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS:,} digits")
    return int(text, _BASES.get(text[:2], 10)) if text[:2] in _BASES else int(text)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {show(text)} is too large")
    return number


@pure(FORMATS, label="To YAML", output="Text")
def to_yaml(value: Any, indent: Integer = 2) -> String:
    r"""A value as YAML text, one key or item a line, indented by Indent (2 to 9).

    Keys keep their order. Texts that a version of YAML could read as something else (yes, 2024-01-31) are quoted.

    Example: Value {"name": "tea", "sizes": [1, 2.5]} → "name: tea\nsizes:\n- 1\n- 2.5\n"
    """
    check_indent(indent, MIN_INDENT, MAX_INDENT)
    try:
        json = to_json(value)
        output = LimitedText()
        events, dumper = _document(value), _dumper(json)
        yaml.emit(events, output, Dumper=dumper, indent=indent, width=NO_FOLDING, allow_unicode=True)
    except ValueError as error:
        raise ValueError(f"Value cannot be written as YAML: {error}") from None
    return output.text().removesuffix("...\n")


def _dumper(json: str) -> type:
    """libyaml's, which writes characters past U+FFFF as escapes; for texts that have some, if not long, Python's.

    Python's in turn loses the line breaks of old that are not \\n.
    """
    is_for_python = len(json) <= MAX_WITH_EMOJI and _PAST_16_BITS.search(json) and not _ODD_BREAKS.search(json)
    return yaml.SafeDumper if is_for_python else DUMPER


def _document(value: Value) -> Iterator[yaml.Event]:
    yield yaml.StreamStartEvent()
    yield yaml.DocumentStartEvent(explicit=False)
    yield from _events(value)
    yield yaml.DocumentEndEvent(explicit=False)
    yield yaml.StreamEndEvent()


def _events(value: Value) -> Iterator[yaml.Event]:
    """One event after another, as the tree of PyYAML's own nodes would take many times the memory of the value."""
    rest: list[Iterator[Value]] = [iter((value,))]
    while rest:
        for item in rest[-1]:
            if isinstance(item, dict):
                yield yaml.MappingStartEvent(None, None, True, flow_style=False)
                rest.append(_entries(item))
                break
            if isinstance(item, list):
                yield yaml.SequenceStartEvent(None, None, True, flow_style=False)
                rest.append(chain(item, (yaml.SequenceEndEvent(),)))
                break
            yield item if isinstance(item, yaml.Event) else _scalar_event(item)
        else:
            rest.pop()


def _entries(mapping: dict[str, Value]) -> Iterator[Value]:
    for key, value in mapping.items():
        yield _text_event(key)
        yield value
    yield yaml.MappingEndEvent()


def _scalar_event(value: Value) -> yaml.ScalarEvent:
    match value:
        case str():
            return _text_event(value, style="|" if "\n" in value else None)
        case None:
            return _plain_event("null")
        case bytes():
            return yaml.ScalarEvent(None, f"{_TAGS}binary", (False, False), base64.b64encode(value).decode())
        case float():
            return _plain_event(_float_text(value))
    return _plain_event(to_string(value))


def _plain_event(text: str) -> yaml.ScalarEvent:
    return yaml.ScalarEvent(None, None, (True, False), text)


def _text_event(text: str, style: str | None = None) -> yaml.ScalarEvent:
    check_text(text, "a text in it")
    return yaml.ScalarEvent(None, None, (not _needs_quotes(text), True), text, style=style)


def _needs_quotes(text: str) -> bool:
    """Whether YAML 1.2 or the older 1.1, which many programs still read, takes a plain text for something else."""
    if text in _WORDS or _INTEGER.fullmatch(text) or _FLOAT.fullmatch(text):
        return True
    if len(text) > MAX_OLD_NUMBER:
        return False
    return bool(_OLD_SCHEMA.resolve(yaml.ScalarNode, text, (True, False)) != f"{_TAGS}str")


def _float_text(value: float) -> str:
    """As YAML 1.1 wants it too, with a point before an exponent."""
    text = repr(value)
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


class _Merge:
    """Stands as key where `<<` was read."""
