"""What a worker thread does: claim a few executions, run them, and write what became of them together."""

from collections.abc import Iterator
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
    """Run what is queued until nothing is, unless another thread of this process does. Returns how many it claimed."""
    look = _Look(presence)
    try:
        return sum(look.run(rows) for rows in look.claims())
    finally:
        presence.seat.leave(look)


class _Look:
    """A thread's look for work, which goes on as long as there is some."""

    def __init__(self, presence: Presence) -> None:
        self.presence = presence
        self.size = 1  # of the next claim
        self.run_s = 0.0  # what a run of the last claim took
        self.answer_at = -inf
        self.is_seated = False
        self.has_run = False
        self.has_blocked = False
        self.may_be_more = True
        self.is_pressing = False

    def claims(self) -> Iterator[list[Execution]]:
        """What is claimed, claim by claim, while this thread has the seat, or comes back from a run that blocked: to
        call another costs more than to let it take the next one.

        After the bell is hushed the queue is looked at once more: what came before is found there, what comes later
        rings. A message that comes while the seat is taken is dropped; who sits there leaves it before that last look.
        """
        while self._may_look():
            rows = self._claim_soon() if self.is_seated else self._claim()
            if not rows and self.is_seated:
                self._give_way()
                bell.hush()
                rows = self._claim()
            if not rows:
                return
            yield rows

    def _may_look(self) -> bool:
        self.is_seated = self.presence.seat.take(self)
        return self.is_seated or self.has_blocked

    def run(self, rows: list[Execution]) -> int:
        """Run what was claimed. Returns how many that were."""
        began = monotonic()
        self._answer(began)
        self.may_be_more = len(rows) == self.size
        if self.may_be_more and self.size * self.run_s > HELP_FROM_S:
            bell.call_help()
        batch = Batch(self.presence, rows, self._give_way)
        was_short, self.has_blocked = batch.run(), batch.has_blocked
        # Of one that blocked nobody need tell: others were called then.
        self.run_s = 0 if batch.has_blocked else (monotonic() - began) / len(rows)
        # Claim no more than can start soon: many only where the last ones took no time.
        self.size = min(self.size * 2, settings.EXECUTIONS["CLAIM"]) if was_short else 1
        self.is_pressing = any(row.awaited for row in rows)
        self.has_run = True
        return len(rows)

    def _claim(self) -> list[Execution]:
        return [] if self.presence.is_leaving else queue.claim(self.presence.worker_id, self.size)

    def _claim_soon(self) -> list[Execution]:
        """Claim what is there, or comes within a moment."""
        rows = self._claim() if self.may_be_more or self.is_pressing else []
        until = monotonic() + (LINGER_S if self.has_run else 0)
        while not rows and monotonic() < until:
            sleep(LOOK_EVERY_S if self.is_pressing else GATHER_S)
            rows = self._claim()
        return rows

    def _answer(self, now: float) -> None:
        if self.is_seated and now >= self.answer_at:
            bell.answer()
            self.answer_at = now + ANSWER_EVERY_S

    def _give_way(self) -> bool:
        """Let another thread look from now on. Returns whether none does, so that one must be called: who has the seat
        now finds what has been given back before."""
        self.presence.seat.leave(self)
        self.is_seated, self.answer_at = False, -inf
        return self.presence.seat.is_free
