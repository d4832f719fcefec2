"""State in a real database: kept between runs, changed exactly once, and at the same time by many."""

import json
import subprocess
import sys
from datetime import timedelta
from itertools import chain as joined
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from deployments.housekeeping import prune
from executions import state
from executions.actions.start_execution import start_execution
from executions.models import LogEntry, State
from executions.persistence import writing
from executions.state import Store
from executions.status import Mode, Status, Trigger
from patterns.actions import delete_pattern
from patterns.actions.take_snapshot import take_snapshot
from tests.executions.test_batch import log_of, row, taken_away
from tests.executions.test_survival import deaf_commit  # noqa: F401 (a fixture)
from tests.graphs import chain, graph, node
from tests.threads import at_once

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
NASTY = {"\x00\ud800": ["\x00", "\udfff", 2**70, 0.1, None, True, b"\x00\xff", {"$binary": "AA=="}]}


def counts(times=1, key="n", **pins):
    return chain("start: OnStart", *(node(f"count{n}", "IncrementState", key=key, **pins) for n in range(times)))


def again(execution, mode=Mode.LIVE, event=None):
    """Another run of the same pattern."""
    return start_execution(
        pattern_id=execution.pattern_id,
        snapshot_id=take_snapshot(execution.pattern).pk,
        event=event,
        version_number=1,
        mode=mode,
        trigger=Trigger.MANUAL,
    )


def store_of(execution, mode=Mode.LIVE):
    return Store(execution.pattern_id, mode)


def kept(execution, key="n", mode=Mode.LIVE):
    return store_of(execution, mode).get(key, None)


def keep(execution, key, value, lasts_s=0):
    with writing():
        store_of(execution).set(key, value, lasts_s)


# --- What outlives a run ----------------------------------------------------------------------------------------------


def test_count_goes_on_from_run_to_run(started, worker):
    first = started(counts(2))
    worker.work()
    second = again(first)
    worker.work()
    assert (row(first).result, row(second).result) == ({"newValue": 2}, {"newValue": 4})
    assert kept(first) == 4


def test_value_of_any_type_comes_back_as_it_was(started, worker):
    execution = started(
        graph(
            "hook: OnWebhook",
            node("keep", "SetState", key="k"),
            node("get", "GetState", key="k"),
            "hook > keep, keep > get, hook.body > keep.value",
        ),
        {"body": {**NASTY, "plain": 1}},
    )
    worker.work()
    assert row(execution).status == Status.COMPLETED
    assert kept(execution, "k") == row(execution).result["value"] == row(execution).event["body"]
    keep(execution, "k", NASTY)
    assert kept(execution, "k") == NASTY


def test_deleted_key_holds_nothing(started, worker):
    execution = started(
        chain("start: OnStart", node("drop", "DeleteState", key="n"), node("get", "GetState", key="n", default=7))
    )
    keep(execution, "n", 3)
    worker.work()
    assert json.loads(log_of(execution)[1].output) == {"value": 3}
    assert row(execution).result == {"value": 7}
    assert not State.objects.exists()


def test_patterns_do_not_see_each_other(started, worker):
    first, second = started(counts()), started(counts())
    worker.work()
    assert (kept(first), kept(second)) == (1, 1)


def test_called_pattern_uses_its_own_state(started, deployed, worker):
    called = node("called", "OnPatternCall", {"inputs": [], "outputs": []})
    target = deployed(chain(called, node("count", "IncrementState", key="n", amount=10)))
    caller = node("call", "CallPattern", {"pattern": str(target.pk)})
    parent = started(chain("start: OnStart", caller, node("count", "IncrementState", key="n")))
    worker.work()
    assert row(parent).status == Status.COMPLETED
    assert (kept(parent), Store(target.pk, Mode.LIVE).get("n", None)) == (1, 10)


def test_test_run_leaves_alone_what_live_runs_keep(started, worker):
    live = started(counts())
    worker.work()
    trial = again(live, Mode.TEST)
    worker.work()
    assert row(trial).result == {"newValue": 1}
    assert (kept(live), kept(live, mode=Mode.TEST)) == (1, 1)


def test_state_goes_with_its_pattern(started, worker):
    execution = started(counts())
    worker.work()
    delete_pattern(execution.pattern)
    assert not State.objects.exists()


# --- Expiry -----------------------------------------------------------------------------------------------------------


def pass_time(**time):
    moved = {row.pk: row.expires_at - timedelta(**time) for row in State.objects.exclude(expires_at=None)}
    for pk, expires_at in moved.items():
        State.objects.filter(pk=pk).update(expires_at=expires_at)


