"""Patterns that call patterns."""

import pytest

from deployments.actions import pause, undeploy
from executions.actions import cancel
from executions.models import Execution, LogEntry
from executions.queue import claim
from executions.recovery import requeue
from executions.status import Status, Trigger
from patterns.actions import create_pattern
from patterns.models import Pattern
from tests.executions.test_batch import deep_graph, posts, row, server  # noqa: F401 (a fixture)
from tests.graphs import chain, graph, node

pytestmark = pytest.mark.django_db

DECLARED = {"inputs": [{"name": "N", "type": "Integer"}], "outputs": [{"name": "Total", "type": "Any"}]}


def callee(*parts, wires="called > answer, called.n > double.a, double.result > answer.total"):
    double = node("double", "Multiply", a=1, b=2)
    return graph(node("called", "OnPatternCall", DECLARED), double, node("answer", "RespondWith"), *parts, wires)


def calling(pattern, name="call", **inputs):
    return chain("start: OnStart", node(name, "CallPattern", {"pattern": str(pattern.pk)}, **inputs))


def test_call_runs_the_callee_at_once_and_gives_its_outputs(started, deployed, worker):
    target = deployed(callee())
    parent = started(calling(target, n=21))
    worker.work()
    child = Execution.objects.get(parent=parent)
    assert row(parent).result == {"total": 42, "executionId": str(child.pk)}
    assert (child.status, child.trigger, child.event) == (Status.COMPLETED, Trigger.PATTERN_CALL, {"n": 21})
    assert (child.root_id, child.depth, child.parent_key, child.version_number) == (parent.pk, 1, "1", 1)
    assert [entry.node_name for entry in LogEntry.objects.filter(execution=child)] == ["called", "answer"]


def test_error_of_the_callee_is_raised_in_the_caller_and_can_be_caught(started, deployed, worker):
    boom = node("boom", "ThrowError", message="no stock", type="Stock")
    target = deployed(callee(boom, wires="called > boom"))
    drawn = graph(
        "start: OnStart",
        "try: TryCatch",
        node("call", "CallPattern", {"pattern": str(target.pk)}),
        "say: Log",
        "start > try, try.try > call, try.catch > say, try.error > say.message",
    )
    caught, plain = started(drawn), started(calling(target))
    worker.work()
    assert row(caught).status == Status.COMPLETED
    assert (row(plain).status, row(plain).error_type, row(plain).error_message) == (Status.FAILED, "Stock", "no stock")
    assert row(plain).error_node_name == "call"
    assert {child.status for child in Execution.objects.filter(parent__isnull=False)} == {Status.FAILED}


@pytest.mark.parametrize(
    ("change", "error_type"),
    [
        (lambda pattern: undeploy(pattern, None), "PatternNotDeployed"),
        (lambda pattern: pause(pattern.deployment, None), "PatternPaused"),
        (lambda pattern: Pattern.objects.filter(pk=pattern.pk).delete(), "PatternNotFound"),
    ],
)
def test_callee_that_cannot_run_is_an_error_in_the_caller(started, deployed, worker, change, error_type):
    target = deployed(callee())
    parent = started(calling(target))
    change(Pattern.objects.get(pk=target.pk))
    worker.work()
    assert (row(parent).status, row(parent).error_type) == (Status.FAILED, error_type)
    assert not Execution.objects.filter(parent=parent).exists()


def test_callee_must_end_before_the_time_of_its_caller_is_over(started, deployed, worker):
    parent = started(calling(deployed(callee())), time_limit_s=5)
    worker.work()
    assert Execution.objects.get(parent=parent).time_limit_s == 5


def test_patterns_that_call_each_other_without_end_stop_at_the_depth_limit(started, worker, settings):
    from deployments.actions import deploy

    pattern = create_pattern(None, "Mirror", graph=callee())
    deploy(pattern, None)
    again = node("again", "CallPattern", {"pattern": str(pattern.pk)})
    pattern.graph = callee(again, wires="called > again, again.total > answer.total, again > answer")
    pattern.save()
    deploy(pattern, None)
    parent = started(calling(pattern))
    worker.work()
    assert (row(parent).status, row(parent).error_type) == (Status.FAILED, "CallDepth")
    assert Execution.objects.count() == 1 + settings.EXECUTIONS["CALL_DEPTH_LIMIT"]
    assert {e.status for e in Execution.objects.all()} == {Status.FAILED}


