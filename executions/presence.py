"""A worker process as the others see it: one row, one heartbeat for all that it runs, and what it is told by it."""

import logging
import os
import socket
import threading
from time import monotonic, sleep
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from dragops_site.ids import new_id
from dragops_site.lifeline import Lifeline, path_of
from executions.clock import Clock
from executions.models import Execution, Worker
from executions.persistence import writing
from executions.recovery import Loss, recover, requeue
from executions.signs import BEAT_EVERY_S, Attention
from executions.status import Status
from executions.watchdog import Watch

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
MOMENT_S = 0.4
LEAVE_S = 0.6  # `up` kills what has not ended a second after it was asked
REPLACE_S = 3.0  # for a database that is slow to take what there is to write
REPLACED = 75  # the exit code: a supervisor starts the next


class InHand(Protocol):
    """What a thread of this process has claimed."""

    def ids(self) -> set[UUID]: ...

    def flush_if_stale(self) -> None: ...


class Seat:
    """Which thread of a process looks for work: one at a time, because others would only share its interpreter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: object = None

    def take(self, who: object) -> bool:
        """Whether `who` has the seat now."""
        with self._lock:
            if self._holder is None:
                self._holder = who
            return self._holder is who

    @property
    def is_free(self) -> bool:
        return self._holder is None

    def leave(self, who: object) -> None:
        """Leave the seat, if `who` has it."""
        with self._lock:
            if self._holder is who:
                self._holder = None


class Presence:
    """This process as a worker. `batches` registers here what each of its threads runs."""

    is_solo = False  # whether it runs one execution only, which may end it

    def __init__(self, name: str = "") -> None:
        self.name = name or os.environ.get("DRAGOPS_WORKER_NAME") or f"{socket.gethostname()}-{os.getpid()}"
        self.worker_id: UUID = new_id()
        self.batches: set[InHand] = set()
        self.seat = Seat()
        self.canceled: frozenset[UUID] = frozenset()
        self.is_leaving = False
        self._left_at = 0.0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._beat_at = 0.0
        self._attention = Attention()
        self._strays: frozenset[UUID] = frozenset()
        self._lifeline = Lifeline(path_of(settings.DATA_DIR, self.name))
        self._watch = Watch(self._lifeline.move, self.replace)
        self._clock = Clock()

    def begin(self) -> None:
        """Register, free what a predecessor of the same name held, and start the heartbeat, the watchdog, the clock."""
        self._lifeline.hold()
        self._register()
        self._thread = threading.Thread(target=self._live, name="presence", daemon=True)
        self._thread.start()
        self._watch.begin()
        if not self.is_solo:
            self._clock.begin()

    def leave(self) -> None:
        """Claim no more, end between two steps what runs, and give it all back. Called by the handler of a signal."""
        if not self.is_leaving:
            self.is_leaving = True
            self._left_at = monotonic()
            self._stop.set()

    @property
    def has_a_moment(self) -> bool:
        """Whether an effect that is under way when the worker leaves may still end in time to be written."""
        return monotonic() - self._left_at < MOMENT_S

    def end(self) -> None:
        """Leave, and wait until that is done."""
        self.leave()
        self._clock.end()
        self._watch.end()
        if self._thread:
            self._thread.join(timeout=2)
        self._give_up_row()
        self._lifeline.let_go()

    def replace(self, reason: str) -> None:
        """Give back what runs here, and end the process; whoever supervises it starts the next.

        Not while the database is away: what the other runs have done could not be written.
        """
        if self.is_leaving or not self.is_seen:
            return
        log.error("this worker makes room for another: %s", reason)
        self.leave()
        threading.Thread(target=self._end_process, name="end", daemon=True).start()

    def _end_process(self) -> None:
        if self._thread:
            self._thread.join(timeout=LEAVE_S + REPLACE_S)
        os._exit(REPLACED)  # an orderly end would wait for the threads that hang

    @property
    def is_seen(self) -> bool:
        """Whether the last heartbeat is so young that nobody can have taken this worker for lost."""
        return self._attention.is_awake

    def _register(self) -> None:
        loss = Loss(os.environ.pop("DRAGOPS_LAST_END", ""))
        with writing():
            recover(Worker.objects.filter(name=self.name), loss=loss)
            Worker.objects.create(pk=self.worker_id, name=self.name, pid=os.getpid())
        self._note_beat()

    def _live(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self._look()
            except DatabaseError as error:
                log.warning("the database does not answer: %s", error)
            except Exception:
                log.exception("the heartbeat failed")
            finally:
                close_old_connections()
        self._give_back()

    def _give_back(self) -> None:
        """An effect that takes longer than this is in flight when its run goes to another worker."""
        until = monotonic() + LEAVE_S
        while self.batches and monotonic() < until:
            sleep(0.02)
        try:
            self._give_up_row()
        except DatabaseError as error:
            log.warning("the database does not answer: %s", error)
        finally:
            connection.close()

    def _give_up_row(self) -> None:
        recover(Worker.objects.filter(pk=self.worker_id), counts=False)

    def _look(self) -> None:
        if monotonic() - self._beat_at >= BEAT_EVERY_S:
            self._beat()
        batches = list(self.batches)
        self.canceled = self._cancel_requests() if batches else frozenset()
        for batch in batches:
            batch.flush_if_stale()

    def _beat(self) -> None:
        """Renew the lease. A worker that was taken for lost starts anew under another id; its runs notice."""
        if not Worker.objects.filter(pk=self.worker_id).update(seen_at=timezone.now(), stuck_at=None):
            log.warning("this worker was taken for lost; what it ran belongs to others now")
            self.worker_id = new_id()
            self._register()
        self._free_strays()
        self._note_beat()

    def _note_beat(self) -> None:
        self._beat_at = monotonic()
        self._attention.note()

    def _free_strays(self) -> None:
        """Queue again what the database says runs here, and no thread here knows of, at two beats in a row."""
        held = Execution.objects.filter(worker_id=self.worker_id, status=Status.RUNNING)
        in_hand = {execution_id for batch in list(self.batches) for execution_id in batch.ids()}
        strays = frozenset(held.values_list("pk", flat=True)) - in_hand
        if forgotten := strays & self._strays:
            log.error("executions were forgotten by their thread, and are queued again: %s", forgotten)
            requeue(held.filter(pk__in=forgotten), loss=Loss("alive, and its thread had forgotten the run"))
        self._strays = strays

    def _cancel_requests(self) -> frozenset[UUID]:
        rows = Execution.objects.filter(worker_id=self.worker_id, status=Status.RUNNING, cancel_requested=True)
        return frozenset(rows.values_list("pk", flat=True))


_current: Presence | None = None
_lock = threading.Lock()


def current() -> Presence:
    """The presence of this process, begun at the first call."""
    global _current
    with _lock:
        if _current is None:
            _current = Presence()
            _current.begin()
        return _current


def leave() -> None:
    """Let the presence of this process leave, if it has begun."""
    if _current is not None:  # without the lock: the thread that holds it may be the one that a signal interrupted
        _current.leave()
