"""The clock: what is overdue ends, what is due goes on, and no job of another delays or ends it."""

import logging
from datetime import timedelta
from time import monotonic, sleep, time

import pytest
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from dragops_site.lifeline import Lifeline, path_of
from executions import timeouts
from executions.bell import BELL
from executions.clock import Clock, Job, Ticker
from executions.models import Execution, Worker
from executions.queue import claim
from executions.status import Status, Wait
from tests.executions.test_recovery import row, seen
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def overdue(started, worker):
    """overdue(seconds) -> an execution in a worker's hands whose time was over so long ago."""

    def make(ago_s=1.0, **options):
        execution = started(time_limit_s=300, **options)
        claim(worker.worker_id, 1)
        deadline = timezone.now() - timedelta(seconds=ago_s)
        Execution.objects.filter(pk=execution.pk).update(deadline_at=deadline)
        return execution

    return make


def attentive():
    """A clock that has kept its eyes open for long enough."""
    clock = Clock()
    clock._attention.note()
    clock._attention.judges_from = time()
    return clock


# --- What is overdue ------------------------------------------------------------------------------------------------


def test_run_that_is_overdue_ends_as_timeout_and_wakes_its_caller(overdue, started, valkey):
    caller = started()
    Execution.objects.filter(pk=caller.pk).update(
        waits_for=Wait.CALLEE, ready_at=timezone.now() + timedelta(hours=1), parent_key=""
    )
    execution = overdue()
    Execution.objects.filter(pk=execution.pk).update(parent=caller, parent_key="1")
    assert timeouts.end_overdue() == 1
    found = row(execution)
    assert (found.status, found.error_type, found.worker) == (Status.TIMEOUT, "Timeout", None)
    assert found.error_message == "The run passed its time limit of 300 s."
    assert row(caller).waits_for == ""


def test_run_is_the_engines_to_end_in_the_first_half_second(overdue):
    execution = overdue(ago_s=0.2)
    assert timeouts.end_overdue() == 0
    assert row(execution).status == Status.RUNNING


def test_two_clocks_end_a_run_once(overdue):
    execution = overdue()
    assert sorted(at_once(timeouts.end_overdue, timeouts.end_overdue)) == [0, 1]
    assert row(execution).status == Status.TIMEOUT


def test_worker_in_which_a_run_had_to_be_ended_is_remembered_as_stuck_until_it_moves(overdue, worker):
    overdue()
    timeouts.end_overdue()
    assert Worker.objects.get().stuck_at is not None
    worker._beat()
    assert Worker.objects.get().stuck_at is None


def test_run_of_a_worker_that_was_not_seen_for_long_is_left_to_the_recovery(overdue, worker):
    execution = overdue()
    seen(worker, 11)
    assert timeouts.end_overdue() == 0
    assert row(execution).status == Status.RUNNING


def test_run_that_hangs_in_a_process_that_lives_ends_however_long_it_was_not_seen(overdue, worker):
    lifeline = Lifeline(path_of(settings.DATA_DIR, worker.name))
    lifeline.hold()
    execution = overdue()
    seen(worker, 19)
    assert timeouts.end_overdue() == 1
    assert row(execution).status == Status.TIMEOUT
    lifeline.let_go()


def test_process_that_was_away_itself_ends_nothing(overdue, valkey):
    """The database was away: what the workers have to write comes first."""
    execution, clock = overdue(), Clock()
    clock._tick()
    assert row(execution).status == Status.RUNNING
    clock._attention.judges_from = time()
    clock._tick()
    assert row(execution).status == Status.TIMEOUT


# --- What is due ----------------------------------------------------------------------------------------------------


def test_bell_is_rung_when_a_parked_run_is_due(started, valkey):
    execution, clock = started(), attentive()
    Execution.objects.filter(pk=execution.pk).update(ready_at=timezone.now() + timedelta(seconds=0.3))
    valkey.delete(BELL)
    clock._tick()
    assert not valkey.exists(BELL)
    sleep(0.4)
    clock._tick()
    assert valkey.exists(BELL)


@pytest.mark.parametrize(("due_in_s", "looks_within_s"), [(0.4, 0.4), (-1, 0.05), (30, None)])
def test_clock_looks_again_when_a_parked_run_is_due(started, valkey, due_in_s, looks_within_s):
    execution, clock = started(), attentive()
    Execution.objects.filter(pk=execution.pk).update(ready_at=timezone.now() + timedelta(seconds=due_in_s))
    clock._look.due_at = usual = monotonic() + 100
    clock._tick()
    if looks_within_s is None:
        assert clock._look.due_at == usual
    else:
        assert clock._look.due_at <= monotonic() + looks_within_s


def test_look_at_what_is_due_and_overdue_costs_two_queries(started, worker, valkey, django_assert_num_queries):
    clock = attentive()
    with django_assert_num_queries(2):
        clock._tick()


# --- Jobs -----------------------------------------------------------------------------------------------------------


def test_job_that_fails_is_logged_once_a_minute_and_stops_nobody(caplog):
    done = []
    jobs = [Job("broken", 0.01, lambda: 1 / 0), Job("away", 0.01, _away), Job("whole", 0.01, lambda: done.append(1))]
    ticker = Ticker("test", jobs)
    with caplog.at_level(logging.ERROR):
        ticker.begin()
        sleep(0.3)
        ticker.end()
    assert len(done) > 5
    assert sorted(record.message for record in caplog.records) == [
        "away: the database does not answer: gone",
        "broken failed",
    ]


def _away():
    raise OperationalError("gone")


def test_slow_job_of_the_apps_above_does_not_delay_the_clock(started, overdue, valkey, settings, monkeypatch):
    settings.CLOCKWORK = [("time.sleep", 0.1), (f"{__name__}.slow", 0.1), ("nowhere.at_all", 0.1)]
    execution, clock = overdue(), attentive()
    began = monotonic()
    clock.begin()
    try:
        while row(execution).status == Status.RUNNING and monotonic() - began < 5:
            sleep(0.05)
    finally:
        clock.end()
    assert row(execution).status == Status.TIMEOUT
    assert monotonic() - began < 3


def slow():
    sleep(3)
