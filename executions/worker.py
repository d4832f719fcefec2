"""What a worker thread does: claim a few executions, run them, and write what became of them together."""

from math import inf
from time import monotonic, sleep

from django.conf import settings

from executions import bell, queue
from executions.batch import Batch
from executions.models import Execution
from executions.presence import Presence

LINGER_S = 0.01  # who has had an answer often comes again at once: finding that costs less than a message
GATHER_S = 0.008  # a claim and an end cost as much for several as for one
LOOK_EVERY_S = 0.002  # while somebody waits for the result
HELP_FROM_S = 0.03  # of work in hand; another thread would only get in the way of less
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
    claimed, size, answer_at, pace_s = 0, 1, -inf, 0.0
    most = settings.EXECUTIONS["CLAIM"]
    rows = _claim(presence, size)
    while rows:
        claimed += len(rows)
        began = monotonic()
        if began >= answer_at:
            bell.answer()
            answer_at = began + ANSWER_EVERY_S
        are_more = len(rows) == size
        if are_more and size * pace_s > HELP_FROM_S:
            bell.call_help()
        batch = Batch(presence, rows)
        was_short = batch.run()
        if batch.has_blocked:  # it has hushed the bell
            answer_at = -inf
        pace_s = (monotonic() - began) / len(rows)
        # Claim no more than can start soon: many only where the last ones took no time.
        size = min(size * 2, most) if was_short else 1
        is_pressing = any(row.awaited for row in rows)
        rows = _claim(presence, size) if are_more or is_pressing else []
        rows = rows or _await(presence, size, is_pressing)
    return claimed


def _claim(presence: Presence, limit: int) -> list[Execution]:
    return [] if presence.is_leaving else queue.claim(presence.worker_id, limit)


def _await(presence: Presence, limit: int, is_pressing: bool) -> list[Execution]:
    """Claim what comes within a moment."""
    until = monotonic() + LINGER_S
    while monotonic() < until:
        sleep(LOOK_EVERY_S if is_pressing else GATHER_S)
        if rows := _claim(presence, limit):
            return rows
    return []
