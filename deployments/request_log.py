"""The log of webhook requests that started no run, written off the requests' path.

They gather in memory and are written together, twice a second. A process that is killed loses the last of them; of a
flood, what exceeds the memory set aside is counted and dropped, so that refusing stays cheap.
"""

import logging
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from threading import Event, Lock, Thread
from uuid import UUID

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import IntegrityError, connection
from django.utils import timezone
from rest_framework.throttling import BaseThrottle

from deployments.models import WebhookRequest
from dragops_site import jsontext
from dragops_site.ids import new_id
from executions.persistence import writing
from patterns.models import Pattern

logger = logging.getLogger(__name__)
CAPTURED = "CAPTURED"
DUPLICATE = "DUPLICATE"
MOST_WAITING = 2_000
KEPT = 1_000  # of each pattern
PRUNED_FROM = 500  # of one pattern, in one go
AFTER_FAILURE_S = 2.0


class Receipt:
    """What the log will say of a request. `field` and `key` name its pattern, which is looked up when it is written."""

    def __init__(self, request: WSGIRequest, field: str, key: UUID | None) -> None:
        self.request = request
        self.field = field
        self.key = key
        self.received_at = timezone.now()
        self.size = 0

    def note(
        self, status: int, code: str, reason: str = "", run_id: UUID | None = None, captured_id: UUID | None = None
    ) -> None:
        """Have it written to the log, soon."""
        if self.key is None:
            return
        row = WebhookRequest(
            id=new_id(),
            received_at=self.received_at,
            method=jsontext.clean(self.request.method or "")[:10],
            status=status,
            code=code[:40],
            reason=jsontext.clean(reason)[:500],
            address=jsontext.clean(BaseThrottle().get_ident(self.request) or "")[:45],  # type: ignore[arg-type]
            size=self.size,
            execution_id=run_id,
            captured_id=captured_id,
        )
        _buffer.add((self.field, self.key), row)


Place = tuple[str, UUID]
Noted = tuple[Place, WebhookRequest]


class _Buffer:
    """What is still to be written, and the thread that writes it, which begins with the first."""

    def __init__(self) -> None:
        self._noted: deque[Noted] = deque()
        self._dropped = 0
        self._lock = Lock()
        self._filled = Event()
        self._thread: Thread | None = None

    def add(self, place: Place, row: WebhookRequest) -> None:
        with self._lock:
            if len(self._noted) >= MOST_WAITING:
                self._dropped += 1
                return
            self._noted.append((place, row))
            if self._thread is None and settings.REQUEST_LOG_EVERY_S:
                self._thread = Thread(target=self._live, name="request log", daemon=True)
                self._thread.start()
        self._filled.set()

    def flush(self) -> None:
        """Write what is there. Raises what the database raises, and then keeps it."""
        with self._lock:
            noted, dropped = list(self._noted), self._dropped
        if noted:
            write(noted)
        with self._lock:
            for _ in noted:
                self._noted.popleft()
            self._dropped -= dropped
        if dropped:
            logger.warning("%d webhook requests were refused too quickly to be logged", dropped)

    def _live(self) -> None:
        pause = Event()  # never set
        while self._filled.wait():
            self._filled.clear()
            pause.wait(settings.REQUEST_LOG_EVERY_S)
            try:
                self.flush()
            except Exception:
                logger.exception("The log of webhook requests could not be written; trying again")
                self._filled.set()
                pause.wait(AFTER_FAILURE_S)
            finally:
                connection.close()


def flush() -> None:
    """Write what has gathered in this process."""
    _buffer.flush()


def write(noted: Sequence[Noted]) -> None:
    """Insert rows into the log, but for those whose pattern is not there."""
    try:
        rows = _insert(noted)
    except IntegrityError:  # a pattern was deleted at this moment
        rows = _insert(noted)
    counts = Counter(row.pattern_id for row in rows)
    prune(pattern_id for pattern_id, count in counts.items() if count >= PRUNED_FROM)


def _insert(noted: Sequence[Noted]) -> list[WebhookRequest]:
    with writing():
        patterns = _patterns({place for place, _ in noted})
        for place, row in noted:
            row.pattern_id = patterns.get(place)  # type: ignore[assignment]
        return WebhookRequest.objects.bulk_create([row for _, row in noted if row.pattern_id], batch_size=500)


def _patterns(places: Iterable[Place]) -> dict[Place, UUID]:
    found: dict[Place, UUID] = {}
    for field in ("id", "webhook_id"):
        keys = [key for named, key in places if named == field]
        rows = Pattern.objects.filter(**{f"{field}__in": keys}).values_list(field, "id") if keys else []
        found.update({(field, key): pattern_id for key, pattern_id in rows})
    return found


def prune(pattern_ids: Iterable[UUID]) -> int:
    """Keep the newest of each of these patterns; returns how many went."""
    gone = 0
    for pattern_id in pattern_ids:
        rows = WebhookRequest.objects.filter(pattern_id=pattern_id)
        for oldest_kept in rows.order_by("-id").values_list("id", flat=True)[KEPT - 1 : KEPT]:
            with writing():
                gone += rows.filter(id__lt=oldest_kept).delete()[0]
    return gone


_buffer = _Buffer()
