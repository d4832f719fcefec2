"""Runs that wait without a worker, and attempts that follow one another."""

from datetime import timedelta
from time import sleep

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deployments.models import Deployment
from executions.actions import cancel
from executions.journal import Outcome
from executions.models import Execution, Hook, LogEntry
from executions.status import Status, Wait
from tests.executions.test_batch import posts, row, server  # noqa: F401 (a fixture)
from tests.executions.test_calls import callee, calling
from tests.graphs import chain, graph, node

pytestmark = pytest.mark.django_db


def past(execution):
    """Move the recorded moments of its waits into the past."""
    for entry in LogEntry.objects.filter(execution=execution, key__endswith="~wait"):
        outcome = Outcome.load(entry.outcome)
        outcome.volatile = {name: [since, since] for name, (since, _) in outcome.volatile.items()}
        LogEntry.objects.filter(pk=entry.pk).update(outcome=outcome.dump())
    Execution.objects.filter(pk=execution.pk).update(ready_at=timezone.now())


def delayed(*after, seconds=3600):
    return chain("start: OnStart", node("wait", "Delay", seconds=seconds), *after)


@pytest.fixture
def refused():
    """refused(execution) -> the database takes no entry of its log: one with the first number is there already."""

    def refuse(execution):
        LogEntry.objects.create(execution=execution, seq=1, key="", node_id="x", node_name="x", at=timezone.now())

    return refuse


# --- Moments ----------------------------------------------------------------------------------------------------------


def test_delay_parks_the_run_as_a_row_until_its_moment(started, worker, other):
    execution = started(delayed(node("say", "Log", message="on")))
    worker.work()
    parked = row(execution)
    assert (parked.status, parked.waits_for, parked.worker_id) == (Status.QUEUED, Wait.TIME, None)
    assert timedelta(minutes=59) < parked.ready_at - timezone.now() <= timedelta(hours=1)
    assert not other.take().waiting
    past(execution)
    other.work()
    assert row(execution).status == Status.COMPLETED
    names = list(LogEntry.objects.filter(execution=execution).order_by("seq").values_list("node_name", flat=True))
    assert names == ["start", "wait", "wait", "say"]


def test_run_that_is_woken_too_early_waits_on(started, worker):
    execution = started(delayed())
    worker.work()
    due = row(execution).ready_at
    Execution.objects.filter(pk=execution.pk).update(ready_at=timezone.now())
    worker.work()
    assert (row(execution).status, row(execution).ready_at) == (Status.QUEUED, due)
    assert LogEntry.objects.filter(execution=execution).count() == 2


def test_short_delay_is_waited_for_on_the_thread(started, worker):
    execution = started(delayed(seconds=0.2))
    worker.work()
    assert row(execution).status == Status.COMPLETED


def test_effect_before_a_wait_is_not_repeated_after_it(started, worker, other, server):  # noqa: F811
    execution = started(
        chain("start: OnStart", posts(server, "a"), node("wait", "Delay", seconds=60), posts(server, "b"))
    )
    worker.work()
    past(execution)
    other.work()
    assert row(execution).status == Status.COMPLETED
    assert server.keys == [f"{execution.pk}-1", f"{execution.pk}-3"]


def test_parked_run_is_canceled_at_once(started, worker):
    execution = started(delayed())
    worker.work()
    cancel(execution.pk)
    assert (row(execution).status, row(execution).waits_for) == (Status.CANCELED, "")


def test_thousand_parked_runs_cost_a_claim_one_look(started, worker, django_assert_num_queries):
    first = started(delayed())
    worker.work()
    parked = row(first)
    copies = [Execution(**{**values(parked), "id": None}) for _ in range(1000)]
    for copy in copies:
        copy.id = Execution._meta.pk.get_default()
    Execution.objects.bulk_create(copies)
    with django_assert_num_queries(1):
        assert not worker.take().waiting


def transactions(work):
    with CaptureQueriesContext(connection) as captured:
        work()
    return sum(query["sql"].startswith("SAVEPOINT") for query in captured)  # within the one of the test


