"""A few executions that one thread runs, one after another, and writes together.

What ends, what is logged and what begins is collected here and written in one transaction: when all have run, before an
effect that must not be repeated, or every half second, so that people see it move. A run that is about to block gives
back the executions behind it. A run that calls a pattern goes on with the callee at once, on the stack of this batch.
"""

import logging
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from threading import RLock
from time import monotonic
from uuid import UUID

from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError

from executions import bell, queue
from executions.calls import Active, answer_of, begin, child_of, outcome_of
from executions.engine import Ended, Run, Waiting
from executions.journal import Entry, Journal
from executions.models import Execution, LogEntry
from executions.persistence import persistently, writing
from executions.presence import Presence
from executions.queue import Finished, Lost
from executions.replies import send_end, send_response
from executions.status import Status, Wait
from patterns.context import NodeError, Response
from patterns.plan import as_node_error

log = logging.getLogger(__name__)

STALE_S = 0.5
SHORT_S = 0.2


class Fault(BaseException):
    """DRAGOPS itself failed while it ran an execution.

    Not an Exception, so that no node and no Try / Catch takes it for an error of the work.
    """


class Leaving(BaseException):
    """The process is asked to end: what it runs goes on elsewhere.

    Not an Exception, so that no node and no Try / Catch takes it for an error of the work.
    """


class Batch:
    """Implements `Host` for the runs of one claim."""

    def __init__(self, presence: Presence, executions: Iterable[Execution]) -> None:
        self.presence = presence
        self.worker_id = presence.worker_id
        self.waiting = deque(executions)
        self.stack: list[Active] = []  # the run in hand, above those that wait for it
        self.done: list[Finished] = []
        self.unsaved: list[Execution] = []  # callees that are not in the database yet
        self.lost: set[UUID] = set()
        self.fault: Fault | None = None
        self.has_blocked = False
        self.lock = RLock()
        self.written_at = monotonic()

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
        except Exception as error:
            log.exception("execution %s cannot begin", execution.pk)
            opened = Finished(execution, _faulty(error), Journal())
        if isinstance(opened, Finished):
            self.done.append(opened)
            self._answer_caller(opened)
        else:
            self.stack.append(opened)

    def _advance(self, active: Active) -> None:
        state = active.run.advance()
        if isinstance(state, Waiting):
            self._call(active, state)
        else:
            self._close(active, state)

    def _close(self, active: Active, ended: Ended) -> None:
        with self.lock:
            if self.fault:  # what stood in its journal is gone, whatever it came to
                ended, self.fault = _faulty(self.fault), None
            finished = active.finished(ended)
            self.stack.pop()
            self.done.append(finished)
        self._answer_caller(finished)

    def _answer_caller(self, finished: Finished) -> None:
        if not self.stack:
            return
        caller = self.stack[-1]
        if self._is_canceled():
            self._close(caller, Ended(Status.CANCELED))
        else:
            caller.run.answer(outcome_of(caller.run, finished.execution, finished.ended))

    # --- Calls ----------------------------------------------------------------------------------------------------

    def _call(self, active: Active, waiting: Waiting) -> None:
        try:
            child, is_new = persistently(lambda: child_of(active, waiting, self.worker_id))
        except NodeError as error:
            active.run.answer(answer_of(active.run, error))
            return
        if is_new:
            with self.lock:
                self.unsaved.append(child)
            self._open(child)
        elif child.is_ended:
            active.run.answer(outcome_of(active.run, child, queue.ended_of(child)))
        else:
            self._park(child)

    def _park(self, child: Execution) -> None:
        """Everything on the stack waits, each for the one above it, and the topmost for `child`."""
        self.write()
        with self.lock:
            waiting, self.stack = self.stack, []
        callees = [*(active.execution for active in waiting[1:]), child]
        persistently(lambda: self._park_all(waiting, callees))

    def _park_all(self, waiting: list[Active], callees: list[Execution]) -> None:
        with writing():
            still_open = [
                queue.park(self.worker_id, active.execution, Wait.CALLEE, callee_ids=[callee.pk])
                for active, callee in zip(waiting, callees, strict=True)
            ]
        if not all(still_open):
            bell.ring()

    # --- Host -----------------------------------------------------------------------------------------------------

    def before_effect(self, run: Run, blocks: bool) -> None:
        """See `Host`. The lock makes sure that no other thread is just writing an outcome."""
        if self.presence.is_leaving:
            raise Leaving
        with self.lock:
            # A callee's row must be there: an effect in flight is known again by the id of its execution.
            if self.unsaved or self._may_be_lost() or any(a.run.journal.unwritten_outcome for a in self.stack):
                self.write(gives_back=blocks)
            elif blocks and (self.done or self.waiting):
                self.write(gives_back=True)
        if blocks:
            self._let_others_look()

    def look(self, run: Run) -> Status | None:
        """See `Host`."""
        if self.is_lost:
            raise Lost
        if self.fault:
            raise self.fault
        if self.presence.is_leaving:
            raise Leaving
        return Status.CANCELED if self._is_canceled() else None

    def respond(self, run: Run, response: Response) -> None:
        """Answer the request that waits for this run, or for the nearest of those that called it."""
        for active in reversed(self.stack):
            if active.execution.awaited:
                try:
                    send_response(active.execution.pk, response)
                except RedisError:
                    run.log("The waiting request could not be answered: the broker is away.", "warning")
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
            return in_hand | {finished.execution.pk for finished in self.done}

    def flush_if_stale(self) -> None:
        """Called from the thread of the heartbeat: show what has happened, if that is long ago."""
        if monotonic() - self.written_at < STALE_S:
            return
        with self.lock:
            if self.waiting or self.done or any(active.run.journal.has_unwritten for active in self.stack):
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
            bell.hush()
            if persistently(queue.due().exists):
                bell.ring()

    # --- Writing --------------------------------------------------------------------------------------------------

    def write(self, gives_back: bool = False) -> None:
        """Write all there is, in one transaction. Raises Lost where the run in hand belongs to another worker."""
        with self.lock:
            given_back = list(self.waiting) if gives_back else []
            if gives_back:
                self.waiting.clear()
            work = _Work(self, given_back)
            self._write(work)
            self.written_at = monotonic()
            self.lost |= work.lost
        work.tell()
        if self.is_lost:
            raise Lost

    def _write(self, work: "_Work") -> None:
        try:
            persistently(work.write)
        except Exception as error:
            # Something in it is refused for good. Each run on its own, so that it takes no other down with it.
            log.exception("a transaction of several runs was refused; writing them one by one")
            persistently(work.write_apart)
            if work.open:  # what stood in its journal is gone, so it must not go on
                self.fault = Fault(f"{type(error).__name__}: {error}")
                raise self.fault from error

    def _drop_stack(self) -> None:
        with self.lock:
            self.stack.clear()
            self.unsaved.clear()

    def _leave(self) -> None:
        """Write what has happened so far. Whoever gets the runs in hand next goes on from there."""
        with suppress(Lost, Fault):
            self.write(gives_back=True)
        self.fault = None
        self._drop_stack()


