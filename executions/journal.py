"""The log of a run, which is also its journal: what each step was given, gave, and how a replay finds it again.

A step's key is its path (`executions.keys`). Control flow is deterministic, so the same key means the same step when a
run is run again.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import time
from typing import Any

from dragops_site import jsontext
from dragops_site.jsontext import BINARY_KEY, check_size, dumps, is_larger
from patterns.context import NodeError
from patterns.plan import Step
from patterns.types import Value, type_of

CUT_KEY = "$cut"
SHOWN_CHARACTERS = 2_000
MESSAGE_CHARACTERS = 10_000
COUNTED_CHARACTERS = 1_000_000  # a value that is longer is not written out to learn how long it is


@dataclass(slots=True)
class Entry:
    """One step, as it goes into the log. `at` is seconds since the epoch; `outcome` is set for effects."""

    seq: int
    key: str
    node_id: str
    node_name: str
    level: str
    message: str
    inputs: Mapping[str, Value]
    output: Mapping[str, Value]
    at: float
    duration: float | None
    error: NodeError | None = None
    outcome: "Outcome | None" = None


@dataclass(slots=True)
class Outcome:
    """What a replay must read back instead of doing it again: an effect's result or error, and volatile values."""

    node_id: str
    result: Value = None
    error: NodeError | None = None
    is_effect: bool = False
    volatile: dict[str, Value] = field(default_factory=dict)

    def dump(self) -> str:
        """As JSON text, whole. Raises ValueError for a result that JSON cannot hold."""
        error = self.error and [self.error.message, self.error.type, self.error.retryable]
        return dump(
            {
                "node": self.node_id,
                "effect": self.is_effect,
                "result": self.result,
                "error": error,
                "volatile": self.volatile,
            }
        )

    @classmethod
    def load(cls, text: str) -> "Outcome":
        data = loads(text)
        error = NodeError(*data["error"]) if data["error"] else None
        return cls(data["node"], data["result"], error, data["effect"], data["volatile"])


class Mismatch(Exception):
    """The journal was written by another graph than the one that is run."""

    def __init__(self, key: str, recorded: str, found: str) -> None:
        super().__init__(
            f"The journal does not match the plan: step {key} was node “{recorded}” when it was recorded, "
            f"and is “{found}” now."
        )


class Journal:
    """The entries of one run: those of earlier workers by key, and the new ones until they are written.

    Once it `is_full`, the engine notes only effects, errors and volatile values, and counts the rest in `dropped`.
    """

    def __init__(
        self,
        recorded: Mapping[str, Outcome] | None = None,
        known: Mapping[str, str] | None = None,
        limit: int = 10_000,
        value_limit: int = 64_000,
        next_seq: int = 1,
    ) -> None:
        self.recorded = recorded or {}
        self.volatile = {name: value for found in self.recorded.values() for name, value in found.volatile.items()}
        self.known = dict(known or {})  # the node of each step that is noted
        self.next_seq = next_seq
        self.limit = limit
        self.value_limit = value_limit
        self.dropped = 0
        self.unwritten_outcome = False
        self._entries: list[Entry] = []

    def add(
        self,
        key: str,
        step: Step,
        inputs: Mapping[str, Value],
        output: Mapping[str, Value],
        at: float,
        duration: float | None,
        *,
        level: str = "info",
        message: str = "",
        error: NodeError | None = None,
        outcome: Outcome | None = None,
    ) -> None:
        """Note a step. One that an earlier worker has written is not noted again. Raises Mismatch."""
        place = (error.node_id, error.node_name) if error else (step.node_id, step.name)
        node_id, name = place[0] or step.node_id, place[1] or step.name
        if key in self.known:
            self._check(key, node_id)
            return
        self.known[key] = node_id
        seq = self.next_seq
        # Cut now, not when written: until then a loop could hold gigabytes by its log alone.
        inputs, output = held(inputs, self.value_limit), held(output, self.value_limit)
        entry = Entry(seq, key, node_id, name, level, message, inputs, output, at, duration, error, outcome)
        self._entries.append(entry)  # in one instruction, because another thread may `take` at any moment
        self.next_seq += 1
        self.unwritten_outcome |= outcome is not None

    def hand_out(self) -> Entry:
        """The newest entry, for somebody else to write."""
        return self._entries.pop()

    def _check(self, key: str, node_id: str) -> None:
        if self.known[key] != node_id:
            raise Mismatch(key, self.known[key], node_id)

    def note_dropped(self, step: Step) -> None:
        """Say at the end of the log how many steps it does not show."""
        kept = f"the log keeps {self.limit:,} entries, and every effect and error"
        message = f"{self.dropped:,} more steps are not shown: {kept}."
        self._entries.append(
            Entry(self.next_seq, "", step.node_id, step.name, "warning", message, {}, {}, time(), None)
        )
        self.next_seq += 1

    @property
    def is_full(self) -> bool:
        return self.next_seq > self.limit

    @property
    def has_unwritten(self) -> bool:
        return bool(self._entries)

    def take(self) -> list[Entry]:
        """The entries that are not written yet; they are the caller's now."""
        # In this order, because another thread may take while the run's own adds.
        self.unwritten_outcome = False
        entries, self._entries = self._entries, []
        return entries


