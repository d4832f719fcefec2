"""The engine: runs a plan, one step after another, with a stack of its own.

It knows no database. What it cannot do alone (wait for a callee, write the journal) it asks of its host, or returns as
`Waiting`. Errors and signals are thrown into the generators of the flow nodes that enclose them, so that Try / Catch is
a `try` and a loop a `for`.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from time import perf_counter, time
from typing import Any

from dragops_site.jsontext import check_size, dumps, is_larger
from executions.hosting import Ended, Host, Limits, Waiting
from executions.journal import MESSAGE_CHARACTERS, Entry, Journal, Outcome, start_of
from executions.status import Status
from patterns.context import Break, Call, Continue, ExecutionInfo, NodeError, Response, Signal, StopRun, Variables
from patterns.plan import RUN_SLOT, Op, OpFailed, Plan, Step, as_node_error, evaluate
from patterns.types import Value, to_string

LOOK_EVERY_S = 0.05


class _Halt(Exception):
    """Ends the run whatever encloses the step."""

    def __init__(self, ended: Ended) -> None:
        super().__init__()
        self.ended = ended


class _Suspend(Exception):
    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call


@dataclass(slots=True)
class _Frame:
    """An open flow node: its generator, and where the chain that it interrupted stands."""

    chains: Generator[Any, None, None]
    step: Step
    key: str
    path: str
    ordinal: int
    passes: int = 0


class Run:
    """One execution in memory. Nodes see it as their RunContext."""

    def __init__(
        self, plan: Plan, event: Value, info: ExecutionInfo, journal: Journal, host: Host, limits: Limits
    ) -> None:
        self.plan = plan
        self.event = event
        self.info = info
        self.journal = journal
        self.host = host
        self.limits = limits
        self.values = list(plan.template)
        self.values[RUN_SLOT] = self
        self.variables = Variables(plan.variables)
        self.steps = 0
        self._stack: list[_Frame] = []
        self._path = ""
        self._ordinal = 0
        self._step = plan.start
        self._key = ""
        self._args: tuple[Any, ...] = ()
        self._answer: Outcome | None = None
        self._last: Step | None = None
        self._failure: NodeError | None = None
        self._result: Value = None
        self._has_result = False
        self._message = ""
        self._level = "info"
        self._volatile: dict[str, Value] = {}
        self._started = self._now = perf_counter()
        self._epoch = time() - self._started
        self._deadline = self._started + limits.seconds
        self._next_look = self._started

    # --- What nodes use -------------------------------------------------------------------------------------------

    @property
    def step_id(self) -> str:
        return f"{self.info.execution_id}-{self._key}"

    def log(self, message: Value, level: str) -> None:
        self._message = (message if isinstance(message, str) else _text(message))[:MESSAGE_CHARACTERS]
        self._level = level

    def volatile(self, node_id: str, make: Callable[[], Value]) -> Value:
        name = f"{self._key}~{node_id}"
        if name not in self.journal.volatile:
            self.journal.volatile[name] = self._volatile[name] = make()
        return self.journal.volatile[name]

    def respond(self, response: Response) -> None:
        self.host.respond(self, response)

    def respond_with(self, outputs: Mapping[str, Value]) -> None:
        self._result, self._has_result = dict(outputs), True

    def remaining(self) -> float:
        return self._deadline - perf_counter()

    # --- What the host uses ---------------------------------------------------------------------------------------

    def advance(self) -> Ended | Waiting:
        """Run until the end, or until a callee's outcome is needed; then `answer` and call again."""
        if self.steps:
            return self._loop(self._after_call)
        return self._loop(self._begin)

    @property
    def waiting_node(self) -> str:
        """The node whose call the run waits for."""
        return self._step.node_id

    def answer(self, outcome: Outcome) -> None:
        """Give the outcome of the call that the run waits for."""
        self._answer = outcome

    # --- The loop -------------------------------------------------------------------------------------------------

    def _loop(self, first: Callable[[], Step | None]) -> Ended | Waiting:
        try:
            step = self._guard(first)
            while True:
                try:
                    while step is not None:
                        step = self._perform(step)
                    if not self._stack:
                        return self._at_end()
                    step = self._resume()
                except (_Halt, _Suspend):
                    raise
                except Exception as raised:
                    step = self._unwind(self._noted(raised))
        except _Suspend as suspended:
            return Waiting(suspended.call, self._key)
        except _Halt as halt:
            return halt.ended

    def _guard(self, first: Callable[[], Step | None]) -> Step | None:
        try:
            return first()
        except (_Halt, _Suspend):
            raise
        except Exception as raised:
            return self._unwind(self._noted(raised))

    def _begin(self) -> Step | None:
        return self._fire(self.plan.start, self.event)

    def _fire(self, step: Step, event: Value) -> Step | None:
        """Run a trigger node: its function turns the event into outputs."""
        self._enter(step)
        result = step.function(event)
        step.store(self.values, result)
        self._note(step, step.outputs(self.values))
        return step.then

    def _perform(self, step: Step) -> Step | None:
        self._enter(step)
        if step.ops:
            evaluate(step.ops, self.values)
        self._args = args = step.read(self.values)
        if step.is_effect:
            return self._perform_effect(step, args)
        result = step.function(*args)
        if step.is_flow:
            return self._enter_flow(step, result)
        step.store(self.values, result)
        return self._leave(step)

    def _enter(self, step: Step) -> None:
        self.steps += 1
        self._step = step
        self._key = f"{self._path}{self._ordinal}"
        self._ordinal += 1
        self._args = ()
        self._now = now = perf_counter()
        if now >= self._next_look:
            self._look(now)

    def _leave(self, step: Step, outcome: Outcome | None = None) -> Step | None:
        if step.place is not None:
            self._last = step
        self._note(step, step.outputs(self.values), outcome)
        return step.then

    def _look(self, now: float) -> None:
        self._next_look = now + LOOK_EVERY_S
        if now > self._deadline:
            message = f"The run passed its time limit of {self.limits.seconds:g} s."
            self._halt(Status.TIMEOUT, NodeError(message, "Timeout"))
        if self.steps > self.limits.steps:
            message = f"The run passed its limit of {self.limits.steps:,} steps; does an exec wire lead back for ever?"
            self._halt(Status.FAILED, NodeError(message, "StepLimit"))
        if status := self.host.look(self):
            self._halt(status, None)

    def _halt(self, status: Status, error: NodeError | None) -> None:
        if error:
            self._log_error(_tag(error, self._step), {})
        raise _Halt(Ended(status, error=error))

    # --- Flow nodes -----------------------------------------------------------------------------------------------

    def _enter_flow(self, step: Step, result: Any) -> Step | None:
        """A flow node has named its exit, or made the generator that will name one after another."""
        if result is None or isinstance(result, str):
            self._note(step, {"exit": result} if result else {})
            return step.exits.get(result) if result else None
        if len(self._stack) >= self.limits.depth:
            raise NodeError(f"More than {self.limits.depth:,} flow nodes are open within each other.", "DepthLimit")
        if not step.is_silent:
            self._note(step, {})
        self._stack.append(_Frame(result, step, self._key, self._path, self._ordinal))
        return None

    def _resume(self) -> Step | None:
        """Ask the innermost open flow node for its next chain."""
        frame = self._stack[-1]
        self._prepare(frame)
        try:
            exit = next(frame.chains)
        except StopIteration:
            self._close(frame)
            return None
        return self._follow(frame, exit)

    def _prepare(self, frame: _Frame) -> None:
        self.steps += 1
        self._step = frame.step
        self._key = f"{frame.key}.{frame.passes}"
        frame.passes += 1
        self._now = now = perf_counter()
        if now >= self._next_look:
            self._look(now)

    def _follow(self, frame: _Frame, exit: str | tuple[str, Mapping[str, Value]]) -> Step | None:
        if not isinstance(exit, str):
            exit, outputs = exit
            slots = frame.step.slots
            for name, value in outputs.items():
                self.values[slots[name]] = value
        self._path = f"{self._key}."
        self._ordinal = 0
        return frame.step.exits.get(exit)

    def _close(self, frame: _Frame) -> None:
        self._stack.pop()
        self._path, self._ordinal = frame.path, frame.ordinal

    def _unwind(self, raised: Exception) -> Step | None:
        """Throw what was raised into the open flow nodes, innermost first, until one of them goes on."""
        while self._stack:
            frame = self._stack[-1]
            self._prepare(frame)
            try:
                exit = frame.chains.throw(raised)
            except StopIteration:
                self._close(frame)
                return None
            except Exception as again:
                self._close(frame)
                raised = again if again is raised else self._noted(again)
            else:
                return self._follow(frame, exit)
        return self._at_top(raised)

    # --- Effects --------------------------------------------------------------------------------------------------

    def _perform_effect(self, step: Step, args: tuple[Any, ...]) -> Step | None:
        recorded = self.journal.recorded.get(self._key)
        if recorded is not None and recorded.is_effect:
            return self._finish_effect(step, self._checked(step, recorded))
        if step.acts:
            self.host.before_effect(self, step.blocks)
        try:
            result = step.function(*args)
            if isinstance(result, Call):
                check_size(dict(result.inputs))
        except Exception as error:
            return self._finish_effect(step, Outcome(step.node_id, error=as_node_error(error), is_effect=True))
        if isinstance(result, Call):
            raise _Suspend(result)
        return self._finish_effect(step, _recordable(Outcome(step.node_id, result, is_effect=True)))

    def _checked(self, step: Step, recorded: Outcome) -> Outcome:
        if recorded.node_id != step.node_id:
            message = (
                f"The journal does not match the plan: step {self._key} was node “{recorded.node_id}” when it was "
                f"recorded, and is “{step.node_id}” now."
            )
            self._halt(Status.FAILED, NodeError(message, "JournalMismatch"))
        return recorded

    def _finish_effect(self, step: Step, outcome: Outcome) -> Step | None:
        if outcome.error is not None:
            self._log_error(_tag(outcome.error, self._step), step.inputs(self._args), outcome)
            raise outcome.error
        step.store(self.values, outcome.result)
        return self._leave(step, outcome)

    def _after_call(self) -> Step | None:
        assert self._answer is not None  # noqa: S101  the host answers before it goes on
        return self._finish_effect(self._step, _recordable(self._answer))

    # --- Errors and ends ------------------------------------------------------------------------------------------

    def _noted(self, raised: Exception) -> Exception:
        """Make an error of what a node raised, name the node, and put it into the log, once."""
        if isinstance(raised, Signal):
            if raised.place is None:
                raised.place = self._step
                self._note(self._step, {})
            return raised
        place: Step | Op = self._step
        cause, inputs = raised, self._step.inputs(self._args)
        if isinstance(raised, OpFailed):
            place, cause, inputs = raised.op, raised.error, raised.inputs
        error = as_node_error(cause)
        if error.node_id is None:
            self._log_error(_tag(error, place), inputs)
        return error

    def _at_top(self, raised: Exception) -> Step | None:
        """Nothing in the graph has caught it."""
        if isinstance(raised, StopRun):
            raise _Halt(Ended(Status.COMPLETED, raised.result))
        if isinstance(raised, Break | Continue):
            raised = self._outside_of_loops(raised)
        error = as_node_error(raised)
        if self._failure is not None or self.plan.on_error is None:
            raise _Halt(Ended(Status.FAILED, error=self._failure or error))
        self._failure = error
        self._path, self._ordinal = "error.", 0
        return self._fire(self.plan.on_error, error.as_value())

    def _outside_of_loops(self, signal: Signal) -> NodeError:
        """The error of a Break or Continue that no loop has caught. Its step stands in the log already."""
        error = NodeError(f"{type(signal).__name__} is not inside a loop.", "NotInALoop")
        self._key += "!"
        self._log_error(_tag(error, signal.place or self._step), {})
        return error

    def _at_end(self) -> Ended:
        if self._failure is not None:
            return Ended(Status.FAILED, error=self._failure)
        if not self._has_result and self._last is not None:
            self._result = self._last.outputs(self.values)
        return Ended(Status.COMPLETED, self._result)

    # --- The log --------------------------------------------------------------------------------------------------

    def _note(self, step: Step, output: Mapping[str, Value], outcome: Outcome | None = None) -> None:
        if self.journal.is_full and outcome is None and not self._volatile:
            self.journal.dropped += self._key not in self.journal.known
        else:
            self._add(step.inputs(self._args), output, outcome, level=self._level, message=self._message)
        self._message, self._level = "", "info"

    def _log_error(self, error: NodeError, inputs: Mapping[str, Value], outcome: Outcome | None = None) -> None:
        self._add(inputs, {}, outcome, level="error", message=error.message, error=error)
        self._message, self._level = "", "info"

    def _add(
        self, inputs: Mapping[str, Value], output: Mapping[str, Value], outcome: Outcome | None, **words: Any
    ) -> None:
        if self._volatile:
            outcome = outcome or Outcome(self._step.node_id)
            outcome.volatile, self._volatile = self._volatile, {}
        at, duration = self._epoch + self._now, perf_counter() - self._now
        self.journal.add(self._key, self._step, inputs, output, at, duration, outcome=outcome, **words)


def _tag(error: NodeError, place: Step | Op) -> NodeError:
    """Name the node on which an error arose."""
    error.node_id, error.node_name = place.node_id, place.name
    return error


def _recordable(outcome: Outcome) -> Outcome:
    """An effect whose result no journal can hold has failed: a replay could not go on from it."""
    try:
        outcome.dump()
    except ValueError as error:
        return Outcome(outcome.node_id, error=NodeError(f"The result: {error}.", "NotRecordable"), is_effect=True)
    return outcome


def _text(value: Value) -> str:
    """A value as a message: text as it is, anything else as JSON, of a large one the beginning."""
    if isinstance(value, list | dict):
        is_long = is_larger(value, 10 * MESSAGE_CHARACTERS)
        return start_of(value, MESSAGE_CHARACTERS) if is_long else dumps(value)
    return to_string(value)


__all__ = ["Ended", "Entry", "Host", "Limits", "Run", "Waiting"]