def test_runs_of_one_batch_are_parked_together(started, worker):
    few = [started(delayed())]
    of_few = transactions(worker.work)
    many = [started(delayed()) for _ in range(20)]
    assert transactions(worker.work) == of_few
    assert {row(one).waits_for for one in few + many} == {Wait.TIME}


def test_run_that_another_worker_has_taken_meanwhile_is_not_parked_and_the_others_are(started, worker, other, caplog):
    runs = [started(delayed()) for _ in range(3)]
    batch = worker.take()
    Execution.objects.filter(pk=runs[1].pk).update(worker=other.worker_id)
    batch.run()
    assert [row(one).waits_for for one in runs] == [Wait.TIME, "", Wait.TIME]
    assert [LogEntry.objects.filter(execution=one).count() for one in runs] == [2, 0, 2]
    assert f"{runs[1].pk} was to wait, but belongs to another worker" in caplog.text


def test_log_that_the_database_refuses_fails_its_run_and_parks_the_others(started, worker, refused):
    runs = [started(delayed(), event={"n": number}) for number in range(3)]
    refused(runs[1])
    worker.work()
    assert [row(one).waits_for for one in runs] == [Wait.TIME, "", Wait.TIME]
    assert (row(runs[1]).status, row(runs[1]).error_type) == (Status.FAILED, "NotStorable")


def test_time_of_a_run_stands_still_from_the_moment_it_leaves_its_thread(started, worker):
    execution = started(delayed(), time_limit_s=60)
    batch = worker.take()
    batch._run_one(batch.waiting.popleft())
    sleep(1)
    batch.write()
    assert row(execution).time_left > timedelta(seconds=59.3)


def values(execution):
    return {field.attname: getattr(execution, field.attname) for field in Execution._meta.concrete_fields}


# --- Hooks ------------------------------------------------------------------------------------------------------------


def listening():
    hook = node("hook", "WaitForWebhook", timeoutS=60)
    says = [node(name, "Log", message=name) for name in ("waiting", "received", "late")]
    wires = "start > hook, hook.waiting > waiting, hook.url > waiting.message, hook.received > received"
    return graph("start: OnStart", hook, *says, wires, "hook.timedOut > late, hook.query > received.message")


def test_run_that_waits_for_a_request_has_one_address_and_is_parked(started, worker, settings):
    settings.PUBLIC_URL = "https://dragops.example.org"
    execution = started(listening())
    worker.work()
    hook = Hook.objects.get(execution=execution)
    assert (row(execution).status, row(execution).waits_for) == (Status.QUEUED, Wait.WEBHOOK)
    message = LogEntry.objects.get(execution=execution, node_name="waiting").message
    assert message == f"https://dragops.example.org/webhooks/resume/{hook.token}"
    assert len(hook.token) >= 32


def answered(execution, **event):
    Hook.objects.filter(execution=execution).update(closed_at=timezone.now(), event=event)
    Execution.objects.filter(pk=execution.pk).update(ready_at=timezone.now())


def test_answered_run_goes_on_at_received_with_the_request(started, worker, other):
    execution = started(listening())
    worker.work()
    answered(execution, body={}, query={"decision": "yes"}, method="GET")
    other.work()
    assert row(execution).status == Status.COMPLETED
    assert LogEntry.objects.get(execution=execution, node_name="received").message == '{"decision":"yes"}'
    assert Hook.objects.count() == 1


def test_answer_that_comes_before_the_run_is_parked_is_not_lost(started, worker):
    execution = started(listening())
    batch = worker.take()
    listen = batch._listen

    def answered_meanwhile(active, asked):
        heard = listen(active, asked)
        answered(execution, body={}, query={}, method="POST")
        return heard

    batch._listen = answered_meanwhile
    batch.run()
    assert row(execution).ready_at <= timezone.now()
    worker.work()
    assert LogEntry.objects.filter(execution=execution, node_name="received").exists()


def test_run_that_nobody_answers_goes_on_at_timed_out_and_closes_its_address(started, worker):
    execution = started(listening())
    worker.work()
    past(execution)
    worker.work()
    assert row(execution).status == Status.COMPLETED
    assert LogEntry.objects.filter(execution=execution, node_name="late").exists()
    assert Hook.objects.get(execution=execution).closed_at is not None


