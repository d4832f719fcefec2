"""The table of executions as a queue: claims, races, and who may write what."""

from datetime import timedelta
from functools import partial
from time import sleep

import pytest
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils import timezone

from dragops_site.ids import new_id
from executions import queue
from executions.engine import Ended
from executions.journal import Journal
from executions.models import Execution, Worker
from executions.queue import Finished, Lost
from executions.status import Status, Wait
from tests.threads import at_once


def finished(execution, status=Status.COMPLETED):
    return Finished(execution, Ended(status), Journal())


def row(execution):
    return Execution.objects.get(pk=execution.pk)


@pytest.mark.django_db
def test_claim_takes_the_oldest_that_are_due_and_marks_them(started, worker):
    first, second, third = started(), started(), started()
    Execution.objects.filter(pk=first.pk).update(ready_at=timezone.now() + timedelta(hours=1))
    Execution.objects.filter(pk=third.pk).update(ready_at=timezone.now() - timedelta(hours=1))
    assert [e.pk for e in queue.claim(worker.worker_id, 10)] == [third.pk, second.pk]
    assert (row(second).status, row(second).worker_id) == (Status.RUNNING, worker.worker_id)
    assert row(second).started_at is not None
    assert row(first).status == Status.QUEUED


@pytest.mark.django_db
def test_claim_costs_one_look_when_nothing_is_due(worker, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert queue.claim(worker.worker_id, 10) == []


@pytest.mark.django_db(transaction=True)
def test_several_workers_that_claim_at_once_get_each_execution_once(started):
    ids = {started().pk for _ in range(60)}
    workers = [Worker.objects.create(name=str(n), pid=n) for n in range(4)]

    def take_all(worker):
        taken = []
        while rows := queue.claim(worker.pk, 4):
            taken += [r.pk for r in rows]
        return taken

    taken = at_once(*(partial(take_all, worker) for worker in workers))
    everything = [pk for some in taken for pk in some]
    assert len(everything) == len(ids)
    assert set(everything) == ids
    for worker, some in zip(workers, taken, strict=True):
        assert set(Execution.objects.filter(worker=worker).values_list("pk", flat=True)) == set(some)


@pytest.mark.django_db
@pytest.mark.parametrize("begun", [False, True])
def test_release_leaves_the_row_as_it_was_before_the_claim(started, worker, begun):
    execution = started()
    if begun:
        Execution.objects.filter(pk=execution.pk).update(started_at=timezone.now() - timedelta(minutes=5), recoveries=1)
    before = model_to_dict(row(execution))
    claimed = queue.claim(worker.worker_id, 1)
    queue.release(worker.worker_id, claimed)
    assert model_to_dict(row(execution)) == before


@pytest.mark.django_db
def test_release_by_another_worker_changes_nothing(started, worker, other):
    claimed = queue.claim(worker.worker_id, 1) or [started()]
    claimed = queue.claim(worker.worker_id, 1)
    queue.release(other.worker_id, claimed)
    assert row(claimed[0]).worker_id == worker.worker_id


@pytest.mark.django_db
def test_only_the_worker_that_holds_an_execution_may_write_it(started, worker, other):
    child = started()
    (execution,) = (started() and queue.claim(worker.worker_id, 2))[1:]
    ends = [finished(execution)]
    assert queue.finish(other.worker_id, ends) == []
    with transaction.atomic():
        assert queue.lock_held(other.worker_id, [execution.pk, new_id()]) == set()
        assert queue.lock_held(worker.worker_id, [execution.pk, new_id()]) == {execution.pk}
    with pytest.raises(Lost), transaction.atomic():
        queue.park(other.worker_id, execution, Wait.CALLEE, callee_ids=[child.pk])
    assert row(execution).status == Status.RUNNING
    assert queue.finish(worker.worker_id, ends) == ends
    assert row(execution).status == Status.COMPLETED
    assert queue.finish(worker.worker_id, ends) == []


def calls(parent, child):
    Execution.objects.filter(pk=child.pk).update(parent=parent)


@pytest.mark.django_db
def test_park_waits_for_an_open_callee_and_not_for_one_that_has_ended(started, worker):
    started(), started()
    parent, child = queue.claim(worker.worker_id, 2)
    calls(parent, child)
    with transaction.atomic():
        assert queue.park(worker.worker_id, parent, Wait.CALLEE, callee_ids=[child.pk])
    assert (row(parent).status, row(parent).waits_for, row(parent).worker_id) == (Status.QUEUED, Wait.CALLEE, None)
    queue.finish(worker.worker_id, [finished(child)])
    assert queue.wake_callers([child.pk]) == 1
    assert [e.pk for e in queue.claim(worker.worker_id, 2)] == [parent.pk]
    with transaction.atomic():
        assert not queue.park(worker.worker_id, parent, Wait.CALLEE, callee_ids=[child.pk])
    assert row(parent).ready_at <= timezone.now()


@pytest.mark.django_db
def test_park_on_a_callee_whose_row_is_gone_does_not_wait(started, worker):
    started()
    (parent,) = queue.claim(worker.worker_id, 1)
    with transaction.atomic():
        assert not queue.park(worker.worker_id, parent, Wait.CALLEE, callee_ids=[new_id()])


@pytest.mark.django_db
def test_parked_run_is_claimed_when_its_moment_has_come_and_its_time_has_not_run(started, worker):
    started(time_limit_s=10)
    (parked,) = queue.claim(worker.worker_id, 1)
    soon = timezone.now() + timedelta(seconds=0.3)
    with transaction.atomic():
        assert queue.park(worker.worker_id, parked, Wait.TIME, soon)
    left = row(parked).time_left
    assert timedelta(seconds=9) < left <= timedelta(seconds=10)
    assert queue.claim(worker.worker_id, 1) == []
    sleep(0.4)
    (again,) = queue.claim(worker.worker_id, 1)
    assert (again.pk, again.time_left) == (parked.pk, left)
    assert row(again).deadline_at - timezone.now() <= left


@pytest.mark.django_db(transaction=True)
def test_parking_while_the_callee_ends_never_loses_the_wake_up(started):
    one, two = (Worker.objects.create(name=str(n), pid=n) for n in range(2))

    def end(child):
        with transaction.atomic():
            queue.finish(two.pk, [finished(child)])
            queue.wake_callers([child.pk])

    def park(parent, child):
        with transaction.atomic():
            queue.park(one.pk, parent, Wait.CALLEE, callee_ids=[child.pk])

    for _ in range(25):
        started(), started()
        (parent,), (child,) = queue.claim(one.pk, 1), queue.claim(two.pk, 1)
        calls(parent, child)
        assert at_once(partial(park, parent, child), partial(end, child)) == [None, None]
        found = row(parent)
        assert (found.status, found.ready_at <= timezone.now()) == (Status.QUEUED, True)
        Execution.objects.all().delete()


@pytest.mark.django_db
def test_what_ended_is_read_back_with_its_error(started, worker):
    started()
    (execution,) = queue.claim(worker.worker_id, 1)
    from patterns.context import NodeError

    error = NodeError("bad \x00 \ud800" + "x" * 20_000, "T" * 300)
    error.node_id, error.node_name = "\x00" * 200, "n" * 500
    queue.finish(worker.worker_id, [Finished(execution, Ended(Status.FAILED, {"a": "\x00\ud800"}, error), Journal())])
    ended = queue.ended_of(row(execution))
    assert (ended.status, ended.result) == (Status.FAILED, {"a": "\x00\ud800"})
    assert ended.error.message.startswith("bad \\x00 \\ud800xxx")
    assert len(ended.error.message) < 11_000
    assert ended.error.type == "T" * 200
