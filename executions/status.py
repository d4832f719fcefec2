"""The states of an execution and the legal ways between them; everything that changes a status asks this module."""

from enum import StrEnum


class Status(StrEnum):
    QUEUED = "queued"  # accepted; waits for a worker, a retry, a delay or a callee
    RUNNING = "running"  # a worker holds it
    COMPLETED = "completed"  # came to its end
    FAILED = "failed"  # an error that nothing caught
    TIMEOUT = "timeout"  # passed its time limit
    DEAD_LETTER = "dead_letter"  # failed after all attempts, or lost its worker too often
    CANCELED = "canceled"  # stopped by a person, or with its parent

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


class Trigger(StrEnum):
    WEBHOOK = "webhook"
    SCHEDULE = "schedule"
    PATTERN_CALL = "pattern_call"
    MANUAL = "manual"
    FAILURE = "failure"  # another pattern's run ended badly

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


class Wait(StrEnum):
    """What a queued execution may wait for besides a worker."""

    TIME = "time"  # Delay, Wait Until
    WEBHOOK = "webhook"  # Wait For Webhook
    CALLEE = "callee"  # another execution, which it called
    RETRY = "retry"  # the time of its next attempt
    SEVERAL = "several"  # parallel branches, each for something of its own


class Mode(StrEnum):
    TEST = "test"  # the draft, from the editor
    LIVE = "live"  # a deployed version


ENDED = frozenset({Status.COMPLETED, Status.FAILED, Status.TIMEOUT, Status.DEAD_LETTER, Status.CANCELED})
UNSUCCESSFUL = frozenset({Status.FAILED, Status.TIMEOUT, Status.DEAD_LETTER})
OPEN = frozenset(Status) - ENDED
RARE = UNSUCCESSFUL | {Status.CANCELED}  # what most runs never become, so that an index of them costs most runs nothing
RETRIABLE = ENDED - {Status.COMPLETED}  # a further attempt may open these again

EDGES: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.CANCELED, Status.DEAD_LETTER}),
    Status.RUNNING: ENDED | {Status.QUEUED},
    Status.COMPLETED: frozenset(),
    **{ended: frozenset({Status.QUEUED}) for ended in RETRIABLE},  # by a further attempt alone
}


def is_legal(before: Status, after: Status) -> bool:
    return after in EDGES[before]
