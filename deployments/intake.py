"""Intake: runs that webhook requests start at the same moment are inserted together."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from deployments import breaker, deliveries
from deployments.deliveries import Place
from executions import bell
from executions.group_commit import GroupCommit
from executions.models import Execution
from executions.persistence import writing
from executions.rows import insert_all


@dataclass(frozen=True)
class Arrival:
    """A run to be inserted, unless the key (empty: none) says that it has been before."""

    execution: Execution
    key: str = ""

    @property
    def place(self) -> Place:
        return self.execution.pattern_id, self.key


def take_in(arrival: Arrival) -> UUID:
    """The id of the run that the request stands for; it is in the database. Another's: the request came before.

    The bell rings after the answer, or at `bell.ring_owed`.
    """
    return _intake.commit(arrival)


def take_in_trial(arrival: Arrival) -> UUID | None:
    """The same for a run that an open circuit breaker may let through; None where it does not."""
    with writing():
        (run_id,) = _insert([arrival])
        is_new = run_id == arrival.execution.pk
        if is_new and not breaker.admit_trial(arrival.execution.pattern_id, run_id):
            transaction.set_rollback(True)
            return None
        bell.ring_on_commit()
    return run_id


def _take_in(arrivals: Sequence[Arrival]) -> list[UUID]:
    if any(arrival.key for arrival in arrivals):
        with transaction.atomic():
            return _insert(arrivals)
    return _insert(arrivals)  # one statement


def _insert(arrivals: Sequence[Arrival]) -> list[UUID]:
    owners = _claim(arrivals)
    run_ids = [owners.get(arrival.place, arrival.execution.pk) for arrival in arrivals]
    new = [one.execution for one, run_id in zip(arrivals, run_ids, strict=True) if one.execution.pk == run_id]
    insert_all(new)
    return run_ids


def _claim(arrivals: Sequence[Arrival]) -> dict[Place, UUID]:
    wanted: dict[Place, UUID] = {}
    for arrival in arrivals:
        if arrival.key:
            wanted.setdefault(arrival.place, arrival.execution.pk)  # of the same key twice, the first
    return deliveries.claim(wanted) if wanted else {}


_intake: GroupCommit[Arrival, UUID] = GroupCommit(_take_in, then=bell.ring_after_answer)
