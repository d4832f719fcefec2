"""One line of a run: performs one step after another, with a stack of its own.

Errors and signals are thrown into the generators of the flow nodes that enclose them, so that Try / Catch is a `try`
and a loop a `for`. What a step waits for suspends the line, never the thread.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import perf_counter, time
from typing import TYPE_CHECKING, Any, cast

from dragops_site.jsontext import check_size
from executions.effects import Effect
from executions.forks import Fork
from executions.hosting import Asked, Ended
from executions.journal import Mismatch, Outcome
from executions.keys import ON_ERROR, part
from executions.linelog import Halt, LineLog
from executions.status import Status
from patterns.context import (
    Break,
    Call,
    Connection,
    Continue,
    Environment,
    Listen,
    NodeError,
    Response,
    Signal,
    Sleep,
    State,
    StopRun,
    TimedOut,
    Together,
    Variables,
    Within,
)
from patterns.plan import RUN_SLOT, Op, OpFailed, Step, Values, as_node_error, evaluate
from patterns.types import Value, iso

if TYPE_CHECKING:
    from executions.engine import Run

LOOK_EVERY_S = 0.05


class Suspended(Exception):
    """The line waits; what for stands in its `effect`, `asked` or `fork`."""


@dataclass(slots=True)
class _Frame:
    """An open flow node: its generator, and where the chain that it interrupted stands."""

    chains: Generator[Any, Any, None]
    step: Step
    key: str
    path: str
    ordinal: int
    passes: int = 0
    is_limited: bool = False  # its present chain has a scope of its own


class Fiber(LineLog):
    """One line of steps. Nodes see it as their RunContext."""

    def __init__(self, run: "Run", values: Values, variables: Variables, parent: "Fiber | None" = None) -> None:
        super().__init__(run, values)
        self.info = run.info
        self.values[RUN_SLOT] = self
        self.variables = variables
        self.parent = parent
        self.scopes: list[tuple[float, str]] = list(parent.scopes) if parent else []  # time limits that hold here
        self.spent: set[str] = set(parent.spent) if parent else set()  # scopes that were left by TimedOut
        self.depth: int = parent.depth + len(parent._stack) if parent else 0
        self.effect: Effect | None = None
        self.asked: Asked | None = None
        self.fork: Fork | None = None
        self.last: Step | None = None
        self.raised: Exception | None = None  # by what it ended, if not well
        self.steps = 0
        self._next: Callable[[], Step | None] = self._begin
        self._answer: Any = None
        self._stack: list[_Frame] = []
        self._path = ""
        self._ordinal = 0
        self._next_look = self._now

    # --- What nodes use -------------------------------------------------------------------------------------------

    @property
    def step_id(self) -> str:
        return f"{self.run.lineage}-{self._key}"

    @property
    def trigger(self) -> Mapping[str, Value]:
        event = self.run.event if isinstance(self.run.event, dict) else {}
        return {**event, **self.run.plan.start.outputs(self.values)}

    @property
    def environment(self) -> Environment:
        return self.run.environment

    def connection(self, name: str) -> Connection:
        return self.run.host.connection(name)

    @property
    def state(self) -> State:
        return self.run.host.state(self)

    @property
    def place(self) -> str:
        return self._stack[-1].key if self._stack else self._key

    def respond(self, response: Response) -> None:
        self.run.host.respond(self, response)

    def respond_with(self, outputs: Mapping[str, Value]) -> None:
        self.run.set_result(dict(outputs))

    def remaining(self) -> float:
        return self.run.remaining()

    def open_hook(self) -> str:
        return self.run.host.open_hook(self, self.place)

    # --- What the run uses ----------------------------------------------------------------------------------------

    def go_on(self) -> bool:
        """Run until the end of this line, or until it waits. Returns whether it has ended. Raises Halt."""
        pending: Exception | None = None
        following: Callable[[], Step | None] = self._next
        while True:
            try:
                step = following() if pending is None else self._unwind(pending)
                pending, following = None, self._resume
                while step is not None:
                    step = self._perform(step)
                if not self._stack:
                    return True
            except Suspended:
                return False
            except Halt:
                raise
            except Exception as raised:
                pending = self._noted(raised)

    def answer(self, value: Any) -> None:
        """Give what the line has asked for."""
        self._answer, self.asked = value, None

    def is_late(self, now: float) -> bool:
        """Whether a Timeout node around what it waits for has used up its time (`now`: seconds since the epoch)."""
        return bool(self.scopes) and self._scope_over(now) is not None

    @property
    def limit(self) -> float | None:
        """When the first of the Timeout nodes around the step in hand has used up its time."""
        return min((due for due, scope in self.scopes if scope not in self.spent), default=None)

    def _scope_over(self, now: float) -> str | None:
        """The outermost scope whose time is over. One that was left already lets Finally do its work."""
        return next((scope for due, scope in self.scopes if now >= due and scope not in self.spent), None)

    def interrupt(self) -> None:
        """Give up what it waits for, because `is_late`."""
        if self.effect:
            self.effect.abandon()
        name = part(self._key, "late" if self._step.is_effect else "given-up")
        self.effect = self.asked = None
        self._next = partial(_raise, self._give_up(name, self._scope_over(time()) or ""))

    def _give_up(self, name: str, scope: str) -> TimedOut:
        self.run.host.drop(self)
        self.journal.volatile[name] = self._volatile[name] = scope
        return TimedOut(scope)

    def branch(self, position: int, exit: str, outputs: Mapping[str, Value]) -> "Fiber":
        """A parallel line for a chain of the innermost flow node."""
        frame = self._stack[-1]
        fiber = Fiber(self.run, list(self.values), self.variables.fork(), self)
        for name, value in outputs.items():
            fiber.values[frame.step.slots[name]] = value
        fiber._path, fiber._step = f"{self._key}-{position}.", frame.step
        fiber._next = lambda: frame.step.exits.get(exit)
        return fiber

    # --- Steps ----------------------------------------------------------------------------------------------------

    def _begin(self) -> Step | None:
        return self._fire(self.run.plan.start, self.run.event)

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
        if self.scopes:
            self._check_scopes("late")

    def _leave(self, step: Step, outcome: Outcome | None = None) -> Step | None:
        if step.place is not None:
            self.last = step
        self._note(step, step.outputs(self.values), outcome)
        return step.then

    def _look(self, now: float) -> None:
        self._next_look = now + LOOK_EVERY_S
        self.run.look(self)

    def _check_scopes(self, name: str) -> None:
        """Raise TimedOut where a Timeout node's time is over. A replay raises it where it was raised alone."""
        late = part(self._key, name)
        if late in self.journal.volatile:
            raise TimedOut(str(self.journal.volatile[late]))
        scope = None if self._key in self.journal.known else self._scope_over(time())
        if scope is not None:
            raise self._give_up(late, scope)

    # --- Flow nodes -----------------------------------------------------------------------------------------------

    def _enter_flow(self, step: Step, result: Any) -> Step | None:
        """A flow node has named its exit, or made the generator that will name one after another."""
        if result is None or isinstance(result, str):
            self._note(step, {"exit": result} if result else {})
            return step.exits.get(result) if result else None
        if self.depth + len(self._stack) >= self.run.limits.depth:
            limit = self.run.limits.depth
            raise NodeError(f"More than {limit:,} flow nodes are open within each other.", "DepthLimit")
        if not step.is_silent:
            self._note(step, {})
        self._stack.append(_Frame(result, step, self._key, self._path, self._ordinal))
        return None

    def _resume(self, answer: Any = None) -> Step | None:
        """Ask the innermost open flow node for its next chain."""
        frame = self._stack[-1]
        self._prepare(frame)
        if self.scopes:
            self._check_scopes("late")
        try:
            exit = frame.chains.send(answer)
        except StopIteration:
            self._close(frame)
            return None
        return self._follow(frame, exit)

    def _prepare(self, frame: _Frame) -> None:
        self.steps += 1
        self._step = frame.step
        self._key = f"{frame.key}.{frame.passes}"
        frame.passes += 1
        if frame.is_limited:
            frame.is_limited = False
            self.scopes.pop()
            self.spent.discard(frame.key)
        self._now = now = perf_counter()
        if now >= self._next_look:
            self._look(now)

    def _follow(self, frame: _Frame, exit: Any) -> Step | None:
        """Enter the chain that a flow node has named, or wait for what it asks for."""
        if isinstance(exit, tuple):
            exit, outputs = exit
            slots = frame.step.slots
            for name, value in outputs.items():
                self.values[slots[name]] = value
        elif not isinstance(exit, str):
            return self._follow_request(frame, exit)
        self._path = f"{self._key}."
        self._ordinal = 0
        return frame.step.exits.get(exit)

    def _follow_request(self, frame: _Frame, request: Sleep | Listen | Within | Together) -> Step | None:
        if isinstance(request, Within):
            due = self._moment(part(self._key, "limit"), request.seconds)
            self.scopes.append((due, frame.key))
            frame.is_limited = True
            return self._follow(frame, request.exit)
        if isinstance(request, Together):
            self.fork = Fork(self, request)
            self._next = self._after_fork
            raise Suspended
        if self.scopes:
            self._check_scopes("given-up")
        return self._ask(request, self._after_request)

    def _after_request(self) -> Step | None:
        return self._resume(self._answer)

    def _after_fork(self) -> Step | None:
        assert self.fork is not None  # noqa: S101  set by what suspended the line
        fork, self.fork = self.fork, None
        return self._resume(fork.join(self))

    def _close(self, frame: _Frame) -> None:
        self._stack.pop()
        self._path, self._ordinal = frame.path, frame.ordinal

    def _unwind(self, raised: Exception) -> Step | None:
        """Throw what was raised into the open flow nodes, innermost first, until one of them goes on."""
        if isinstance(raised, TimedOut):
            self.spent.add(raised.scope)
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
        known = self.journal.known.get(self._key)
        if known is not None and known != step.node_id:  # of a fork, whose graph may be another: before it acts
            self._mismatch(Mismatch(self._key, known, step.node_id))
        if step.acts:
            self._keep_drawn(step)
            self.run.host.before_effect(self, step.blocks)
        if step.blocks:
            self.effect = Effect(partial(step.function, *args), self.run.wake)
            self._next = self._after_effect
            raise Suspended
        try:
            return self._take(step, step.function(*args))
        except (Halt, Suspended):
            raise
        except Exception as error:
            return self._fail_effect(step, error)

    def _keep_drawn(self, step: Step) -> None:
        """Values drawn for an effect's inputs are recorded before it acts, so that a repetition is the same."""
        if self._volatile:
            drawn, self._volatile = self._volatile, {}
            self._note_part("drawn", "Drawn for the inputs.", drawn, "debug")

    def _after_effect(self) -> Step | None:
        assert self.effect is not None  # noqa: S101  set by what suspended the line
        effect, self.effect = self.effect, None
        if effect.error is not None:
            return self._fail_effect(self._step, effect.error)
        return self._take(self._step, effect.result)

    def _take(self, step: Step, result: Any) -> Step | None:
        """What a node has done is its outcome, or it asks for something first."""
        if isinstance(result, Call):
            check_size(dict(result.inputs))
            return self._ask(result, self._after_call)
        if isinstance(result, Sleep):
            return self._ask(result, self._after_sleep)
        return self._finish_effect(step, _recordable(Outcome(step.node_id, result, is_effect=True)))

    def _after_call(self) -> Step | None:
        return self._finish_effect(self._step, _recordable(self._answer))

    def _after_sleep(self) -> Step | None:
        return self._finish_effect(self._step, Outcome(self._step.node_id, is_effect=True))

    def _ask(self, request: Call | Sleep | Listen, then: Callable[[], Step | None]) -> Step | None:
        due = None if isinstance(request, Call) else self._due(request)
        self.asked = Asked(request, self._key, self._step.node_id, self, due)
        self._next = then
        raise Suspended

    def _due(self, request: Sleep | Listen) -> float:
        """When a wait is over. Recorded, so that the same wait of a replay ends at the same moment."""
        name = part(self._key, "wait")
        seconds = request.timeout_s if isinstance(request, Listen) else request.seconds
        until = request.until if isinstance(request, Sleep) else None
        since, due = self._moments(name, seconds, until)
        self._now = since - self.run.epoch  # so that the log shows how long it took, however many workers it took
        return due

    def _moment(self, name: str, seconds: float) -> float:
        return self._moments(name, seconds, None)[1]

    def _moments(self, name: str, seconds: float, until: float | None) -> tuple[float, float]:
        if name not in self.journal.volatile:
            since = time()
            due = since + seconds if until is None else until
            self.journal.volatile[name] = moments = [since, due]
            word, level = ("Waits", "info") if name.endswith("wait") else ("May take", "debug")
            moment = iso(datetime.fromtimestamp(due, UTC))
            self._note_part(name.rpartition("~")[2], f"{word} until {moment}.", {name: moments}, level)
        since, due = cast(list[float], self.journal.volatile[name])
        return since, due

    def _fail_effect(self, step: Step, error: Exception) -> Step | None:
        return self._finish_effect(step, Outcome(step.node_id, error=as_node_error(error), is_effect=True))

    def _checked(self, step: Step, recorded: Outcome) -> Outcome:
        if recorded.node_id != step.node_id:
            self._mismatch(Mismatch(self._key, recorded.node_id, step.node_id))
        return recorded

    def _finish_effect(self, step: Step, outcome: Outcome) -> Step | None:
        is_new = self._key not in self.journal.known
        if outcome.error is not None:
            self._log_error(self._tag(outcome.error, step), step.inputs(self._args), outcome)
            following = None
        else:
            step.store(self.values, outcome.result)
            following = self._leave(step, outcome)
        if is_new and step.acts:
            self.run.host.after_effect()
        if outcome.error is not None:
            raise outcome.error
        return following

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
            self._log_error(self._tag(error, place), inputs)
        return error

    def _at_top(self, raised: Exception) -> Step | None:
        """Nothing in this line has caught it."""
        if self.parent is not None:
            self.raised = raised
            return None
        if isinstance(raised, StopRun):
            raise Halt(Ended(Status.COMPLETED, raised.result))
        if isinstance(raised, Break | Continue):
            raised = self.outside_of_loops(raised, "is not inside a loop")
        self.run.fail(as_node_error(raised))
        handler = self.run.plan.on_error
        assert handler is not None and self.run.failure is not None  # noqa: S101  else the run has ended
        self._path, self._ordinal = f"{ON_ERROR}.", 0
        return self._fire(handler, self.run.failure.as_value())

    def outside_of_loops(self, signal: Signal, why: str) -> NodeError:
        """The error of a Break or Continue that no loop has caught. Its step stands in the log already."""
        error = NodeError(f"{type(signal).__name__} {why}.", "NotInALoop")
        place = signal.place or self._step
        self._key += "!"
        self._log_error(self._tag(error, place), {})
        return error


def _raise(error: Exception) -> Step | None:
    raise error


def _recordable(outcome: Outcome) -> Outcome:
    """An effect whose result no journal can hold has failed: a replay could not go on from it."""
    try:
        outcome.dump()
    except ValueError as error:
        return Outcome(outcome.node_id, error=NodeError(f"The result: {error}.", "NotRecordable"), is_effect=True)
    return outcome
