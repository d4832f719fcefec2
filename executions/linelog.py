"""The log of one line of a run: what its journal says of the step in hand.

A class to build the line on, not an object beside it: the step in hand is needed at every step, on both sides.
"""

from collections.abc import Callable, Mapping
from time import perf_counter, time
from typing import TYPE_CHECKING, Any

from dragops_site.jsontext import dumps, is_larger
from executions.hosting import Again, Ended
from executions.journal import MESSAGE_CHARACTERS, Entry, Mismatch, Outcome, held, start_of
from executions.keys import part
from executions.status import Status
from patterns.context import NodeError
from patterns.plan import Op, Step, Values
from patterns.types import Value, to_string

if TYPE_CHECKING:
    from executions.engine import Run


class Halt(Exception):
    """Ends the run whatever encloses the step."""

    def __init__(self, ended: Ended | Again) -> None:
        super().__init__()
        self.ended = ended


class LineLog:
    """The step in hand of a line, and the entries that it leaves in the journal."""

    def __init__(self, run: "Run", values: Values) -> None:
        self.run = run
        self.journal = run.journal
        self.values = values
        self._step = run.plan.start
        self._key = ""
        self._args: tuple[Any, ...] = ()  # what its function was given
        self._now = perf_counter()  # when it began
        self._message = ""  # what a node has said of it
        self._level = "info"
        self._volatile: dict[str, Value] = {}  # drawn at it, and not in the journal's entries yet

    @property
    def key(self) -> str:
        """The key of the step in hand."""
        return self._key

    @property
    def node(self) -> Step:
        """The node in hand."""
        return self._step

    # --- What nodes use -------------------------------------------------------------------------------------------

    def log(self, message: Value, level: str) -> None:
        self._message = (message if isinstance(message, str) else _text(message))[:MESSAGE_CHARACTERS]
        self._level = level

    def volatile(self, node_id: str, make: Callable[[], Value]) -> Value:
        name = f"{self._key}~@{node_id}"
        if name not in self.journal.volatile:
            self.journal.volatile[name] = self._volatile[name] = make()
        return self.journal.volatile[name]

    # --- Entries --------------------------------------------------------------------------------------------------

    def fail(self, error: NodeError) -> None:
        """Note an error that ends the run at the step in hand, whatever that is and whether or not it is noted."""
        key = part(self._key, "halt")
        error.roots = (key,)
        self._tag(error, self._step)
        inputs = self._step.inputs(self._args)
        self.journal.add(key, self._step, inputs, {}, time(), None, level="error", message=error.message, error=error)

    def note_ahead(self) -> Entry:
        """Make the entry of the effect in hand before it acts, for a host that writes both at once."""
        if self._key in self.journal.known:
            raise NodeError("A step changes the state once, not oftener.", "SecondChange")
        self._add(self._step.inputs(self._args), {}, Outcome(self._step.node_id, is_effect=True))
        return self.journal.hand_out()

    def note_done(self, entry: Entry, outcome: Outcome) -> None:
        """Say in an entry made ahead how the effect went."""
        step, error = self._step, outcome.error
        if error is not None:
            entry.level, entry.message, entry.error = "error", error.message, self._tag(error, step)
        else:
            step.store(self.values, outcome.result)
            entry.level, entry.message, entry.error = "info", "", None
            entry.output = held(step.outputs(self.values), self.journal.value_limit)
        if entry.outcome:
            outcome.volatile = entry.outcome.volatile
        entry.outcome, entry.duration = outcome, perf_counter() - self._now

    def _note(self, step: Step, output: Mapping[str, Value], outcome: Outcome | None = None) -> None:
        if self.journal.is_full and outcome is None and not self._volatile:
            self.journal.dropped += self._key not in self.journal.known
        else:
            self._add(step.inputs(self._args), output, outcome, level=self._level, message=self._message)
        self._message, self._level = "", "info"

    def _note_part(self, name: str, message: str, values: dict[str, Value], level: str) -> None:
        outcome = Outcome(self._step.node_id, volatile=values)
        self.journal.add(
            part(self._key, name), self._step, {}, {}, time(), None, level=level, message=message, outcome=outcome
        )

    def _log_error(self, error: NodeError, inputs: Mapping[str, Value], outcome: Outcome | None = None) -> None:
        self._add(inputs, {}, outcome, level="error", message=error.message, error=error)
        self._message, self._level = "", "info"

    def _add(
        self, inputs: Mapping[str, Value], output: Mapping[str, Value], outcome: Outcome | None, **words: Any
    ) -> None:
        if self._volatile:
            outcome = outcome or Outcome(self._step.node_id)
            outcome.volatile, self._volatile = self._volatile, {}
        at, duration = self.run.epoch + self._now, perf_counter() - self._now
        try:
            self.journal.add(self._key, self._step, inputs, output, at, duration, outcome=outcome, **words)
        except Mismatch as mismatch:
            self._mismatch(mismatch)

    def _mismatch(self, mismatch: Mismatch) -> None:
        error = NodeError(str(mismatch), "JournalMismatch")
        error.node_id, error.node_name = self._step.node_id, self._step.name
        raise Halt(Ended(Status.FAILED, error=error))

    def _tag(self, error: NodeError, place: Step | Op) -> NodeError:
        """Name the node on which an error arose, and the step from which a further attempt goes on."""
        error.node_id, error.node_name = place.node_id, place.name
        error.roots = error.roots or (self._key,)
        return error


def _text(value: Value) -> str:
    """A value as a message: text as it is, anything else as JSON, of a large one the beginning."""
    if isinstance(value, list | dict):
        is_long = is_larger(value, 10 * MESSAGE_CHARACTERS)
        return start_of(value, MESSAGE_CHARACTERS) if is_long else dumps(value)
    return to_string(value)
