"""Keeps secrets out of what people see of a run: logs, errors, results.

Every process that writes logs knows the secrets of this server, in all forms in which they are likely to appear: as
they are, escaped in JSON or in a URL, and within Base64, wherever they stand in it. Where there is no secret, all this
costs nothing.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import quote, quote_plus

import re2
from django.conf import settings
from django.utils.module_loading import import_string

from dragops_site import jsontext
from executions.journal import CUT_KEY, is_cut
from patterns.types import Value

MASK = "••••••"
SHORTEST = 4  # characters of a form; anything shorter would hide innocent text
INLINE = 200  # a longer form is no part of the expression
NOTHING = rb"[^\x00-\xff]"
LONG, END = 32, 16  # errors quote the beginning and the end of a long value, with one of these between them
LEFT_OUT = (b"...", "…".encode(), b"\\u2026")
_ESCAPE = re.compile("%[0-9A-F]{2}")
_MARKUP = re.compile("[<>&']")
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1 << 28
_OPTIONS.encoding = re2.Options.Encoding.LATIN1  # bytes as they are, be they UTF-8 or not


class Finder:
    """Finds any of some texts, whole or shortened: short ones by an expression, long ones each by itself, which memory
    can bear."""

    def __init__(self, forms: Iterable[str]) -> None:
        raw = sorted({_bytes(form) for form in forms}, key=len, reverse=True)
        long = [form for form in raw if len(form) >= LONG]
        self._apart = [form for form in raw if len(form) > INLINE]
        self._whole = _matcher(re2.escape(form) for form in raw if len(form) <= INLINE)
        self._starts = _matcher(re2.escape(start) + rb'[^\s"]*' for start in {form[:END] for form in long})
        self._ends = _matcher(rb'[^\s"]*' + re2.escape(end) for end in {form[-END:] for form in long})

    def finds(self, raw: bytes) -> bool:
        return any(form in raw for form in self._apart) or any(each.search(raw) for each in self._matchers(raw))

    def masked(self, raw: bytes) -> bytes:
        for form in self._apart:
            raw = raw.replace(form, MASK.encode())
        for matcher in self._matchers(raw):
            raw = matcher.sub(MASK.encode(), raw)
        return raw

    def _matchers(self, raw: bytes) -> list[Any]:
        """The end of a long form stands alone only where its middle was left out, which takes long to look for."""
        is_shortened = any(mark in raw for mark in LEFT_OUT)
        return [self._whole, self._starts, *([self._ends] if is_shortened else [])]


def _matcher(pieces: Iterable[bytes]) -> Any:
    return re2.compile(b"|".join(pieces) or NOTHING, _OPTIONS)


@dataclass(frozen=True)
class Masks:
    """What finds secrets: in plain texts, and in the text of JSON."""

    plain: Finder
    in_json: Finder
    forms: tuple[str, ...]  # in plain texts

    def text(self, text: str) -> str:
        raw = _bytes(text)
        return self.plain.masked(raw).decode("utf-8", "replace") if self.plain.finds(raw) else text

    def cut_text(self, text: str) -> str:
        """A text that may end in the midst of a secret, whose beginning must not be seen either."""
        tail = next((len(part) for part in _tails(text, self.forms)), 0)
        return self.text(text[: len(text) - tail]) + MASK if tail else self.text(text)

    def json_text(self, text: str) -> str:
        """A JSON text with the secrets in its texts and keys masked. What holds none comes back as it is."""
        if not text or not (CUT_KEY in text or self.in_json.finds(_bytes(text))):
            return text
        return jsontext.dumps(self.value(jsontext.loads(text)))

    def value(self, value: Value) -> Value:
        """A value likewise."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            found = self._pairs(value)
            return self._without_tail(found) if is_cut(found) else found
        if isinstance(value, list):
            return [self.value(item) for item in value]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return MASK if is_number and self.plain.finds(_digits(value)) else value

    def _pairs(self, value: dict[str, Value]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for key, item in value.items():
            name = self.text(key)
            while name in found:  # two keys that look alike once they are masked
                name += "'"
            found[name] = self.value(item)
        return found

    def _without_tail(self, mark: dict[str, Value]) -> dict[str, Value]:
        inner = mark[CUT_KEY]
        return {CUT_KEY: {**inner, "start": self.cut_text(inner["start"])}}


def _digits(value: float) -> bytes:
    try:
        return str(value).encode()
    except ValueError:  # thousands of them, which Python does not write out
        return b""


def _tails(text: str, forms: Iterable[str]) -> Iterator[str]:
    """Beginnings of a form with which the text ends."""
    for form in forms:
        for length in range(min(len(form) - 1, len(text)), SHORTEST - 1, -1):
            if text.endswith(form[:length]):
                yield form[:length]


def masks_for(secrets: Iterable[str]) -> Masks | None:
    """What masks these secrets; None where there are none."""
    plain = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
    if not plain:
        return None
    escaped = {form for text in plain for form in _escaped(text)}
    return Masks(Finder(plain), Finder(escaped), tuple(sorted(plain, key=len, reverse=True)))


def _escaped(text: str) -> tuple[str, str]:
    return json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _forms(secret: str) -> Iterator[str]:
    raw = _bytes(secret)
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield from (quoted, _ESCAPE.sub(lambda escape: escape[0].lower(), quoted))
        yield quote(quoted, safe="")  # an address within an address
    yield secret
    yield from (escape(secret), escape(secret, quote=False))
    yield from (repr(secret)[1:-1], repr(raw)[2:-1])
    for once in _escaped(secret):  # a message may hold JSON, and that a text which is JSON
        yield from (once, *_escaped(once), *_escaped_further(once))
    for offset in range(3):
        for core in _in_base64(raw, offset):
            yield from (core, quote(core, safe=""))
    digits = raw.hex()
    yield from (digits, digits.upper(), *("".join(_percent(raw, form)) for form in ("%%%02x", "%%%02X")))


def _percent(raw: bytes, form: str) -> Iterator[str]:
    return (form % byte for byte in raw)


def _escaped_further(text: str) -> Iterator[str]:
    """As writers of JSON do whose texts may stand in a page."""
    slashes = text.replace("/", "\\/")
    yield slashes
    for one in (text, slashes):
        yield _MARKUP.sub(lambda sign: f"\\u{ord(sign[0]):04x}", one)
        yield _MARKUP.sub(lambda sign: f"\\u{ord(sign[0]):04X}", one)


def _in_base64(raw: bytes, offset: int) -> Iterator[str]:
    """The characters that stand for `raw` alone where it begins `offset` bytes into a group of three."""
    whole = base64.b64encode(b"\0" * offset + raw).decode()
    first = (0, 2, 3)[offset]
    bits = 8 * (offset + len(raw))
    core = whole[first : bits // 6]
    yield core
    yield core.replace("+", "-").replace("/", "_")


# --- The secrets of this process --------------------------------------------------------------------------------------
Known = tuple[Any, list[str]]
_masks: Masks | None = None
_marker: Any = object()
_looked_at = 0.0
_lock = Lock()


def refresh() -> None:
    """Look whether the secrets have changed. Raises DatabaseError."""
    global _masks, _marker, _looked_at
    resolve: Callable[[Any], Known | None] = import_string(settings.SECRETS_RESOLVER)
    with _lock:
        found = resolve(_marker)
        if found is not None:
            _marker, secrets = found
            _masks = masks_for(secrets)
        _looked_at = monotonic()


def _current() -> Masks | None:
    if monotonic() - _looked_at > settings.MASKS_KEPT_S:
        refresh()
    return _masks


def masked(text: str) -> str:
    """A text as people may see it."""
    masks = _current()
    return masks.text(text) if masks else text


def masked_start(text: str, limit: int) -> str:
    """The beginning of a text, as people may see it."""
    masks = _current()
    if masks is None:
        return text[:limit]
    return (masks.cut_text(text[:limit]) if len(text) >= limit else masks.text(text))[:limit]


def masked_json(text: str) -> str:
    """A JSON text as people may see it."""
    masks = _current()
    return masks.json_text(text) if masks else text


def masked_value(value: Value) -> Value:
    """A value as people may see it."""
    masks = _current()
    return masks.value(value) if masks else value


def masked_start_of_json(text: str | None) -> str:
    """The text of a JSON value, or its beginning, as people may see it; what was cut may be JSON no more."""
    masks = _current()
    if text is None or masks is None:
        return text or ""
    try:
        return masks.json_text(text)
    except ValueError:
        return masks.cut_text(text)
