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

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


class Mode(StrEnum):
    TEST = "test"  # the draft, from the editor
    LIVE = "live"  # a deployed version


ENDED = frozenset({Status.COMPLETED, Status.FAILED, Status.TIMEOUT, Status.DEAD_LETTER, Status.CANCELED})
UNSUCCESSFUL = frozenset({Status.FAILED, Status.TIMEOUT, Status.DEAD_LETTER})
OPEN = frozenset(Status) - ENDED

EDGES: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.CANCELED, Status.DEAD_LETTER}),
    Status.RUNNING: ENDED | {Status.QUEUED},
    **{ended: frozenset() for ended in ENDED},
}


def is_legal(before: Status, after: Status) -> bool:
    return after in EDGES[before]
