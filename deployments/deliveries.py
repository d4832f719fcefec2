"""Deliveries: a request that comes again starts nothing. Of those that come at once, the unique key chooses one."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from deployments.models import Delivery

KEPT = timedelta(hours=24)
Place = tuple[UUID, str]  # pattern and key


def claim(wanted: Mapping[Place, UUID]) -> dict[Place, UUID]:
    """Which run each delivery stands for: the one given here, or that of an earlier request.

    For the transaction that inserts the runs. Whoever claims a key at the same moment waits until it has ended.
    """
    now = timezone.now()
    places = sorted(wanted)  # always in this order, so that no two wait for each other
    rows = [
        Delivery(pattern_id=pattern, key=key, execution_id=wanted[pattern, key], created_at=now)
        for pattern, key in places
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    found = {(row.pattern_id, row.key): row for row in _rows(wanted)}
    return {place: _owner(found[place], wanted[place]) for place in places}


def _rows(places: Mapping[Place, UUID]) -> list[Delivery]:
    patterns, keys = {pattern for pattern, _ in places}, {key for _, key in places}
    return list(Delivery.objects.filter(pattern_id__in=patterns, key__in=keys))


def _owner(row: Delivery, run_id: UUID) -> UUID:
    now = timezone.now()
    if row.created_at > now - KEPT:
        return row.execution_id
    # The key has had its time. Of those who use it anew at once, one finds the row as it was.
    same = Delivery.objects.filter(pk=row.pk, execution_id=row.execution_id)
    if same.update(execution_id=run_id, created_at=now):
        return run_id
    return Delivery.objects.values_list("execution_id", flat=True).get(pk=row.pk)