# --- Attempts ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def retried(started):
    """retried(graph, **policy) -> a queued live execution of a deployment with that retry policy."""

    def start(drawn, **policy):
        execution = started(drawn)
        Deployment.objects.create(
            pattern_id=execution.pattern_id,
            deployed_at=timezone.now(),
            status="undeployed",
            **{"retry_attempts": 3, "retry_first_delay_s": 600, **policy},
        )
        return execution

    return start


def failing(server, *more, error_type="Gone", retryable=True):  # noqa: F811
    boom = node("boom", "ThrowError", message="no", type=error_type, retryable=retryable)
    return chain("start: OnStart", posts(server, "a"), boom, *more)


def due(execution):
    Execution.objects.filter(pk=execution.pk).update(ready_at=timezone.now())


def test_failed_attempt_waits_for_the_next_and_shows_why(retried, worker, server):  # noqa: F811
    execution = retried(failing(server))
    worker.work()
    found = row(execution)
    assert (found.status, found.waits_for, found.attempt) == (Status.QUEUED, Wait.RETRY, 2)
    assert (found.error_type, found.error_node_name) == ("Gone", "boom")
    assert 595 < (found.ready_at - timezone.now()).total_seconds() < 725


def test_next_attempt_goes_on_at_the_failed_step_and_the_last_one_is_a_dead_letter(retried, worker, server):  # noqa: F811
    execution = retried(failing(server))
    for _ in range(3):
        worker.work()
        due(execution) if row(execution).status == Status.QUEUED else None
    found = row(execution)
    assert (found.status, found.attempt, found.error_type) == (Status.DEAD_LETTER, 3, "Gone")
    assert server.keys == [f"{execution.pk}-1"]
    attempts = LogEntry.objects.filter(execution=execution, node_name="boom").order_by("seq")
    assert [(entry.attempt, entry.is_void) for entry in attempts] == [(1, True), (2, True), (3, True)]


def test_attempt_that_starts_anew_repeats_everything_under_new_keys(retried, worker, server):  # noqa: F811
    execution = retried(failing(server), retry_attempts=2, retry_anew=True)
    worker.work()
    due(execution)
    worker.work()
    assert row(execution).status == Status.DEAD_LETTER
    assert server.keys == [f"{execution.pk}-1", f"{execution.pk}.1-1"]


@pytest.mark.parametrize(
    ("policy", "error", "status"),
    [
        ({"retry_attempts": 1}, {}, Status.FAILED),
        ({}, {"retryable": False}, Status.FAILED),
        ({"retry_every_error": True}, {"retryable": False}, Status.QUEUED),
        ({"retry_never": ["Gone"]}, {}, Status.FAILED),
        ({"retry_never": ["Other"]}, {}, Status.QUEUED),
    ],
)
def test_policy_says_which_errors_are_worth_another_attempt(retried, worker, server, policy, error, status):  # noqa: F811
    execution = retried(failing(server, **error), **policy)
    worker.work()
    assert row(execution).status == status


def test_on_error_runs_after_the_last_attempt_alone(retried, worker, server):  # noqa: F811
    drawn = failing(server)
    told = graph("error: OnError", node("told", "Log", message="told"), "error > told")
    drawn = {
        "nodes": [*drawn["nodes"], *told["nodes"]],
        "edges": [*drawn["edges"], *({**edge, "id": f"t{edge['id']}"} for edge in told["edges"])],
        "variables": [],
    }
    execution = retried(drawn, retry_attempts=2)
    worker.work()
    assert not LogEntry.objects.filter(execution=execution, node_name="told").exists()
    due(execution)
    worker.work()
    assert LogEntry.objects.filter(execution=execution, node_name="told").count() == 1


def test_run_of_a_draft_is_not_tried_again(started, worker, server):  # noqa: F811
    execution = started(failing(server), version_number=None, mode="test")
    worker.work()
    assert row(execution).status == Status.FAILED


# --- Callees ----------------------------------------------------------------------------------------------------------


def waiting_callee(*parts):
    wait = node("wait", "Delay", seconds=600)
    return callee(wait, *parts, wires="called > wait, wait > answer, called.n > double.a, double.result > answer.total")