def test_expired_key_is_as_good_as_deleted(started):
    execution = started()
    keep(execution, "a", 1, lasts_s=60)
    assert kept(execution, "a") == 1
    pass_time(seconds=61)
    assert kept(execution, "a") is None
    with writing():
        assert store_of(execution).delete("a") is None


def test_count_that_has_expired_begins_anew_and_lasts_from_its_beginning(started):
    execution = started()

    def count():
        with writing():
            return store_of(execution).increment("n", 1, 60)

    assert [count(), count()] == [1, 2]
    first = State.objects.get().expires_at
    pass_time(seconds=30)
    assert count() == 3
    assert State.objects.get().expires_at < first
    pass_time(seconds=31)
    assert [count(), count()] == [1, 2]
    assert State.objects.get().expires_at > timezone.now() + timedelta(seconds=50)


def test_key_that_is_set_anew_lasts_as_it_is_told_last(started):
    execution = started()
    keep(execution, "a", 1, lasts_s=60)
    keep(execution, "a", 2)
    assert State.objects.get().expires_at is None


def test_housekeeping_forgets_what_has_expired_and_nothing_else(started):
    execution = started()
    keep(execution, "for ever", 1)
    keep(execution, "long", 1, lasts_s=3600)
    keep(execution, "short", 1, lasts_s=60)
    pass_time(seconds=61)
    prune()
    assert set(State.objects.values_list("key", flat=True)) == {"for ever", "long"}


# --- Refusals ---------------------------------------------------------------------------------------------------------


def test_refused_change_fails_its_step_and_leaves_the_value(started, worker):
    execution = started(counts())
    keep(execution, "n", "three")
    worker.work()
    found = row(execution)
    assert (found.status, found.error_node_name, found.error_type) == (Status.FAILED, "count0", "ValueError")
    assert found.error_message == "Key “n” holds 'three' (String), which is not a number"
    assert kept(execution) == "three"
    assert [(e.seq, e.level, e.node_name) for e in log_of(execution)] == [(1, "info", "start"), (2, "error", "count0")]


def test_refused_change_is_caught_and_others_of_the_batch_go_on(started, worker):
    caught = started(
        graph(
            "start: OnStart",
            "try: TryCatch",
            node("count", "IncrementState", key="n"),
            node("keep", "SetState", key="n", value=0),
            "start > try, try.try > count, try.catch > keep, try.error > keep.value",
        )
    )
    behind = started(counts())
    keep(caught, "n", [])
    worker.work()
    assert row(caught).status == row(behind).status == Status.COMPLETED
    assert kept(caught)["nodeName"] == "count"
    assert kept(behind) == 1


@pytest.mark.parametrize(
    "change", [lambda store, key: store.set(key, 1, 0), lambda store, key: store.increment(key, 1, 0)]
)
def test_pattern_may_have_so_many_keys_and_no_more(started, monkeypatch, change):
    monkeypatch.setattr(state, "KEYS", 3)
    execution = started()
    for key in ("a", "b", "c"):
        keep(execution, key, 1)
    with writing(), pytest.raises(Exception, match="keeps 3 keys, which is the limit"):
        change(store_of(execution), "d")
    keep(execution, "a", 2)  # a key that is there may change
    assert (kept(execution, "a"), kept(execution, "d")) == (2, None)


# --- Exactly once -----------------------------------------------------------------------------------------------------


def test_each_change_takes_one_transaction_that_writes_its_entry_too(started, worker):
    execution = started(counts(3))
    batch, written = worker.take(), []
    write = batch._write

    def watching(work):
        write(work)
        written.append((kept(execution), LogEntry.objects.count()))

    batch._write = watching
    batch.run()
    assert written == [(1, 2), (2, 3), (3, 4), (3, 4)]  # the last one writes the end


def test_run_that_goes_on_elsewhere_counts_nothing_twice(started, worker, other):
    execution = started(counts(4))
    batch = worker.take()
    write = batch._write

    def losing(work):
        write(work)
        if kept(execution) == 2:
            taken_away(worker)

    batch._write = losing
    batch.run()
    assert (row(execution).status, kept(execution)) == (Status.QUEUED, 2)
    other.work()
    assert (row(execution).status, kept(execution)) == (Status.COMPLETED, 4)
    assert row(execution).result == {"newValue": 4}
    assert [entry.seq for entry in log_of(execution)] == [1, 2, 3, 4, 5]


