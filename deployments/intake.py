"""Intake: runs that webhook requests start at the same moment are inserted in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from deployments import deliveries
from deployments.deliveries import Place
from executions import bell
from executions.models import Execution
from executions.together import Together


@dataclass(frozen=True)
class Arrival:
    """A run to be inserted, unless the key (empty: none) says that it has been before."""

    execution: Execution
    key: str = ""

    @property
    def place(self) -> Place:
        return self.execution.pattern_id, self.key


def take_in(arrival: Arrival) -> UUID:
    """The id of the run that the request stands for; it is in the database. Another's: the request came before."""
    return _intake.commit(arrival)


def _insert(arrivals: Sequence[Arrival]) -> list[UUID]:
    owners = _claim(arrivals)
    run_ids = [owners.get(arrival.place, arrival.execution.pk) for arrival in arrivals]
    new = [one.execution for one, run_id in zip(arrivals, run_ids, strict=True) if one.execution.pk == run_id]
    Execution.objects.bulk_create(new)
    return run_ids


def _claim(arrivals: Sequence[Arrival]) -> dict[Place, UUID]:
    wanted: dict[Place, UUID] = {}
    for arrival in arrivals:
        if arrival.key:
            wanted.setdefault(arrival.place, arrival.execution.pk)  # of the same key twice, the first
    return deliveries.claim(wanted) if wanted else {}


_intake: Together[Arrival, UUID] = Together(_insert, then=bell.ring_on_commit)
