"""Lost workers: their executions are queued again, once, and not for ever."""

import os
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from dragops_site.lifeline import Lifeline, path_of
from executions import recovery
from executions.models import Execution, Worker
from executions.queue import claim
from executions.status import Status, Wait
from tests.executions.conftest import Hand
from tests.threads import at_once


def lose(worker):
    Worker.objects.filter(pk=worker.worker_id).update(seen_at=timezone.now() - timedelta(minutes=1))


def row(execution):
    return Execution.objects.get(pk=execution.pk)


@pytest.mark.django_db
def test_executions_of_a_lost_worker_are_queued_again(started, worker, other):
    execution = started()
    claim(worker.worker_id, 1)
    assert recovery.sweep() == 0
    lose(worker)
    assert recovery.sweep() == 1
    found = row(execution)
    assert (found.status, found.worker_id, found.recoveries) == (Status.QUEUED, None, 1)
    assert [w.name for w in Worker.objects.all()] == ["two"]


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_recover_an_execution_once(started):
    for _ in range(5):
        worker = Hand("one")
        execution = started()
        claim(worker.worker_id, 1)
        lose(worker)
        assert sorted(at_once(recovery.sweep, recovery.sweep)) == [0, 1]
        assert row(execution).recoveries == 1
        Execution.objects.all().delete()


@pytest.mark.django_db
def test_execution_that_keeps_losing_its_worker_becomes_a_dead_letter_and_wakes_its_parent(started, settings):
    execution, parent = started(awaited=True), started()
    Execution.objects.filter(pk=execution.pk).update(parent=parent, parent_key="1")
    Execution.objects.filter(pk=parent.pk).update(waits_for=Wait.CALLEE, ready_at=timezone.now() + timedelta(hours=1))
    for _ in range(settings.EXECUTIONS["RECOVERIES"] + 1):
        worker = Hand("one")
        assert [e.pk for e in claim(worker.worker_id, 1)] == [execution.pk]
        lose(worker)
        recovery.sweep()
    found = row(execution)
    assert (found.status, found.error_type) == (Status.DEAD_LETTER, "WorkerLost")
    assert found.error_message == (
        "The worker was lost 4 times while this execution ran; the last time it was not seen for 20 s."
    )
    assert (row(parent).waits_for, row(parent).ready_at < timezone.now()) == ("", True)


@pytest.mark.django_db
def test_worker_that_leaves_in_peace_gives_its_executions_back_uncounted(started, worker):
    execution = started()
    Execution.objects.filter(pk=execution.pk).update(recoveries=3)
    claim(worker.worker_id, 1)
    worker.end()
    assert (row(execution).status, row(execution).recoveries) == (Status.QUEUED, 3)
    assert not Worker.objects.exists()


@pytest.mark.django_db
def test_worker_that_returns_under_its_name_frees_what_its_predecessor_held(started, worker):
    execution = started()
    claim(worker.worker_id, 1)
    again = Hand("one")
    assert (row(execution).status, row(execution).recoveries) == (Status.QUEUED, 1)
    assert list(Worker.objects.values_list("pk", flat=True)) == [again.worker_id]


@pytest.mark.django_db
def test_execution_whose_workers_row_is_gone_is_queued_again(started, worker):
    execution = started()
    claim(worker.worker_id, 1)
    Worker.objects.all().delete()
    assert recovery.sweep() == 1
    assert row(execution).status == Status.QUEUED


@pytest.mark.django_db
def test_stray_that_no_thread_knows_is_queued_again_at_the_second_beat(started, worker):
    execution = started()
    claim(worker.worker_id, 1)
    worker._beat()
    assert row(execution).status == Status.RUNNING
    worker._beat()
    assert (row(execution).status, row(execution).recoveries) == (Status.QUEUED, 1)


@pytest.mark.django_db
def test_stray_is_not_queued_for_ever(started, worker, settings):
    execution = started()
    for _ in range(settings.EXECUTIONS["RECOVERIES"] + 1):
        claim(worker.worker_id, 1)
        worker._beat()
        worker._beat()
    assert row(execution).status == Status.DEAD_LETTER


@pytest.mark.django_db
def test_execution_in_hand_is_no_stray(started, worker):
    execution = started()
    worker.batches.add(worker.take())
    worker._beat()
    worker._beat()
    assert row(execution).status == Status.RUNNING


@pytest.mark.django_db
def test_worker_taken_for_lost_goes_on_under_another_id(worker):
    before = worker.worker_id
    Worker.objects.all().delete()
    worker._beat()
    assert worker.worker_id != before
    assert Worker.objects.get().pk == worker.worker_id