def test_caller_of_a_callee_that_waits_holds_no_worker_and_gets_its_result(started, deployed, worker, other):
    parent = started(calling(deployed(waiting_callee()), n=4))
    worker.work()
    child = Execution.objects.get(parent=parent)
    assert (row(parent).status, row(parent).waits_for) == (Status.QUEUED, Wait.CALLEE)
    assert (row(child).status, row(child).waits_for) == (Status.QUEUED, Wait.TIME)
    past(child)
    other.work()
    other.work()
    assert row(parent).result == {"total": 8, "executionId": str(child.pk)}


def test_callees_of_parallel_branches_run_at_the_same_time(started, deployed, worker):
    target = deployed(waiting_callee())
    calls = [node(f"c{i}", "CallPattern", {"pattern": str(target.pk)}, n=i) for i in range(3)]
    drawn = graph(
        "start: OnStart",
        node("p", "Parallel", {"outputs": 3}),
        *calls,
        node("say", "Log", message="all"),
        "start > p, p.branch0 > c0, p.branch1 > c1, p.branch2 > c2, p.completed > say",
    )
    parent = started(drawn)
    worker.work()
    worker.work()
    children = list(Execution.objects.filter(parent=parent))
    assert [(child.status, child.waits_for) for child in children] == [(Status.QUEUED, Wait.TIME)] * 3
    for child in children:
        past(child)
    worker.work()
    worker.work()
    assert row(parent).status == Status.COMPLETED
    assert Execution.objects.count() == 4


def test_callee_of_a_limited_pattern_is_queued_like_everybody_else(started, deployed, worker):
    target = deployed(callee())
    Deployment.objects.filter(pk=target.pk).update(concurrency_limit=1)
    parent = started(calling(target, n=4))
    worker.work()
    child = Execution.objects.get(parent=parent)
    assert (child.status, child.concurrency, row(parent).waits_for) == (Status.QUEUED, 1, Wait.CALLEE)
    worker.work()
    worker.work()
    assert row(parent).status == Status.COMPLETED


def test_failed_callee_goes_on_where_it_failed_when_its_caller_is_tried_again(retried, deployed, worker, server):  # noqa: F811
    boom = node("boom", "ThrowError", message="no", retryable=True)
    target = deployed(callee(posts(server, "a"), boom, wires="called > a, a > boom"))
    parent = retried(calling(target), retry_attempts=2)
    worker.work()
    child = Execution.objects.get(parent=parent)
    assert (row(child).status, row(parent).waits_for) == (Status.FAILED, Wait.RETRY)
    due(parent)
    worker.work()
    assert (row(child).status, row(child).attempt, row(parent).waits_for) == (Status.QUEUED, 2, Wait.CALLEE)
    worker.work()
    worker.work()
    assert (row(child).status, row(parent).status) == (Status.FAILED, Status.DEAD_LETTER)
    assert server.keys == [f"{child.pk}-1"]
    assert Execution.objects.count() == 2


def test_callee_that_is_tried_again_by_its_own_policy_lets_its_caller_wait(started, deployed, worker):
    boom = node("boom", "ThrowError", message="no", retryable=True)
    target = deployed(callee(boom, wires="called > boom"))
    Deployment.objects.filter(pk=target.pk).update(retry_attempts=2, retry_first_delay_s=600)
    parent = started(calling(target))
    worker.work()
    child = Execution.objects.get(parent=parent)
    assert (row(child).waits_for, row(parent).waits_for) == (Wait.RETRY, Wait.CALLEE)
    due(child)
    worker.work()
    worker.work()
    assert (row(child).status, row(parent).status) == (Status.DEAD_LETTER, Status.FAILED)


def test_attempt_that_starts_anew_has_an_address_of_its_own_and_the_old_one_is_closed(retried, worker):
    drawn = listening()
    drawn["nodes"].append(node("boom", "ThrowError", message="no", retryable=True))
    received = graph("received > boom")["edges"][0]
    execution = retried({**drawn, "edges": [*drawn["edges"], {**received, "id": "x"}]}, retry_anew=True)
    worker.work()
    answered(execution, body={}, query={}, method="POST")
    worker.work()
    due(execution)
    worker.work()
    assert row(execution).waits_for == Wait.WEBHOOK
    first, second = Hook.objects.filter(execution=execution).order_by("created_at")
    assert (first.closed_at is not None, second.closed_at, second.key) == (True, None, f"1:{first.key}")