class _Work:
    """What one transaction writes; taken from the batch once, so that a second try writes the same."""

    def __init__(self, batch: Batch, given_back: list[Execution]) -> None:
        self.worker_id = batch.worker_id
        self.begun, batch.unsaved = batch.unsaved, []
        self.done = [(finished, finished.journal.take()) for finished in batch.done]
        batch.done = []
        self.open = [(active.execution, active.run.journal.take()) for active in batch.stack]
        self.given_back = given_back
        self.lost: set[UUID] = set()
        self.woken = 0
        self.was_tried = False

    def write(self) -> None:
        if not (self.begun or self.done or self.open or self.given_back):
            return
        # The connection may break when all is committed and before we hear of it: then the rows are there already.
        again, self.was_tried = self.was_tried, True
        with writing():
            Execution.objects.bulk_create(self.begun, ignore_conflicts=again)
            ended = [self._finish(finished, entries) for finished, entries in self.done]
            still_open = [self._log(execution, entries) for execution, entries in self.open]
            rows = [row for rows in (*ended, *still_open) for row in rows]
            LogEntry.objects.bulk_create(rows, batch_size=500, ignore_conflicts=again)
            queue.release(self.worker_id, self.given_back)
            called = [finished.execution.pk for finished, _ in self.done if finished.execution.parent_id]
            self.woken = queue.wake_callers(called) if called else 0

    def write_apart(self) -> None:
        """The same, each run in a transaction of its own; one that is refused for good fails and says so."""
        for execution in self.begun:
            self._begin_apart(execution)
        for finished, entries in self.done:
            try:
                with writing():
                    LogEntry.objects.bulk_create(self._finish(finished, entries))
            except (OperationalError, InterfaceError):
                raise
            except Exception as error:
                self._fail(finished.execution, error)
        queue.release(self.worker_id, self.given_back)

    def _begin_apart(self, execution: Execution) -> None:
        """Insert a callee's row, unless an earlier try has. One that cannot be stored is left out, and its log too."""
        try:
            with writing():
                Execution.objects.bulk_create([execution], ignore_conflicts=True)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("execution %s cannot be stored", execution.pk)

    def _fail(self, execution: Execution, error: Exception) -> None:
        fault = NodeError(f"What this run left behind could not be stored: {error}", "NotStorable")
        with suppress(Lost):
            queue.finish(self.worker_id, Finished(execution, Ended(Status.FAILED, error=fault), Journal()))

    def _finish(self, finished: Finished, entries: list[Entry]) -> list[LogEntry]:
        try:
            queue.finish(self.worker_id, finished)
        except Lost:
            log.warning("execution %s ended here, but belongs to another worker now", finished.execution.pk)
            return []
        return queue.rows_of(finished.execution, entries)

    def _log(self, execution: Execution, entries: list[Entry]) -> list[LogEntry]:
        try:
            queue.lock_held(self.worker_id, execution)
        except Lost:
            self.lost.add(execution.pk)
            return []
        return queue.rows_of(execution, entries)

    def tell(self) -> None:
        """After the commit: answer who waits, wake who must go on."""
        for finished, _ in self.done:
            if finished.execution.awaited:
                send_end(finished.execution.pk)
        if self.woken or self.given_back:
            bell.ring()


def _faulty(error: BaseException) -> Ended:
    if isinstance(error, MemoryError):
        return Ended(Status.FAILED, error=as_node_error(error))
    message = f"A fault inside DRAGOPS: {type(error).__name__}: {error}"
    return Ended(Status.FAILED, error=NodeError(message, "InternalError"))