def test_worker_that_has_lost_its_run_changes_nothing(started, worker, other):
    execution = started(counts(2))
    batch = worker.take()
    taken_away(worker)
    batch.run()
    assert (kept(execution), row(execution).status) == (None, Status.QUEUED)
    other.work()
    assert kept(execution) == 2


@pytest.mark.django_db(transaction=True)
def test_change_whose_commit_was_not_heard_of_is_made_once(started, worker, deaf_commit):  # noqa: F811
    execution = started(counts(3))
    batch = worker.take()
    write, times = batch._write, iter(range(9))

    def deaf(work):
        if next(times) < 3:
            deaf_commit()
        write(work)

    batch._write = deaf
    batch.run()
    assert (row(execution).status, row(execution).result) == (Status.COMPLETED, {"newValue": 3})
    assert kept(execution) == 3
    assert [entry.seq for entry in log_of(execution)] == [1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails_at", range(1, 12))
def test_database_that_goes_away_at_any_statement_changes_nothing_twice(started, worker, fails_at):
    execution = started(
        graph(
            "start: OnStart",
            node("count", "IncrementState", key="n"),
            node("keep", "SetState", key="k"),
            node("get", "GetState", key="n"),
            "start > count, count > keep, count.newValue > keep.value, keep > get",
        )
    )
    batch, statements = worker.take(), iter(range(1, 100))

    def asked(execute, sql, params, many, context):
        if next(statements) == fails_at + 1:  # not the first, which reads the plan
            raise OperationalError("the server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(asked):
        batch.run()
    assert (row(execution).status, row(execution).result) == (Status.COMPLETED, {"value": 1})
    assert (kept(execution), kept(execution, "k")) == (1, 1)
    assert [entry.seq for entry in log_of(execution)] == [1, 2, 3, 4]


def test_what_was_drawn_for_a_change_is_recorded_with_it(started, worker, other):
    execution = started(
        graph(
            "start: OnStart",
            node("keep", "SetState", key="k"),
            node("id", "RandomInteger", min=1, max=10**9),
            node("again", "SetState", key="again"),
            "start > keep, id.result > keep.value, keep > again, keep.value > again.value",
        )
    )
    batch = worker.take()
    write, times = batch._write, iter(range(9))

    def losing(work):
        write(work)
        if next(times) == 0:
            taken_away(worker)

    batch._write = losing
    batch.run()
    drawn = kept(execution, "k")
    other.work()
    assert kept(execution, "k") == kept(execution, "again") == drawn


def test_further_attempt_does_not_repeat_what_was_counted(started, worker):
    from executions.actions import retry

    flaky = graph(
        "start: OnStart",
        node("count", "IncrementState", key="n"),
        node("get", "IncrementState", key="flag"),
        "start > count, count > get",
    )
    execution = started(flaky)
    keep(execution, "flag", "not a number")
    worker.work()
    assert (row(execution).status, kept(execution)) == (Status.FAILED, 1)
    keep(execution, "flag", 0)
    retry(execution.pk, None)
    worker.work()
    assert (row(execution).status, kept(execution), kept(execution, "flag")) == (Status.COMPLETED, 1, 1)


# --- At the same time -------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_eight_threads_that_count_lose_nothing(started):
    execution = started()

    def count():
        seen = []
        for _ in range(25):
            with writing():
                seen.append(store_of(execution).increment("n", 1, 0))
        return seen

    seen = at_once(*[count] * 8)
    assert sorted(joined.from_iterable(seen)) == list(range(1, 201))
    assert kept(execution) == 200


@pytest.mark.django_db(transaction=True)
def test_of_those_that_take_a_key_at_once_one_alone_gets_it(started):
    execution = started()
    for _ in range(5):
        keep(execution, "token", "it")

        def take():
            with writing():
                return store_of(execution).delete("token")

        assert sorted(map(str, at_once(*[take] * 4))) == ["None", "None", "None", "it"]


COUNTING = """
import django; django.setup()
from executions.persistence import writing
from executions.state import Store
for _ in range(100):
    with writing():
        Store({pattern!r}, "live").increment("n", 1, 0)
"""


@pytest.mark.django_db(transaction=True)
def test_three_processes_that_count_lose_nothing(started, process_env):
    execution = started()
    code = COUNTING.format(pattern=str(execution.pattern_id))
    processes = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env={**process_env, "PYTHONPATH": str(ROOT)})
        for _ in range(3)
    ]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    assert kept(execution) == 300