def test_run_that_waited_for_the_database_before_it_began_has_all_its_time(started, worker):
    execution = started(delayed(), time_limit_s=5)
    batch = worker.take()
    outage = timedelta(minutes=10)
    batch.claimed_at -= outage.total_seconds()
    Execution.objects.filter(pk=execution.pk).update(deadline_at=timezone.now() + timedelta(seconds=5) - outage)
    batch.run()
    assert row(execution).waits_for == Wait.TIME
    assert timedelta(seconds=4) < row(execution).time_left <= timedelta(seconds=5)


# --- Timeout around what waits ----------------------------------------------------------------------------------------


def limited(seconds, *inside, wires):
    limit = node("limit", "Timeout", seconds=seconds)
    says = [node(name, "Log", message=name) for name in ("done", "late")]
    outside = "start > limit, limit.completed > done, limit.timedOut > late"
    return graph("start: OnStart", limit, *says, *inside, outside, wires)


def names_of(execution):
    return list(LogEntry.objects.filter(execution=execution).order_by("seq").values_list("node_name", flat=True))


@pytest.mark.parametrize("gone", [False, True])
def test_parked_wait_ends_when_the_timeout_around_it_is_over(started, worker, other, gone):
    execution = started(limited(1.2, node("wait", "Delay", seconds=600), wires="limit.body > wait"))
    worker.work()
    parked = row(execution)
    assert (parked.waits_for, parked.ready_at - timezone.now() < timedelta(seconds=2)) == (Wait.TIME, True)
    sleep(max(0, (parked.ready_at - timezone.now()).total_seconds()) + 0.05)
    (other if gone else worker).work()
    assert (row(execution).status, names_of(execution)[-1]) == (Status.COMPLETED, "late")


def test_call_does_not_hold_up_the_timeout_around_it_and_is_canceled(started, deployed, worker, other):
    target = deployed(waiting_callee())
    call = node("call", "CallPattern", {"pattern": str(target.pk)}, n=1)
    parent = started(limited(1.2, call, wires="limit.body > call"))
    worker.work()
    child = Execution.objects.get(parent=parent)
    other.work()
    assert (row(parent).waits_for, row(child).waits_for) == (Wait.CALLEE, Wait.TIME)
    sleep(max(0, (row(parent).ready_at - timezone.now()).total_seconds()) + 0.05)
    worker.work()
    assert (row(parent).status, names_of(parent)[-1]) == (Status.COMPLETED, "late")
    assert row(child).status == Status.CANCELED


def test_call_that_ends_in_time_completes_within_its_timeout(started, deployed, worker):
    call = node("call", "CallPattern", {"pattern": str(deployed(callee()).pk)}, n=4)
    parent = started(limited(60, call, wires="limit.body > call"))
    for _ in range(3):
        worker.work()
    assert (row(parent).status, names_of(parent)[-1]) == (Status.COMPLETED, "done")


def test_address_is_closed_when_the_timeout_around_its_wait_is_over(started, worker):
    hook = node("hook", "WaitForWebhook", timeoutS=600)
    execution = started(limited(1.2, hook, wires="limit.body > hook"))
    worker.work()
    sleep(max(0, (row(execution).ready_at - timezone.now()).total_seconds()) + 0.05)
    worker.work()
    assert (row(execution).status, names_of(execution)[-1]) == (Status.COMPLETED, "late")
    assert Hook.objects.get(execution=execution).closed_at is not None


def test_callee_whose_row_was_deleted_is_called_anew(started, deployed, worker):
    parent = started(calling(deployed(waiting_callee()), n=4))
    worker.work()
    Execution.objects.filter(parent=parent).delete()
    due(parent)
    worker.work()
    assert (row(parent).waits_for, Execution.objects.filter(parent=parent).count()) == (Wait.CALLEE, 1)
