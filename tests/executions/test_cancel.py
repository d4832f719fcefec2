"""Cancel reaches whatever a run has called, whoever does something else at the same moment."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dragops_site.errors import Conflict
from executions import ends
from executions.actions import cancel
from executions.actions.answer_hook import HookClosed, answer_hook
from executions.engine import Ended
from executions.models import Execution, Hook
from executions.queue import claim
from executions.status import Status, Wait
from patterns.context import NodeError
from tests.executions.test_batch import row
from tests.executions.test_calls import callee, calling
from tests.executions.test_waiting import delayed, listening
from tests.graphs import chain, node
from tests.threads import at_once

HOUR = timedelta(hours=1)


@pytest.fixture
def below(started):
    """below(parent) -> a queued execution that `parent` has called; `parent` waits for it."""
    top = started()

    def make(parent: Execution | None = None, count: int = 1, **fields) -> list[Execution]:
        if parent is not None:
            waiting = {"waits_for": Wait.CALLEE, "ready_at": timezone.now() + HOUR}
            Execution.objects.filter(pk=parent.pk, status=Status.QUEUED).update(**waiting)
        given = {name: getattr(top, name) for name in ("pattern", "snapshot", "mode", "trigger", "version_number")}
        rows = [Execution(parent=parent, parent_key=str(i), **{**given, **fields}) for i in range(count)]
        return Execution.objects.bulk_create(rows)

    return make


def running(worker, **fields):
    now = timezone.now()
    left = {"worker_id": worker.worker_id, "started_at": now, "deadline_at": now + HOUR}
    return {"status": Status.RUNNING, **left, **fields}


def statuses():
    return set(Execution.objects.values_list("status", flat=True))


# --- Callees ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_parked_run_is_canceled_with_all_that_it_has_called_twenty_deep(below):
    (top,) = made = below()
    for _ in range(20):
        made += below(made[-1])
    cancel(top.pk)
    assert {row(each).status for each in made} == {Status.CANCELED}


@pytest.mark.django_db
def test_thousand_callees_are_canceled_with_few_queries(below, django_assert_max_num_queries):
    (top,) = below()
    below(top, 1_000)
    with django_assert_max_num_queries(16):
        cancel(top.pk)
    assert Execution.objects.filter(status=Status.CANCELED).count() == 1_001


@pytest.mark.django_db
def test_callee_that_runs_is_asked_to_stop_and_one_that_has_ended_is_left_alone(below, worker):
    (top,) = below()
    (busy,) = below(top, **running(worker))
    Execution.objects.filter(pk=busy.pk).update(parent_key="busy")
    (done,) = below(top, **running(worker))
    Execution.objects.filter(pk=done.pk).update(status=Status.COMPLETED, ended_at=timezone.now())
    cancel(top.pk)
    assert (row(busy).status, row(busy).cancel_requested) == (Status.RUNNING, True)
    assert row(done).status == Status.COMPLETED


@pytest.mark.django_db
def test_run_at_work_is_asked_first_and_its_callees_end_with_it(below, worker):
    (top,) = below(**running(worker))
    (child,) = below(top)
    cancel(top.pk)
    assert (row(top).cancel_requested, row(child).status) == (True, Status.QUEUED)
    assert ends.end_all([(row(top), Ended(Status.CANCELED))]) == 1
    assert row(child).status == Status.CANCELED


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Status.TIMEOUT, Status.DEAD_LETTER, Status.FAILED])
def test_callees_are_canceled_when_their_caller_ends_without_them(below, worker, status):
    (top,) = below(**running(worker))
    (child,) = below(top)
    (grandchild,) = below(child)
    ends.end_all([(row(top), Ended(status, error=NodeError("over")))])
    assert (row(child).status, row(grandchild).status) == (Status.CANCELED, Status.CANCELED)


@pytest.mark.django_db
def test_chain_of_callers_that_bites_its_tail_is_canceled_once(below):
    one, two = below() + below()
    Execution.objects.filter(pk=one.pk).update(parent=two.pk)
    Execution.objects.filter(pk=two.pk).update(parent=one.pk)
    cancel(one.pk)
    assert (row(one).status, row(two).status) == (Status.CANCELED, Status.CANCELED)


@pytest.mark.django_db
def test_run_whose_time_is_over_takes_the_callee_that_it_waits_for_with_it(started, deployed, worker):
    target = deployed(callee(node("wait", "Delay", seconds=3600), wires="called > wait, wait > answer"))
    run = started(calling(target))
    worker.work()
    child = Execution.objects.get(parent=run)
    assert (row(run).waits_for, child.waits_for) == (Wait.CALLEE, Wait.TIME)
    Execution.objects.filter(pk=run.pk).update(ready_at=timezone.now(), time_left=timedelta(0))
    worker.work()
    assert (row(run).status, row(child).status) == (Status.TIMEOUT, Status.CANCELED)


@pytest.mark.django_db
def test_run_that_has_called_nobody_ends_without_a_look_for_callees(started, worker):
    started(chain("start: OnStart", node("boom", "ThrowError", message="no")))
    batch = worker.take()
    with CaptureQueriesContext(connection) as seen:
        batch.run()
    assert not [query["sql"] for query in seen.captured_queries if '"parent_id" IN' in query["sql"]]


# --- Requests that it waits for ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_address_of_a_canceled_run_answers_that_it_has_ended(started, worker):
    run = started(listening())
    worker.work()
    cancel(run.pk)
    with pytest.raises(HookClosed, match="has ended"):
        answer_hook(Hook.objects.get(execution=run).token, {"body": {}})


# --- Somebody else at the same moment ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_run_is_canceled_or_claimed_and_never_both(started, worker):
    for _ in range(10):
        run = started()
        at_once(lambda run=run: cancel(run.pk), lambda: claim(worker.worker_id, 5))
        found = row(run)
        assert (found.status, found.cancel_requested) in {(Status.CANCELED, False), (Status.RUNNING, True)}
        Execution.objects.filter(status=Status.RUNNING).update(status=Status.COMPLETED, ended_at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_run_that_ends_while_it_is_canceled_has_one_end(started, worker):
    for _ in range(10):
        run = started()
        batch = worker.take()
        refused, _ = at_once(lambda run=run: cancel(run.pk), batch.run)
        found = row(run)
        assert found.status == Status.COMPLETED
        assert isinstance(refused, Conflict) != found.cancel_requested


@pytest.mark.django_db(transaction=True)
def test_run_that_parks_while_it_is_canceled_does_not_wait_on(started, worker):
    for _ in range(10):
        run = started(delayed())
        batch = worker.take()
        at_once(lambda run=run: cancel(run.pk), batch.run)
        if row(run).status == Status.QUEUED:
            assert row(run).ready_at <= timezone.now()
            worker.work()
        assert row(run).status == Status.CANCELED


@pytest.mark.django_db
def test_run_that_was_asked_to_stop_before_it_parks_comes_back_and_stops(started, worker):
    run = started(delayed())
    batch = worker.take()
    cancel(run.pk)
    batch.run()
    assert (row(run).status, row(run).ready_at <= timezone.now()) == (Status.QUEUED, True)
    worker.work()
    assert row(run).status == Status.CANCELED


@pytest.mark.django_db(transaction=True)
def test_caller_and_callee_that_end_and_are_canceled_at_once_are_all_ended(started, deployed, worker, other):
    target = deployed(callee(node("wait", "Delay", seconds=3600), wires="called > wait, wait > answer"))
    for _ in range(5):
        run = started(calling(target))
        worker.work()
        child = Execution.objects.get(parent=run)
        Execution.objects.filter(pk=child.pk).update(ready_at=F("created_at"))
        batch = other.take()
        at_once(lambda run=run: cancel(run.pk), lambda child=child: cancel(child.pk), batch.run)
        worker.work()
        assert row(run).status == Status.CANCELED
        assert row(child).is_ended or row(child).cancel_requested
