"""Keeps secrets out of what people see of a run: logs, errors, results.

Every process that writes logs knows the secrets of this server, in all forms in which they are likely to appear: as
they are, escaped in JSON or in a URL, and within Base64, wherever they stand in it. Where there is no secret, all this
costs nothing.
"""

import base64
import json
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
LONG, END = 32, 16  # errors quote the beginning and the end of a long value
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1 << 28
_OPTIONS.encoding = re2.Options.Encoding.LATIN1  # bytes as they are, be they UTF-8 or not


@dataclass(frozen=True)
class Masks:
    """What finds secrets: in plain texts, and in the text of JSON."""

    plain: Any
    in_json: Any
    forms: tuple[str, ...]  # in plain texts

    def text(self, text: str) -> str:
        raw = _bytes(text)
        return self.plain.sub(MASK.encode(), raw).decode("utf-8", "replace") if self.plain.search(raw) else text

    def cut_text(self, text: str) -> str:
        """A text that may end in the midst of a secret, whose beginning must not be seen either."""
        tail = next((len(part) for part in _tails(text, self.forms)), 0)
        return self.text(text[: len(text) - tail]) + MASK if tail else self.text(text)

    def json_text(self, text: str) -> str:
        """A JSON text with the secrets in its texts and keys masked. What holds none comes back as it is."""
        if not text or not (CUT_KEY in text or self.in_json.search(_bytes(text))):
            return text
        return jsontext.dumps(self.value(jsontext.loads(text)))

    def value(self, value: Value) -> Value:
        """A value likewise."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            found = {self.text(key): self.value(item) for key, item in value.items()}
            return self._without_tail(found) if is_cut(found) else found
        if isinstance(value, list):
            return [self.value(item) for item in value]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return MASK if is_number and self.plain.search(str(value).encode()) else value

    def _without_tail(self, mark: dict[str, Value]) -> dict[str, Value]:
        inner = mark[CUT_KEY]
        return {CUT_KEY: {**inner, "start": self.cut_text(inner["start"])}}


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
    escaped = {form for text in plain for form in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])}
    forms = tuple(sorted(plain, key=len, reverse=True))
    return Masks(_matcher(forms), _matcher(sorted(escaped, key=len, reverse=True)), forms)


def _matcher(forms: Iterable[str]) -> Any:
    return re2.compile(b"|".join(piece for form in forms for piece in _pieces(_bytes(form))), _OPTIONS)


def _pieces(form: bytes) -> Iterator[bytes]:
    """What stands for a form in the expression; of a long one also what is left when a message shortens it."""
    yield re2.escape(form)
    if len(form) >= LONG:
        yield re2.escape(form[:END]) + rb'[^\s"]*'
        yield rb'[^\s"]*' + re2.escape(form[-END:])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _forms(secret: str) -> Iterator[str]:
    yield from (secret, quote(secret, safe=""), quote(secret), quote_plus(secret))
    yield from (escape(secret), escape(secret, quote=False))
    raw = secret.encode("utf-8", "surrogatepass")
    for offset in range(3):
        yield from _in_base64(raw, offset)


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