def test_callee_is_in_the_database_before_its_first_effect_starts(started, deployed, worker, server):  # noqa: F811
    target = deployed(callee(posts(server), wires="called > post, post > answer, post.status > answer.total"))
    parent = started(calling(target))
    batch = worker.take()
    before_effect, seen = batch.before_effect, []

    def looking(run, blocks):
        before_effect(run, blocks)
        seen.extend(Execution.objects.filter(parent=parent).values_list("status", flat=True))

    batch.before_effect = looking
    batch.run()
    assert seen == [Status.RUNNING]
    child = Execution.objects.get(parent=parent)
    assert server.keys == [f"{child.pk}-1"]


def test_interrupted_caller_waits_for_the_callee_that_it_had_and_gets_its_result(started, deployed, worker, other):
    target = deployed(callee())
    parent = started(calling(target, n=4))
    batch = worker.take()
    batch._open(batch.waiting.popleft())
    batch._advance(batch.stack[-1])
    batch.write()  # parent and child are in the database, both running; now their worker is lost
    child = Execution.objects.get(parent=parent)
    requeue(Execution.objects.filter(pk=parent.pk))
    other.work()
    assert (row(parent).status, row(parent).waits_for) == (Status.QUEUED, "callee")
    requeue(Execution.objects.filter(pk=child.pk))
    other.work()
    assert (row(child).status, row(parent).waits_for) == (Status.COMPLETED, "")
    other.work()
    assert row(parent).result == {"total": 8, "executionId": str(child.pk)}
    assert Execution.objects.count() == 2


def test_result_that_was_too_large_to_be_kept_is_a_clear_error_for_a_caller_that_comes_back(
    started, deployed, worker, other, settings
):
    target = deployed(callee())
    parent = started(calling(target, n=4))
    batch = worker.take()
    batch._open(batch.waiting.popleft())
    batch._advance(batch.stack[-1])
    batch.write()
    settings.EXECUTIONS = {**settings.EXECUTIONS, "RESULT_BYTES": 5}
    requeue(Execution.objects.all())
    other.work()
    other.work()
    assert (row(parent).status, row(parent).error_type) == (Status.FAILED, "ResultTooLarge")


def test_canceled_parent_takes_the_callee_in_hand_with_it(started, deployed, worker):
    endless = node("say", "Log", message="x")
    target = deployed(callee(endless, wires="called > say, say > say"))
    parent = started(calling(target))
    batch = worker.take()
    look, looks = batch.look, []

    def canceling(run):
        looks.append(run)
        if len(looks) == 4:
            batch.write()
            cancel(parent.pk)
            worker.canceled = worker._cancel_requests()
        return look(run)

    batch.look = canceling
    batch.run()
    assert row(parent).status == Status.CANCELED
    assert Execution.objects.get(parent=parent).status == Status.CANCELED


def test_canceled_callee_is_an_error_in_the_caller(started, deployed, worker):
    target = deployed(callee(node("say", "Log", message="x"), wires="called > say, say > say"))
    parent = started(calling(target))
    batch = worker.take()
    look, looks = batch.look, []

    def canceling(run):
        looks.append(run)
        if len(looks) == 4:
            batch.write()
            cancel(Execution.objects.get(parent=parent).pk)
            worker.canceled = worker._cancel_requests()
        return look(run)

    batch.look = canceling
    batch.run()
    assert (row(parent).status, row(parent).error_type) == (Status.FAILED, "Canceled")


def test_result_nested_too_deeply_fails_the_call_and_nobody_else(started, deployed, worker):
    deep = deep_graph(node("answer", "RespondWith"), wires="loop.completed > answer, get.value > answer.total")
    deep["nodes"][0] = node("start", "OnPatternCall", DECLARED)
    parent = started(calling(deployed(deep)))
    plain = started()
    worker.work()
    assert (row(parent).status, row(parent).error_type) == (Status.FAILED, "NotRecordable")
    assert row(plain).status == Status.COMPLETED


def test_input_nested_too_deeply_fails_the_caller_and_nobody_else(started, deployed, worker):
    declared = {"inputs": [{"name": "Deep", "type": "Any"}], "outputs": []}
    target = deployed(graph(node("called", "OnPatternCall", declared)))
    call = node("call", "CallPattern", {"pattern": str(target.pk)})
    parent = started(deep_graph(call, wires="loop.completed > call, get.value > call.deep"))
    plain = started()
    worker.work()
    assert (row(parent).status, row(parent).error_type) == (Status.FAILED, "NotRecordable")
    assert row(plain).status == Status.COMPLETED
    assert not claim(worker.worker_id, 10)