def dump(value: Value) -> str:
    """The JSON text from which `loads` makes the same value again, bytes included. Raises ValueError."""
    check_size(value)
    text = dumps(value)
    if BINARY_KEY not in text:
        return text
    try:
        return dumps(_encode(value))
    except RecursionError:
        raise ValueError("the value is nested too deeply for JSON") from None


def loads(text: str) -> Value:
    """The value of a JSON text that `dump` wrote. Raises ValueError."""
    value = jsontext.loads(text)
    try:
        return _decode(value) if BINARY_KEY in text else value
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None


def held(pins: Mapping[str, Value], limit: int) -> Mapping[str, Value]:
    """Pin values as they are kept until they are written: what `shown` would cut is cut already."""
    if not is_larger(pins if isinstance(pins, dict) else dict(pins), limit):
        return pins
    return {name: cut(value, limit) for name, value in pins.items()}


def shown(pins: Mapping[str, Value], limit: int) -> str:
    """Pin values as the log keeps them: JSON text, with each value over `limit` bytes cut to its beginning."""
    if not pins:
        return ""
    text = _text_within(dict(pins), limit)
    return text or dumps({name: cut(value, limit) for name, value in pins.items()})


def _text_within(value: Value, limit: int) -> str:
    """The JSON text of a value if it has one of at most `limit` bytes, else "". Writes out no longer one."""
    if is_larger(value, limit):
        return ""
    try:
        text = dumps(value)
    except ValueError:
        return ""
    return text if len(text) <= limit else ""


def cut(value: Value, limit: int) -> Value:
    """The value, or where its JSON text is longer than `limit` bytes, a mark with its beginning."""
    if is_larger(value, max(limit, COUNTED_CHARACTERS)) and not isinstance(value, str):
        return _cut_mark(value, None, start_of(value, SHOWN_CHARACTERS))
    if isinstance(value, str) and len(value) > max(limit, COUNTED_CHARACTERS):
        # By Python's writer: orjson's ends the process where memory runs out.
        return _cut_mark(value, len(json.dumps(value, ensure_ascii=False)), value)
    try:
        text = dumps([value])[1:-1]  # one level deeper than it is, because in the log it stands within an object
    except ValueError:
        return _cut_mark(value, None, "")
    if len(text) <= limit:
        return value
    return _cut_mark(value, len(text), value if isinstance(value, str) else text)


def start_of(value: Value, length: int) -> str:
    """The beginning of a value's JSON text, made without the rest of it; "" where it has none."""
    text = ""
    try:
        for piece in json.JSONEncoder(separators=(",", ":"), default=_binary_mark).iterencode(value):
            text += piece[:length]
            if len(text) >= length:
                break
    except (RecursionError, ValueError):
        return ""
    return text[:length]


def _binary_mark(_: bytes) -> str:
    return "(binary)"


def is_cut(value: Value) -> bool:
    """Whether a stored value is the mark of one that was too long."""
    mark = value.get(CUT_KEY) if isinstance(value, dict) and len(value) == 1 else None
    return isinstance(mark, dict) and mark.keys() == {"type", "size", "start"}


def _cut_mark(value: Value, size: int | None, text: str) -> dict[str, Value]:
    """Stands in the log for a value that is too long; `size` is None for one that is far too long,
    or that JSON cannot hold at all.
    """
    return {CUT_KEY: {"type": type_of(value).value, "size": size, "start": text[:SHOWN_CHARACTERS]}}


def _encode(value: Any) -> Value:
    """Put an object that only looks like encoded bytes into a list, so that `_decode` tells them apart."""
    if isinstance(value, dict):
        inner = {key: _encode(item) for key, item in value.items()}
        return {BINARY_KEY: [inner[BINARY_KEY]]} if _looks_binary(inner) else inner
    return [_encode(item) for item in value] if isinstance(value, list | tuple) else value


def _looks_binary(value: Mapping[str, Value]) -> bool:
    return len(value) == 1 and BINARY_KEY in value


def _decode(value: Any) -> Value:
    if isinstance(value, dict):
        if _looks_binary(value):
            return _unpacked(value[BINARY_KEY])
        return {key: _decode(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_decode(item) for item in value]
    return value


def _unpacked(found: Any) -> Value:
    """Bytes from their Base64 text; an object that only looked like them; or, of a foreign text, what stands there."""
    if isinstance(found, str):
        try:
            return base64.b64decode(found, validate=True)
        except ValueError:
            return {BINARY_KEY: found}
    is_marked = isinstance(found, list) and len(found) == 1
    return {BINARY_KEY: _decode(found[0] if is_marked else found)}
