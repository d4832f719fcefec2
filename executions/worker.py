"""What a worker thread does: claim a few executions, run them, and write what became of them together."""

from django.conf import settings

from executions import bell, queue
from executions.batch import Batch
from executions.presence import Presence


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
    claimed, size = 0, 1
    most = settings.EXECUTIONS["CLAIM"]
    while not presence.is_leaving and (rows := queue.claim(presence.worker_id, size)):
        claimed += len(rows)
        bell.answer()
        if len(rows) == size and size > 1:
            bell.call_help()
        was_short = Batch(presence, rows).run()
        # Claim no more than can start soon: many only where the last ones took no time.
        size = min(size * 2, most) if was_short else 1
    return claimed
