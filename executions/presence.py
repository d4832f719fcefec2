"""A worker process as the others see it: one row, one heartbeat for all that it runs, and what it is told by it."""

import logging
import os
import socket
import threading
from time import monotonic, sleep, time
from typing import Protocol
from uuid import UUID

from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from dragops_site.ids import new_id
from executions.models import Execution, Worker
from executions.persistence import writing
from executions.recovery import recover, requeue, sweep
from executions.status import Status

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
BEAT_EVERY_S = 5.0
LATE_S = 2 * BEAT_EVERY_S
LEAVE_S = 0.6  # `up` kills what has not ended a second after it was asked


class InHand(Protocol):
    """What a thread of this process has claimed."""

    def ids(self) -> set[UUID]: ...

    def flush_if_stale(self) -> None: ...


class Presence:
    """This process as a worker. `batches` registers here what each of its threads runs."""

    def __init__(self, name: str = "") -> None:
        self.name = name or os.environ.get("DRAGOPS_WORKER_NAME") or f"{socket.gethostname()}-{os.getpid()}"
        self.worker_id: UUID = new_id()
        self.batches: set[InHand] = set()
        self.canceled: frozenset[UUID] = frozenset()
        self.is_leaving = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._beat_at = 0.0
        self._seen_at = 0.0  # the same by the clock on the wall, which runs on while the machine sleeps
        self._judges_from = 0.0
        self._strays: frozenset[UUID] = frozenset()

    def begin(self) -> None:
        """Register, free what a predecessor of the same name held, and start the heartbeat."""
        self._register()
        self._thread = threading.Thread(target=self._live, name="presence", daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """Claim no more, end between two steps what runs, and give it all back. Called by the handler of a signal."""
        if not self.is_leaving:
            self.is_leaving = True
            self._stop.set()

    def end(self) -> None:
        """Leave, and wait until that is done."""
        self.leave()
        if self._thread:
            self._thread.join(timeout=2)
        self._give_up_row()

    @property
    def is_seen(self) -> bool:
        """Whether the last heartbeat is so young that nobody can have taken this worker for lost."""
        return abs(time() - self._seen_at) < LATE_S

    @property
    def may_judge(self) -> bool:
        """Whether others that were not seen are lost: not when we could not be seen ourselves, until all had the time
        to come back. The database was away, or the machine asleep."""
        return self.is_seen and time() >= self._judges_from

    def _register(self) -> None:
        with writing():
            recover(Worker.objects.filter(name=self.name))
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
        if not Worker.objects.filter(pk=self.worker_id).update(seen_at=timezone.now()):
            log.warning("this worker was taken for lost; what it ran belongs to others now")
            self.worker_id = new_id()
            self._register()
        self._free_strays()
        self._note_beat()
        # Here and not only in a task, which would wait in line where long runs hold every thread.
        sweep(judges=self.may_judge)

    def _note_beat(self) -> None:
        now = time()
        if now - self._seen_at > LATE_S:
            self._judges_from = now + LATE_S
        self._beat_at, self._seen_at = monotonic(), now

    def _free_strays(self) -> None:
        """Queue again what the database says runs here, and no thread here knows of, at two beats in a row."""
        held = Execution.objects.filter(worker_id=self.worker_id, status=Status.RUNNING)
        in_hand = {execution_id for batch in list(self.batches) for execution_id in batch.ids()}
        strays = frozenset(held.values_list("pk", flat=True)) - in_hand
        if forgotten := strays & self._strays:
            log.error("executions were forgotten by their thread, and are queued again: %s", forgotten)
            requeue(held.filter(pk__in=forgotten))
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
