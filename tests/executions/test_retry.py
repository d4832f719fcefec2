"""Further attempts that people grant."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from deployments.models import Deployment
from dragops_site.errors import Conflict, Forbidden, NotFound
from executions.actions import cancel, retry
from executions.actions.answer_hook import HookClosed, answer_hook
from executions.models import Execution, Hook, LogEntry
from executions.status import RETRIABLE, Mode, Status, Wait
from tests.executions.test_batch import posts, row, server  # noqa: F401 (a fixture)
from tests.executions.test_calls import callee, calling
from tests.executions.test_waiting import failing, listening
from tests.graphs import chain, node
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def ended(execution, status=Status.FAILED, **fields):
    """The execution, as one that has run and ended so."""
    now = timezone.now()
    given = {"started_at": now, "ended_at": now, "error_type": "Gone", "error_message": "no", **fields}
    Execution.objects.filter(pk=execution.pk).update(status=Status.RUNNING, started_at=now)
    Execution.objects.filter(pk=execution.pk).update(status=status, **given)
    return execution


@pytest.mark.parametrize("status", sorted(RETRIABLE))
def test_retry_queues_what_has_not_ended_well_for_one_more_attempt(started, status):
    used = {"recoveries": 3, "loss": "killed", "cancel_requested": True, "awaited": True, "result": 1}
    run = ended(started(time_limit_s=60), status, time_left=timedelta(seconds=1), **used)
    retry(run.pk, None)
    found = row(run)
    assert (found.status, found.attempt, found.waits_for) == (Status.QUEUED, 2, "")
    assert (found.recoveries, found.loss, found.result, found.error) == (0, "", None, None)
    assert not found.cancel_requested and not found.awaited and found.ended_at is None
    assert (found.time_left, found.epoch) == (timedelta(seconds=60), 0)
    assert found.ready_at <= timezone.now()


@pytest.mark.parametrize("status", sorted(set(Status) - RETRIABLE))
def test_retry_refuses_what_is_open_or_has_ended_well(started, status):
    run = started()
    if status != Status.QUEUED:
        now = timezone.now()
        Execution.objects.filter(pk=run.pk).update(status=Status.RUNNING, started_at=now)
    if status == Status.COMPLETED:
        Execution.objects.filter(pk=run.pk).update(status=status, ended_at=now)
    with pytest.raises(Conflict, match=f"{status.value} and cannot be retried") as refused:
        retry(run.pk, None)
    assert refused.value.details == {"status": status}
    assert row(run).attempt == 1


def test_retry_of_no_execution_is_refused():
    with pytest.raises(NotFound):
        retry(uuid4(), None)


def test_retried_run_goes_on_at_the_failed_step(started, worker, server):  # noqa: F811
    run = started(failing(server))
    for _ in range(2):
        worker.work()
        assert row(run).status == Status.FAILED
        retry(run.pk, None)
    assert server.keys == [f"{run.pk}-1"]
    attempts = LogEntry.objects.filter(execution=run, node_name="boom").order_by("seq")
    assert [(entry.attempt, entry.is_void) for entry in attempts] == [(1, True), (2, True)]


def test_run_retried_from_the_start_does_everything_again(started, worker, server):  # noqa: F811
    run = started(failing(server))
    worker.work()
    retry(run.pk, None, anew=True)
    assert not LogEntry.objects.filter(execution=run, is_void=False).exists()
    worker.work()
    assert (row(run).epoch, row(run).attempt) == (1, 2)
    assert server.keys == [f"{run.pk}-1", f"{run.pk}.1-1"]


def test_refused_retry_from_the_start_forgets_nothing(started, worker):
    run = started()
    worker.work()
    with pytest.raises(Conflict):
        retry(run.pk, None, anew=True)
    assert LogEntry.objects.filter(execution=run, is_void=False).exists()


def test_canceled_run_goes_on_with_its_wait_and_its_address_is_good_again(started, worker):
    run = started(listening())
    worker.work()
    token = Hook.objects.get(execution=run).token
    cancel(run.pk)
    retry(run.pk, None)
    worker.work()
    assert row(run).waits_for == Wait.WEBHOOK
    answer_hook(token, {"body": {}, "query": {}, "method": "POST"})
    worker.work()
    assert row(run).status == Status.COMPLETED
    assert LogEntry.objects.filter(execution=run, node_name="received").exists()


def test_address_from_before_a_retry_from_the_start_is_good_no_more(started, worker):
    run = started(listening())
    worker.work()
    token = Hook.objects.get(execution=run).token
    cancel(run.pk)
    retry(run.pk, None, anew=True)
    worker.work()
    with pytest.raises(HookClosed):
        answer_hook(token, {"body": {}})
    assert Hook.objects.filter(execution=run, closed_at=None).count() == 1


def test_run_that_was_canceled_before_it_began_runs_when_it_is_retried(started, worker):
    run = started()
    cancel(run.pk)
    retry(run.pk, None)
    worker.work()
    assert row(run).status == Status.COMPLETED


def test_run_of_a_deployment_that_takes_no_more_may_go_on(started, worker):
    run = ended(started())
    Deployment.objects.create(pattern_id=run.pattern_id, deployed_at=timezone.now(), status="undeployed")
    retry(run.pk, None)
    worker.work()
    assert row(run).status == Status.COMPLETED


# --- Callers and callees ----------------------------------------------------------------------------------------------


def test_callee_whose_caller_is_open_is_refused_and_names_it(started, worker):
    parent = started()
    child = ended(started(parent=parent, parent_key="1"))
    with pytest.raises(Conflict, match="Retry that one") as refused:
        retry(child.pk, None)
    assert refused.value.details == {"status": Status.FAILED, "parentId": str(parent.pk)}


def test_callee_whose_caller_has_ended_is_retried_alone(started, worker):
    parent = started()
    child = ended(started(parent=parent, parent_key="1"))
    ended(parent, Status.COMPLETED)
    retry(child.pk, None)
    assert (row(child).status, row(parent).status) == (Status.QUEUED, Status.COMPLETED)


def test_canceled_tree_goes_on_as_one_when_its_top_is_retried(started, deployed, worker):
    target = deployed(callee(node("wait", "Delay", seconds=3600), wires="called > wait, wait > answer"))
    parent = started(calling(target))
    worker.work()
    child = Execution.objects.get(parent=parent)
    cancel(parent.pk)
    assert (row(parent).status, row(child).status) == (Status.CANCELED, Status.CANCELED)
    retry(parent.pk, None)
    worker.work()
    assert (row(parent).waits_for, row(child).status, row(child).attempt) == (Wait.CALLEE, Status.QUEUED, 2)
    worker.work()
    assert (row(child).waits_for, Execution.objects.count()) == (Wait.TIME, 2)


def test_caller_retried_from_the_start_calls_anew(started, deployed, worker):
    target = deployed(callee(node("boom", "ThrowError", message="no"), wires="called > boom"))
    parent = started(calling(target))
    worker.work()
    retry(parent.pk, None, anew=True)
    worker.work()
    assert Execution.objects.filter(parent=parent).count() == 2


# --- Who, and at the same moment --------------------------------------------------------------------------------------


def test_test_of_a_draft_is_retried_by_editors_alone(started, operator, editor):
    run = ended(started(mode=Mode.TEST, version_number=None))
    with pytest.raises(Forbidden):
        retry(run.pk, operator)
    retry(run.pk, editor)
    assert row(run).status == Status.QUEUED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("anew", [False, True])
def test_of_two_who_retry_at_once_exactly_one_does(started, anew):
    for _ in range(10):
        run = ended(started())
        outcomes = at_once(*[lambda run=run: retry(run.pk, None, anew=anew)] * 3)
        assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 2, outcomes
        assert (row(run).attempt, row(run).epoch) == (2, int(anew))


@pytest.mark.django_db(transaction=True)
def test_run_that_is_retried_and_canceled_at_once_is_one_or_the_other(started):
    for _ in range(10):
        run = ended(started())
        at_once(lambda run=run: retry(run.pk, None), lambda run=run: cancel(run.pk))
        assert (row(run).status, row(run).attempt) in {(Status.QUEUED, 2), (Status.CANCELED, 2)}


def test_delayed_run_does_not_wait_a_second_time_for_what_is_past(started, worker):
    run = started(
        chain("start: OnStart", node("wait", "Delay", seconds=0.01), node("boom", "ThrowError", message="no"))
    )
    worker.work()
    retry(run.pk, None)
    worker.work()
    names = list(LogEntry.objects.filter(execution=run, is_void=False).values_list("node_name", flat=True))
    assert names.count("wait") == 2
