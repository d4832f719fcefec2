"""What can be told of a worker from outside: by its file, where we share its machine, and by its heartbeat."""

from datetime import timedelta
from time import time

from django.conf import settings
from django.utils import timezone

from dragops_site import lifeline
from executions.models import Worker

BEAT_EVERY_S = 5.0
LATE_S = 2 * BEAT_EVERY_S
AGAIN_S = 4 * BEAT_EVERY_S  # after an outage: pauses between tries, and two beats that show what was forgotten


def lives(worker: Worker) -> bool | None:
    """Whether its process lives; None where that cannot be seen."""
    return lifeline.is_held(lifeline.path_of(settings.DATA_DIR, worker.name))


def was_just_seen(worker: Worker) -> bool:
    return worker.seen_at > timezone.now() - timedelta(seconds=LATE_S)


class Attention:
    """How long this process has been attentive, by the clock on the wall, which runs on while the machine sleeps.

    Who was away cannot tell who else was: not until all had the time to come back, and to write what they have.
    """

    def __init__(self) -> None:
        self.noted_at = 0.0
        self.judges_from = 0.0

    def note(self) -> None:
        """The database answers now."""
        now = time()
        if abs(now - self.noted_at) > LATE_S:
            self.judges_from = now + (AGAIN_S if self.noted_at else LATE_S)
        self.noted_at = now

    @property
    def is_awake(self) -> bool:
        return abs(time() - self.noted_at) < LATE_S

    @property
    def may_judge(self) -> bool:
        return self.is_awake and time() >= self.judges_from
