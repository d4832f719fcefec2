"""A few executions that one thread runs, one after another, and writes together.

What ends, what is logged, what begins and what is to wait is collected here and written in one transaction: when all
have run, before an effect that must not be repeated and after it, or every half second, so that people see it move. A
run that is about to block gives back the executions behind it. A run that calls a pattern goes on with the callee at
once, on the stack of this batch.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import pairwise
from random import random
from threading import RLock
from time import monotonic, time
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.utils.module_loading import import_string
from redis.exceptions import RedisError

from dragops_site.errors import Conflict, NotFound
from executions import admission, bell, hooks, masking, parking, queue, solo, suspects, watchdog
from executions.actions.cancel import cancel
from executions.calls import Active, begin, callee_of, open_callee_of, outcome_of, queued, refusal
from executions.effects import left_behind
from executions.engine import Again, Asked, Ended, Run, Waiting
from executions.fiber import Fiber
from executions.journal import Journal
from executions.models import Execution
from executions.parking import Parked
from executions.persistence import Result, leaves_unsynced, persistently, persistently_apart
from executions.presence import Presence
from executions.queue import Finished, Lost
from executions.replies import send_response
from executions.saving import Work
from executions.state import Change, StateOfRun, Store
from executions.status import Mode, Status
from patterns.context import Call, Connection, Environment, Listen, NodeError, Response, Sleep, State
from patterns.plan import as_node_error

log = logging.getLogger(__name__)

STALE_S = 0.5
SHORT_S = 0.2
OUTAGE_S = 2.0  # a write that takes longer has waited for the database to come back
LATE_S = 1.5
REST_S = 0.5  # a run waits so long on its thread; what is parked for longer, every clock sees in time

watchdog.abandoned = left_behind


class Fault(BaseException):
    """DRAGOPS itself failed while it ran an execution.

    Not an Exception, so that no node and no Try / Catch takes it for an error of the work.
    """


class Leaving(BaseException):
    """The process is asked to end: what it runs goes on elsewhere.

    Not an Exception, so that no node and no Try / Catch takes it for an error of the work.
    """


class Batch:
    """Implements `Host` for the runs of one claim. `on_block` says whether others must be called to look for more."""

    def __init__(
        self, presence: Presence, executions: Iterable[Execution], on_block: Callable[[], bool] = lambda: True
    ) -> None:
        self.presence = presence
        self.on_block = on_block
        self.worker_id = presence.worker_id
        self.waiting = deque(executions)
        self.stack: list[Active] = []  # the run in hand, above those that wait for it
        self.done: list[Finished] = []
        self.parked: list[Parked] = []
        self.unsaved: list[Execution] = []  # callees that are not in the database yet
        self.lost: set[UUID] = set()
        self.fault: Fault | None = None
        self.has_blocked = False
        self.may_be_forgotten = leaves_unsynced()  # the claim, until something else has been written
        self.lock = RLock()
        self.written_at = self.claimed_at = monotonic()

    def run(self) -> bool:
        """Run everything. Returns whether it took so little time that more may be claimed at once."""
        began = monotonic()
        self.presence.batches.add(self)
        try:
            while self.waiting:
                self._run_one(self.waiting.popleft())
            self.write()
        finally:
            self.presence.batches.discard(self)
        return not self.has_blocked and monotonic() - began < SHORT_S

    def _run_one(self, execution: Execution) -> None:
        if suspects.is_suspect(execution) and not self.presence.is_solo:
            self.write(gives_back=True)
            self._let_others_look()
            solo.run(self.presence, execution)
            return
        try:
            self._open(execution)
            while self.stack:
                self._advance(self.stack[-1])
        except Lost:
            log.warning("execution %s belongs to another worker now", execution.pk)
            self._drop_stack()
        except Leaving:
            self._leave()
        except (Exception, Fault) as error:
            log.exception("execution %s met a fault of the engine", execution.pk)
            self.fault = None
            while self.stack:
                self._close(self.stack[-1], _faulty(error))

    def _open(self, execution: Execution) -> None:
        try:
            opened = persistently(lambda: begin(execution, self))
            if not self.stack:
                self._postpone([execution], monotonic() - self.claimed_at)
        except Exception as error:
            log.exception("execution %s cannot begin", execution.pk)
            opened = Finished(execution, _faulty(error), Journal())
        if isinstance(opened, Finished):
            self.done.append(opened)
            self._answer_caller(opened)
        else:
            run = opened.run
            watchdog.arm(execution.pk, run.remaining(), lambda: run.node)
            self.stack.append(opened)

    def _advance(self, active: Active) -> None:
        rest_until, active.rest_until = active.rest_until, None
        state = active.run.advance(rest_until)
        if isinstance(state, Waiting):
            self._serve(active, state)
        elif isinstance(state, Again):
            self._try_again(active, state)
        else:
            self._close(active, state)

    def _close(self, active: Active, ended: Ended) -> None:
        watchdog.disarm(active.execution.pk)  # writing may have to wait; that is not its fault
        with self.lock:
            if self.fault:  # what stood in its journal is gone, whatever it came to
                ended, self.fault = _faulty(self.fault), None
            finished = active.finished(ended)
            self._pop()
            self.done.append(finished)
        if active.run.remaining() < LATE_S:  # or the clock ends it first, as overdue
            self.write()
        self._answer_caller(finished)

    def _pop(self) -> None:
        watchdog.disarm(self.stack.pop().execution.pk)

    def _answer_caller(self, finished: Finished) -> None:
        if not self.stack:
            return
        caller = self.stack[-1]
        if self._is_canceled():
            self._close(caller, Ended(Status.CANCELED))
        elif caller.calls is not None:
            asked, caller.calls = caller.calls, None
            caller.callees.pop(asked.key, None)
            caller.run.answer(asked, outcome_of(asked, finished.execution, finished.ended))

    # --- What runs wait for ---------------------------------------------------------------------------------------

    def _serve(self, active: Active, waiting: Waiting) -> None:
        """Answer what can be answered now. If that is nothing, let the run rest here for a moment, or park it."""
        is_alone = len(waiting.asked) == 1 and not waiting.is_acting
        served = [self._serve_one(active, asked, is_alone) for asked in waiting.asked]
        if any(served) or waiting.is_acting:
            return
        moments = [asked.wakes_at for asked in waiting.asked]
        wakes_at = min((moment for moment in moments if moment is not None), default=None)
        is_sleep = all(isinstance(asked.request, Sleep) for asked in waiting.asked)
        if is_sleep and wakes_at is not None and wakes_at - time() <= REST_S:
            self.write(gives_back=True)
            self._let_others_look()
            active.rest_until = wakes_at
        else:
            self._park(active, waiting.asked, wakes_at)

    def _serve_one(self, active: Active, asked: Asked, is_alone: bool) -> bool:
        """Whether the run can go on for this."""
        if isinstance(asked.request, Call):
            return self._call(active, asked, asked.request, is_alone)
        if isinstance(asked.request, Listen):
            return self._listen(active, asked)
        return False  # the run itself knows when a moment has come

    def _call(self, active: Active, asked: Asked, call: Call, is_alone: bool) -> bool:
        try:
            callee, is_new = self._patiently(lambda: callee_of(active, asked, call, self.worker_id))
        except NodeError as error:
            active.run.answer(asked, refusal(asked, error))
            return True
        if callee.is_ended:
            active.callees.pop(asked.key, None)
            active.run.answer(asked, outcome_of(asked, callee, queue.ended_of(callee)))
            return True
        active.callees[asked.key] = callee.pk
        if is_new:
            is_free = callee.concurrency is None and asked.fiber.limit is None
            return self._begin_callee(active, asked, callee, is_alone and is_free)
        return False

    def _begin_callee(self, active: Active, asked: Asked, callee: Execution, runs_here: bool) -> bool:
        """A callee goes on on this stack, at once. It is queued if it is one of several, of a limited pattern, or
        called within a Timeout node, whose time must not wait for it."""
        with self.lock:
            self.unsaved.append(callee if runs_here else queued(callee))
        if runs_here:
            active.calls = asked
            self._open(callee)
        else:
            self.write()
        return runs_here

    def _listen(self, active: Active, asked: Asked) -> bool:
        key = active.key(asked.fiber.place)
        if asked.due is not None and asked.due <= time():
            self._patiently(lambda: hooks.give_up(active.execution, key))
        is_closed, event = self._patiently(lambda: hooks.answer_of(active.execution, key))
        if is_closed:
            active.run.answer(asked, event)
        return is_closed

    def _park(self, active: Active, asked: Sequence[Asked], due: float | None) -> None:
        """The run waits for what it asked for, and those below it on the stack each for the one above it."""
        calls = bool(parking.callees_of(active, asked))
        self._park_stack(parking.for_asked(self.worker_id, active, asked, due), calls)

    def _try_again(self, active: Active, again: Again) -> None:
        """The run waits for its next attempt, and those below it on the stack each for the one above it."""
        self._park_stack(parking.for_attempt(self.worker_id, active, again))

    def _park_stack(self, top: Parked, calls: bool = False) -> None:
        """Who waits for a callee is parked by itself, because whoever ends callees locks them first and then their
        callers: a transaction that holds something else as well could stand in the way of one that stands in its."""
        calls = calls or len(self.stack) > 1
        if calls:
            self.write()
        with self.lock:
            callers = [parking.for_callee(self.worker_id, *pair) for pair in pairwise(self.stack)]
            self.parked += [top, *callers]
            is_late = any(active.run.remaining() < LATE_S for active in self.stack)
            while self.stack:
                self._pop()
        if calls or is_late:
            self.write()

    # --- Host -----------------------------------------------------------------------------------------------------

    def before_effect(self, fiber: Fiber, blocks: bool) -> None:
        """See `Host`. The lock makes sure that no other thread is just writing an outcome."""
        if self.presence.is_leaving:
            raise Leaving
        with self.lock:
            # A callee's row must be there: an effect in flight is known again by the id of its execution.
            is_behind = self.unsaved or any(active.run.journal.unwritten_outcome for active in self.stack)
            if is_behind or self.may_be_forgotten or self._may_be_lost():
                self.write(gives_back=blocks)
            elif blocks and (self.done or self.parked or self.waiting):
                self.write(gives_back=True)
        if blocks:
            self._let_others_look()

    def after_effect(self) -> None:
        """See `Host`."""
        self.write()

    def look(self, is_acting: bool) -> Status | None:
        """See `Host`. An effect under way gets a moment more when the process leaves: it need not be done again."""
        if self.is_lost:
            raise Lost
        if self.fault:
            raise self.fault
        if self.presence.is_leaving and not (is_acting and self.presence.has_a_moment):
            raise Leaving
        return Status.CANCELED if self._is_canceled() else None

    def judge(self, run: Run, error: NodeError) -> Again | Status:
        """See `Host`. A run of a draft is for looking at, not for trying again."""
        execution = self.stack[-1].execution
        if execution.mode != Mode.LIVE:
            return Status.FAILED
        policy = self._patiently(lambda: import_string(settings.RETRY_POLICY_RESOLVER)(execution.pattern_id))
        if not policy.covers(error):
            return Status.FAILED
        if execution.attempt >= policy.attempts:
            return Status.DEAD_LETTER
        return Again(error, policy.delay_s(execution.attempt, random()), policy.anew)  # noqa: S311 (spreads load)

    def environment(self, run: Run) -> Environment:
        """See `Host`."""
        pattern_id = UUID(run.info.pattern_id)
        found: Environment = self._patiently(lambda: import_string(settings.ENVIRONMENT_RESOLVER)(pattern_id))
        if found.secrets:
            self._patiently(masking.refresh)  # before the run can show one
        return found

    def connection(self, name: str) -> Connection:
        """See `Host`."""
        return cast(Connection, import_string(settings.CONNECTION_RESOLVER)(name, persistently_apart))

    def state(self, fiber: Fiber) -> State:
        """See `Host`."""
        execution = self.stack[-1].execution
        store = Store(execution.pattern_id, execution.mode)
        return StateOfRun(store, self._patiently, partial(self._change, fiber, execution))

    def _change(self, fiber: Fiber, execution: Execution, act: Callable[[], Any]) -> Any:
        """Write a change of the state, its entry and all there is, in one transaction."""
        with self.lock:
            change = Change(fiber, execution, fiber.note_ahead(), act)
            self.write(change=change)
        return change.result()

    def open_hook(self, fiber: Fiber, key: str) -> str:
        """See `Host`."""
        active = self.stack[-1]
        if self.unsaved:
            self.write()
        return self._patiently(lambda: hooks.address(active.execution, active.key(key)))

    def drop(self, fiber: Fiber) -> None:
        """See `Host`."""
        active = self.stack[-1]
        self._patiently(lambda: hooks.give_up(active.execution, active.key(fiber.place)))
        callee = self._patiently(lambda: open_callee_of(active, fiber.key))
        if callee:
            with suppress(Conflict, NotFound):
                self._patiently(lambda: cancel(callee))

    def respond(self, fiber: Fiber, response: Response) -> None:
        """Answer the request that waits for this run, or for the nearest of those that called it."""
        if self.unsaved:  # who has the answer may look for what it called
            self.write()
        for active in reversed(self.stack):
            if active.execution.awaited:
                try:
                    send_response(active.execution.pk, response)
                except RedisError:
                    fiber.log("The waiting request could not be answered: the broker is away.", "warning")
                return

    @property
    def is_lost(self) -> bool:
        """Whether a run in hand is known to belong to another worker."""
        return bool(self.lost) and any(active.execution.pk in self.lost for active in self.stack)

    def _may_be_lost(self) -> bool:
        """Whether this process stood still for so long, or the database was away, that others may hold its runs."""
        return self.worker_id != self.presence.worker_id or not self.presence.is_seen

    def ids(self) -> set[UUID]:
        """The executions in hand, begun or not."""
        with self.lock:
            in_hand = {execution.pk for execution in self.waiting}
            in_hand |= {active.execution.pk for active in self.stack}
            return in_hand | {one.execution.pk for one in self.done} | {one.execution.pk for one in self.parked}

    def flush_if_stale(self) -> None:
        """Called from the thread of the heartbeat: show what has happened, if that is long ago."""
        if monotonic() - self.written_at < STALE_S:
            return
        with self.lock:
            has_left = self.waiting or self.done or self.parked
            if has_left or any(active.run.journal.has_unwritten for active in self.stack):
                try:
                    self.write(gives_back=True)
                except (Lost, Fault):  # the thread of the run notices when it looks
                    return
        self._let_others_look()

    def _is_canceled(self) -> bool:
        canceled = self.presence.canceled
        return bool(canceled) and any(active.execution.pk in canceled for active in self.stack)

    def _let_others_look(self) -> None:
        """This thread is busy for a while: from now on the bell wakes another."""
        if not self.has_blocked:
            self.has_blocked = True
            if self.on_block():
                bell.hush()
                if persistently(admission.is_due):
                    bell.ring()

    # --- Writing --------------------------------------------------------------------------------------------------

    def write(self, gives_back: bool = False, change: Change | None = None) -> None:
        """Write all there is, in one transaction. Raises Lost where the run in hand belongs to another worker."""
        with self.lock:
            given_back = list(self.waiting) if gives_back else []
            if gives_back:
                self.waiting.clear()
            work = Work.of(self.worker_id, self.unsaved, self.done, self.parked, self.stack, given_back)
            work.change = change
            self.unsaved, self.done, self.parked = [], [], []
            self._write(work)
            self.written_at, self.may_be_forgotten = monotonic(), False
            self.lost |= work.lost
        work.tell()
        if self.is_lost:
            raise Lost

    def _write(self, work: Work) -> None:
        try:
            self._patiently(work.write)
        except Exception as error:
            # Something in it is refused for good. Each run on its own, so that it takes no other down with it.
            log.exception("a transaction of several runs was refused; writing them one by one")
            persistently(work.write_apart)
            if work.open:  # what stood in its journal is gone, so it must not go on
                self.fault = Fault(f"{type(error).__name__}: {error}")
                raise self.fault from error

    def _patiently(self, work: Callable[[], Result]) -> Result:
        """`persistently`. While the database is away, the time of the runs in hand stands still."""
        began = monotonic()
        result = persistently(work)
        if (seconds := monotonic() - began) >= OUTAGE_S:
            self._make_up_for(seconds)
        return result

    def _make_up_for(self, seconds: float) -> None:
        for active in self.stack:
            active.run.extend(seconds)
            watchdog.arm(active.execution.pk, active.run.remaining(), partial(getattr, active.run, "node"))
        self._postpone([active.execution for active in self.stack], seconds)

    def _postpone(self, executions: Sequence[Execution], seconds: float) -> None:
        """Move the deadlines in their rows by as long as an outage took; by less there is nothing to make up for."""
        if seconds >= OUTAGE_S:
            persistently(lambda: self._move_deadlines(executions, seconds))

    def _move_deadlines(self, executions: Sequence[Execution], seconds: float) -> None:
        held = Execution.objects.filter(pk__in=[execution.pk for execution in executions], worker_id=self.worker_id)
        later = F("deadline_at") + Value(timedelta(seconds=seconds))
        held.update(deadline_at=ExpressionWrapper(later, output_field=DateTimeField()))

    def _drop_stack(self) -> None:
        with self.lock:
            while self.stack:
                self._pop()
            self.unsaved.clear()

    def _leave(self) -> None:
        """Write what has happened so far. Whoever gets the runs in hand next goes on from there."""
        with suppress(Lost, Fault):
            self.write(gives_back=True)
        self.fault = None
        self._drop_stack()


def _faulty(error: BaseException) -> Ended:
    if isinstance(error, MemoryError):
        return Ended(Status.FAILED, error=as_node_error(error))
    message = f"A fault inside DRAGOPS: {type(error).__name__}: {error}"
    return Ended(Status.FAILED, error=NodeError(message, "InternalError"))
