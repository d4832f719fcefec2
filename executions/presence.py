"""A worker process as the others see it: one row, one heartbeat for all that it runs, and what it is told by it."""

import logging
import os
import socket
import threading
from time import monotonic
from typing import Protocol
from uuid import UUID

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from dragops_site.ids import new_id
from executions.models import Execution, Worker
from executions.persistence import writing
from executions.recovery import recover, requeue
from executions.status import Status

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
BEAT_EVERY_S = 5.0


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
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._beat_at = 0.0
        self._strays: frozenset[UUID] = frozenset()

    def begin(self) -> None:
        """Register, free what a predecessor of the same name held, and start the heartbeat."""
        self._register()
        self._thread = threading.Thread(target=self._live, name="presence", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop the heartbeat and take the row away. What still runs here is recovered by another worker."""
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=2)
        recover(Worker.objects.filter(pk=self.worker_id), counts=False)

    def _register(self) -> None:
        with writing():
            recover(Worker.objects.filter(name=self.name))
            Worker.objects.create(pk=self.worker_id, name=self.name, pid=os.getpid())
        self._beat_at = monotonic()

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
        self._beat_at = monotonic()

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
