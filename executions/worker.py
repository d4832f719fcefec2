"""What a worker thread does: claim a few executions, run them, and write what became of them together."""

from math import inf
from time import monotonic, sleep

from django.conf import settings

from executions import bell, queue
from executions.batch import Batch
from executions.models import Execution
from executions.presence import Presence

LINGER_S = 0.01  # who has had an answer often comes again at once: finding that costs less than a message
LOOK_EVERY_S = 0.002
ANSWER_EVERY_S = 0.5  # much less than the bell stays set


def drain(presence: Presence) -> int:
    """Run what is queued until nothing is. Returns how many executions were claimed.

    After the bell is hushed the queue is looked at once more: what came before is found there, what comes later rings.
    Finding something answers the bell again, so that it must be hushed again.
    """
    claimed = _run_batches(presence)
    bell.hush()
    while more := _run_batches(presence):
        claimed += more
        bell.hush()
    return claimed


def _run_batches(presence: Presence) -> int:
    claimed, size, answer_at = 0, 1, -inf
    most = settings.EXECUTIONS["CLAIM"]
    while rows := _claim(presence, size, LINGER_S if claimed else 0):
        claimed += len(rows)
        if monotonic() >= answer_at:
            bell.answer()
            answer_at = monotonic() + ANSWER_EVERY_S
        if len(rows) == size and size > 1:
            bell.call_help()
        batch = Batch(presence, rows)
        was_short = batch.run()
        if batch.has_blocked:  # it has hushed the bell
            answer_at = -inf
        # Claim no more than can start soon: many only where the last ones took no time.
        size = min(size * 2, most) if was_short else 1
    return claimed


def _claim(presence: Presence, limit: int, linger_s: float) -> list[Execution]:
    """Claim what is queued, or comes within this time."""
    until = monotonic() + linger_s
    while not presence.is_leaving:
        if rows := queue.claim(presence.worker_id, limit):
            return rows
        if monotonic() >= until:
            break
        sleep(LOOK_EVERY_S)
    return []
