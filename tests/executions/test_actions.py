"""Starting and canceling executions."""

from datetime import timedelta
from uuid import uuid4

import pytest

from dragops_site.errors import CompileRefused, Conflict, NotFound
from executions.actions import cancel, start_test_run
from executions.models import Execution
from executions.queue import claim
from executions.status import ENDED, Mode, Status, Trigger, Wait
from patterns.actions import create_pattern
from tests.graphs import chain, graph, node

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def row(execution):
    return Execution.objects.get(pk=execution.pk)


def test_queued_execution_is_canceled_at_once(started, worker):
    execution = started()
    cancel(execution.pk)
    assert (row(execution).status, row(execution).ended_at is not None) == (Status.CANCELED, True)
    assert claim(worker.worker_id, 1) == []


def test_running_execution_is_asked_to_end_and_ends_between_two_steps(started, worker):
    execution = started(graph("start: OnStart", node("say", "Log", message="x"), "start > say, say > say"))
    batch = worker.take()
    cancel(execution.pk)
    assert row(execution).status == Status.RUNNING
    worker.canceled = worker._cancel_requests()
    batch.run()
    assert row(execution).status == Status.CANCELED
    assert row(execution).error is None


def test_execution_that_waits_for_a_callee_is_canceled_at_once_and_the_callee_with_it(started, worker):
    parent = started()
    child = started(parent=parent, parent_key="1")
    Execution.objects.filter(pk=parent.pk).update(waits_for=Wait.CALLEE, ready_at=child.created_at + HOUR)
    cancel(parent.pk)
    assert (row(parent).status, row(parent).waits_for) == (Status.CANCELED, "")
    assert row(child).status == Status.CANCELED


def test_parent_of_a_canceled_callee_goes_on(started, worker):
    parent = started()
    child = started(parent=parent, parent_key="1")
    Execution.objects.filter(pk=parent.pk).update(waits_for=Wait.CALLEE, ready_at=child.created_at + HOUR)
    cancel(child.pk)
    assert [e.pk for e in claim(worker.worker_id, 5)] == [parent.pk]


@pytest.mark.parametrize("status", sorted(ENDED))
def test_ended_execution_cannot_be_canceled(started, worker, status):
    execution = started()
    claim(worker.worker_id, 1)
    Execution.objects.filter(pk=execution.pk).update(status=status, ended_at=execution.created_at)
    with pytest.raises(Conflict, match="has ended already"):
        cancel(execution.pk)
    assert row(execution).status == status


def test_unknown_execution_cannot_be_canceled():
    with pytest.raises(NotFound):
        cancel(uuid4())


def test_test_run_runs_the_draft_without_any_deployment(editor, worker):
    pattern = create_pattern(editor, "Draft", graph=chain("start: OnStart", node("stop", "Stop", result="draft")))
    execution = start_test_run(pattern, {"a": 1}, editor)
    worker.work()
    found = row(execution)
    assert (found.status, found.result, found.event) == (Status.COMPLETED, "draft", {"a": 1})
    assert (found.mode, found.trigger, found.version_number) == (Mode.TEST, Trigger.MANUAL, None)
    assert found.started_by == editor


def test_test_runs_of_an_unchanged_draft_share_their_snapshot(editor):
    pattern = create_pattern(editor, "Draft")
    assert start_test_run(pattern, {}, editor).snapshot_id == start_test_run(pattern, {}, editor).snapshot_id


def test_test_run_of_a_draft_that_does_not_compile_is_refused_with_all_problems(editor):
    pattern = create_pattern(editor, "Draft", graph=graph("one: NoSuchNode", "two: ForEach"))
    with pytest.raises(CompileRefused) as refused:
        start_test_run(pattern, {}, editor)
    assert {problem["code"] for problem in refused.value.details} >= {"UNKNOWN_NODE", "NO_TRIGGER", "UNWIRED_PIN"}
    assert not Execution.objects.exists()
