"""The example of a node, as its docstring ends with it, read into what is given and what the node then shows.

    Example: A 2, B 3 → 5
    Example: Collection ["a", "b"] → Body (Item "a"), Body (Item "b"), Completed
    Example: variables {"total": 3}; Name "total", Amount 2 → 5

Every value is JSON; bytes stand as in JSON elsewhere, `{"$binary": "…"}`. Before the arrow: what the run has
(`CONTEXT`), each ended by a semicolon, then values by the labels of input pins and properties. After it: the value of
the only output, or values by the labels of outputs; the exits in the order in which they are taken, with their outputs;
what is left behind (`AFTER`); or `nothing`. After `such as` the values only show the form of what comes.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from patterns.names import camel
from patterns.pins import Pin
from patterns.types import PinType, Value

if TYPE_CHECKING:
    from patterns.registry import NodeType, Property

# What an example may say of the run: what it starts with, the list of the loop around the node, how often the chain at
# an exit fails before it ends well, and what the other side answers.
CONTEXT = frozenset({"variables", "environment", "secrets", "trigger", "state", "loop", "fails", "answer"})
# What a run may show besides outputs: a log line, variables and state afterwards, how the run ends, the answer to its
# webhook, how many seconds it waits, how many passes the loop around makes.
AFTER = frozenset({"log", "variables", "state", "error", "result", "response", "waits", "passes"})
_HEADING = "Example:"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\](){},;→]')
_EXIT = re.compile(r"([^()]+?)(?: \((.*)\))?", re.DOTALL)


class ExampleError(ValueError):
    """A docstring's example is not written as examples are."""


@dataclass(frozen=True)
class Exit:
    """An exit that a flow node takes, and what its outputs then hold."""

    name: str
    outputs: Mapping[str, Value]


@dataclass(frozen=True)
class Shown:
    outputs: Mapping[str, Value]
    exits: tuple[Exit, ...]
    after: Mapping[str, Value]
    is_sample: bool  # the values differ from run to run

    def as_dict(self) -> dict[str, Value]:
        exits = [{"exit": taken.name, "outputs": dict(taken.outputs)} for taken in self.exits]
        return {"outputs": dict(self.outputs), "exits": exits, "after": dict(self.after), "isSample": self.is_sample}


@dataclass(frozen=True)
class Example:
    """`given` and outputs are by the names of pins and properties; `text` is what people read."""

    text: str
    context: Mapping[str, Value]
    given: Mapping[str, Value]
    shown: Shown

    def as_dict(self) -> dict[str, Value]:
        """As JSON, for the API."""
        return {
            "text": self.text,
            "context": dict(self.context),
            "given": dict(self.given),
            "shown": self.shown.as_dict(),
        }


def split_help(docstring: str) -> tuple[str, str]:
    """The help and the text of the example in a docstring, each paragraph as one line."""
    text, _, example = docstring.rpartition(_HEADING)
    if not text.endswith("\n\n"):
        text, example = docstring, ""
    return "\n\n".join(map(_joined, text.strip().split("\n\n"))), _joined(example)


def _joined(text: str) -> str:
    return " ".join(line.strip() for line in text.strip().splitlines())


def read(node_type: "NodeType") -> Example:
    """The example of a node type. Raises ExampleError where it cannot be read."""
    try:
        return _read(node_type, node_type.example_text)
    except ValueError as error:
        raise ExampleError(f"{node_type.label}: {error}") from None


def _read(node_type: "NodeType", text: str) -> Example:
    before, *after = _pieces(text, "→")
    if len(after) != 1:
        raise ExampleError(f"the example {text!r} has not one arrow")
    *contexts, given = _pieces(before, ";") if before else [""]
    values = (_assigned(piece) for piece in _pieces(given, ",") if piece)
    takes: tuple[Pin | Property, ...] = (*node_type.inputs, *node_type.properties)
    return Example(
        text=text,
        context=dict(_keyword(_assigned(piece), CONTEXT) for piece in contexts),
        given={_name(node_type, takes, label): value for label, value in values},
        shown=_shown(node_type, after[0]),
    )


def _shown(node_type: "NodeType", text: str) -> Shown:
    values = text.removeprefix("such as ")
    outputs: dict[str, Value] = {}
    exits: list[Exit] = []
    after: dict[str, Value] = {}
    for piece in [] if values == "nothing" else _pieces(values, ","):
        if piece.partition(" ")[0] in AFTER:
            after.update([_keyword(_assigned(piece), AFTER)])
        elif _has_exits(node_type):
            exits.append(_exit(node_type, piece))
        else:
            outputs.update([_output(node_type, piece)])
    return Shown(outputs, tuple(exits), after, is_sample=values != text)


def _has_exits(node_type: "NodeType") -> bool:
    return node_type.kind == "flow" and not node_type.is_effect


def _exit(node_type: "NodeType", piece: str) -> Exit:
    found = _EXIT.fullmatch(piece)
    if not found:
        raise ExampleError(f"{piece!r} is no exit with its outputs")
    label, values = found[1], found[2]
    exits = [pin for pin in node_type.outputs if pin.type is PinType.EXEC]
    outputs = dict(_output(node_type, value) for value in _pieces(values, ",")) if values else {}
    return Exit(_name(node_type, exits, label), outputs)


def _output(node_type: "NodeType", piece: str) -> tuple[str, Value]:
    pins = [pin for pin in node_type.outputs if pin.type is not PinType.EXEC]
    try:
        value = json.loads(piece)
    except ValueError:
        label, value = _assigned(piece)
        return _name(node_type, pins, label), value
    if len(pins) != 1:
        raise ExampleError(f"{piece} names none of the outputs")
    return pins[0].name, value


def _name(node_type: "NodeType", known: "Iterable[Pin | Property]", label: str) -> str:
    """The name of the pin or property with this label; a pin may also come from the properties."""
    found = next((pin.name for pin in known if pin.label == label), None)
    if found is None and not node_type.pin_rule:
        raise ExampleError(f"there is no pin or property {label!r}")
    return found or camel(label) or label


def _keyword(assigned: tuple[str, Value], allowed: frozenset[str]) -> tuple[str, Value]:
    if assigned[0] not in allowed:
        raise ExampleError(f"{assigned[0]!r} is none of {', '.join(sorted(allowed))}")
    return assigned


def _assigned(piece: str) -> tuple[str, Value]:
    """`Label value`: the label is all that stands before the first JSON value that goes to the end."""
    for space in re.finditer(" ", piece):
        try:
            return piece[: space.start()], json.loads(piece[space.end() :])
        except ValueError:
            continue
    raise ExampleError(f"{piece!r} is not a label and a JSON value")


def _pieces(text: str, sign: str) -> list[str]:
    """`text` cut at every `sign` that stands neither in quotation marks nor in brackets."""
    ends = [-1, *_places(text, sign), len(text)]
    return [text[start + 1 : end].strip() for start, end in pairwise(ends)]


def _places(text: str, sign: str) -> Iterator[int]:
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += (token[0] in "[({") - (token[0] in "])}")
        if token[0] == sign and not depth:
            yield token.start()