@pytest.mark.django_db
def test_beat_renews_the_lease(worker):
    lose(worker)
    worker._beat()
    assert recovery.sweep() == 0
    assert Worker.objects.filter(pk=worker.worker_id).exists()


# --- Whom a loss is charged to ----------------------------------------------------------------------------------------


def at_work(worker, started, limit_s=10, **columns):
    """An execution that a worker holds, with what else its row says."""
    execution = started(time_limit_s=limit_s)
    claim(worker.worker_id, 1)
    Execution.objects.filter(pk=execution.pk).update(**columns)
    return execution


def seen(worker, ago_s, **columns):
    Worker.objects.filter(pk=worker.worker_id).update(seen_at=timezone.now() - timedelta(seconds=ago_s), **columns)


@pytest.mark.django_db
def test_lost_time_is_charged_until_the_worker_was_last_seen(started, worker):
    """It worked for 2 of its 10 seconds; that its worker is gone was noticed 30 seconds later."""
    execution = at_work(worker, started, deadline_at=timezone.now() - timedelta(seconds=22))
    seen(worker, 30)
    recovery.sweep()
    assert row(execution).status == Status.QUEUED
    assert row(execution).time_left.total_seconds() == pytest.approx(8, abs=0.5)


@pytest.mark.django_db
def test_recovered_run_never_gets_more_time_than_it_had(started, worker):
    execution = at_work(worker, started)
    seen(worker, 60)
    recovery.sweep()
    assert row(execution).time_left == timedelta(seconds=10)


@pytest.mark.django_db
def test_run_whose_time_was_over_when_its_worker_was_last_seen_ends_as_timeout_and_alone_is_to_blame(started, worker):
    culprit = at_work(worker, started, deadline_at=timezone.now() - timedelta(seconds=40))
    other = at_work(worker, started)
    seen(worker, 30)
    assert recovery.sweep() == 2
    assert (row(culprit).status, row(culprit).error_type) == (Status.TIMEOUT, "Timeout")
    assert row(culprit).error_message == "The run passed its time limit of 10 s."
    assert (row(other).status, row(other).recoveries) == (Status.QUEUED, 0)


@pytest.mark.django_db
def test_run_in_a_worker_where_another_hung_is_not_to_blame(started, worker):
    execution = at_work(worker, started)
    seen(worker, 30, stuck_at=timezone.now())
    recovery.sweep()
    assert (row(execution).status, row(execution).recoveries) == (Status.QUEUED, 0)


@pytest.mark.django_db
def test_successor_that_is_told_of_the_alarm_ends_what_was_overdue_and_blames_no_other(started, worker, monkeypatch):
    overdue = at_work(worker, started, deadline_at=timezone.now() - timedelta(seconds=1))
    other = at_work(worker, started)
    seen(worker, 4)
    monkeypatch.setenv("DRAGOPS_LAST_END", "ended by SIGALRM")
    Hand("one")
    assert row(overdue).status == Status.TIMEOUT
    assert (row(other).status, row(other).recoveries) == (Status.QUEUED, 0)


@pytest.mark.django_db
def test_successor_remembers_how_the_last_one_was_lost(started, worker, monkeypatch):
    execution = at_work(worker, started)
    monkeypatch.setenv("DRAGOPS_LAST_END", "ended by SIGKILL")
    Hand("one")
    assert (row(execution).recoveries, row(execution).loss) == (1, "ended by SIGKILL")


@pytest.mark.django_db
def test_worker_whose_process_is_found_dead_is_not_waited_for(started, worker):
    execution, lifeline = at_work(worker, started), Lifeline(path_of(settings.DATA_DIR, "one"))
    assert lifeline.hold()
    assert recovery.sweep() == 0
    os.close(lifeline._descriptor)  # as the kernel does when the process ends
    assert recovery.sweep() == 1
    assert (row(execution).status, row(execution).loss) == (Status.QUEUED, "found dead")
    lifeline.path.unlink()


@pytest.mark.django_db
def test_claim_whose_answer_was_lost_with_the_database_costs_the_run_no_time(started, worker):
    """The claim was committed, and the database was away for ten minutes before the worker could hear of it."""
    execution = at_work(worker, started, deadline_at=timezone.now() - timedelta(minutes=9))
    worker._beat()
    worker._beat()
    assert (row(execution).status, row(execution).time_left) == (Status.QUEUED, timedelta(seconds=10))
