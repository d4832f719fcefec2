"""Running executions again."""

from functools import partial

import pytest

from deployments.actions import deploy, pause, rerun, undeploy
from deployments.actions.rerun import rerun_all
from deployments.models import Deployment
from dragops_site.errors import CompileRefused, Forbidden, Invalid, NotDeployed, Paused
from executions.actions import redrive, start_test_run
from executions.models import Execution
from executions.status import Mode, Status, Trigger
from patterns.models import Pattern
from tests.api.made import deployed, run
from tests.graphs import chain, graph, node

pytestmark = pytest.mark.django_db


@pytest.fixture
def pattern(editor):
    return deployed(editor).pattern


def redeployed(pattern, editor):
    Pattern.objects.filter(pk=pattern.pk).update(graph=chain("start: OnStart", node("stop", "Stop", result="new")))
    return deploy(Pattern.objects.get(pk=pattern.pk), editor)


def test_rerun_starts_the_same_event_under_the_version_that_is_live_now(pattern, editor, operator):
    old = run(pattern, "failed", event={"body": {"n": 7}})
    redeployed(pattern, editor)
    new = Execution.objects.get(pk=rerun(old, operator).pk)
    assert (new.event, new.version_number, new.status) == ({"body": {"n": 7}}, 2, Status.QUEUED)
    assert (new.mode, new.trigger, new.started_by, new.rerun_of) == (Mode.LIVE, Trigger.MANUAL, operator, old)
    assert (new.attempt, new.parent_id) == (1, None)
    assert Execution.objects.get(pk=old.pk).status == Status.FAILED


@pytest.mark.parametrize("status", ["completed", "running", "dead_letter"])
def test_run_in_any_state_can_be_run_again(pattern, operator, status):
    assert rerun(run(pattern, status), operator).rerun_of_id


def test_rerun_takes_an_edited_event(pattern, operator):
    assert rerun(run(pattern), operator, {"body": "other"}).event == {"body": "other"}


@pytest.mark.parametrize("event", [None, [], "text", 5])
def test_rerun_refuses_an_event_that_is_none(pattern, operator, event):
    with pytest.raises(Invalid, match="not a JSON object"):
        rerun(run(pattern), operator, event)


def test_rerun_of_a_called_execution_is_a_run_of_its_pattern_with_its_inputs(pattern, operator):
    parent = run(pattern)
    child = run(pattern, "failed", parent=parent, parent_key="1", root=parent, depth=1, event={"n": 4})
    new = rerun(child, operator)
    assert (new.event, new.parent_id, new.root_id, new.depth) == ({"n": 4}, None, None, 0)


def test_rerun_is_refused_where_nothing_is_live(pattern, editor, operator):
    old = run(pattern)
    pause(Deployment.objects.get(pk=pattern.pk), editor)
    with pytest.raises(Paused):
        rerun(old, operator)
    undeploy(pattern, editor)
    with pytest.raises(NotDeployed):
        rerun(old, operator)


def test_rerun_of_a_test_tests_the_draft_as_it_is_now(pattern, editor, operator):
    old = start_test_run(pattern, {"a": 1}, editor)
    with pytest.raises(Forbidden):
        rerun(old, operator)
    new = rerun(old, editor)
    assert (new.mode, new.event, new.rerun_of_id, new.version_number) == (Mode.TEST, {"a": 1}, old.pk, None)
    Pattern.objects.filter(pk=pattern.pk).update(graph=graph("one: NoSuchNode"))
    with pytest.raises(CompileRefused):
        rerun(Execution.objects.select_related("pattern").get(pk=old.pk), editor)


def test_many_are_run_again_once_and_the_refused_are_skipped(pattern, editor, operator):
    ids = [run(pattern, "dead_letter").pk for _ in range(3)]
    gone = deployed(editor, "Gone").pattern
    ids.append(run(gone, "dead_letter").pk)
    undeploy(gone, editor)
    again = partial(rerun_all, user=operator)
    first, second = redrive(ids, operator, again), redrive(ids, operator, again)
    assert (first.retried, first.skipped) == (3, 1)
    assert (second.retried, second.skipped) == (0, 4)
    assert Execution.objects.filter(rerun_of__in=ids).count() == 3
