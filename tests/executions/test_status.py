"""The table of legal edges, and the database that enforces it."""

from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from executions.models import Execution
from executions.status import EDGES, ENDED, OPEN, RETRIABLE, UNSUCCESSFUL, Status, is_legal

PAIRS = [*product(Status, Status)]


def test_ended_statuses_lead_at_most_to_a_further_attempt_and_open_ones_somewhere():
    assert set(Status) == ENDED | OPEN
    assert not ENDED & OPEN
    assert UNSUCCESSFUL < ENDED
    assert all(EDGES[status] == {Status.QUEUED} for status in RETRIABLE)
    (final,) = ENDED - RETRIABLE
    assert final is Status.COMPLETED
    assert not EDGES[Status.COMPLETED]
    assert all(EDGES[status] for status in OPEN)


def test_table_of_edges_is_what_the_product_says():
    assert EDGES[Status.QUEUED] == {Status.RUNNING, Status.CANCELED, Status.DEAD_LETTER}
    assert EDGES[Status.RUNNING] == ENDED | {Status.QUEUED}


@pytest.fixture
def at(started):
    """An execution in any status, brought there along legal edges."""

    def bring(status):
        execution = started()
        rows = Execution.objects.filter(pk=execution.pk)
        if status is not Status.QUEUED:
            rows.update(status=Status.RUNNING, started_at=timezone.now())
        if status in ENDED:
            rows.update(status=status, ended_at=timezone.now())
        return rows

    return bring


@pytest.mark.django_db
@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_database_lets_an_execution_move_along_legal_edges_only(at, before, after):
    rows = at(before)
    fields = {"status": after, "ended_at": timezone.now() if after in ENDED else None, "started_at": timezone.now()}
    fields["attempt"] = F("attempt") + int(before in ENDED)
    if is_legal(before, after) or before == after:
        assert rows.update(**fields) == 1
        return
    # The name of the constraint on SQLite, a sentence on PostgreSQL.
    refusal = r"status_moves_along_legal_edges|cannot go from"
    with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
        rows.update(**fields)
    assert rows.get().status == before


@pytest.mark.django_db
@pytest.mark.parametrize("ended", sorted(ENDED))
def test_database_opens_an_ended_execution_by_a_further_attempt_alone(at, ended):
    rows = at(ended)
    refusal = r"status_moves_along_legal_edges|cannot go from"
    with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
        rows.update(status=Status.QUEUED, ended_at=None)
    assert rows.get().status == ended


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"status": "done"}, "status_is_known"),
        ({"status": Status.COMPLETED, "started_at": timezone.now()}, "ended_exactly_when_end_is_set"),
        ({"ended_at": timezone.now()}, "ended_exactly_when_end_is_set"),
        ({"status": Status.RUNNING}, "running_has_started"),
        ({"version_number": None}, "live_has_version"),
    ],
)
def test_database_refuses_a_row_that_contradicts_itself(started, fields, constraint):
    row = started()
    values = {f.attname: getattr(row, f.attname) for f in Execution._meta.concrete_fields if f.attname != "id"}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Execution.objects.create(**{**values, **fields})


@pytest.mark.django_db
def test_database_refuses_a_second_child_for_one_step(started):
    parent = started()
    started_child = {"parent": parent, "parent_key": "1"}
    Execution.objects.filter(pk=started().pk).update(**started_child)
    with pytest.raises(IntegrityError), transaction.atomic():
        Execution.objects.filter(pk=started().pk).update(**started_child)
