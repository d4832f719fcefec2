"""Batches: several runs written together, and none of them a danger to the others."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from executions.models import Execution, LogEntry
from executions.queue import claim
from executions.recovery import recover
from executions.status import Status
from executions.worker import drain
from patterns.models import Snapshot
from tests.graphs import chain, graph, node, variable

pytestmark = pytest.mark.django_db


def row(execution):
    return Execution.objects.get(pk=execution.pk)


def log_of(execution):
    return list(LogEntry.objects.filter(execution=execution).order_by("seq"))


def says(message="hello", **properties):
    return chain("start: OnStart", node("say", "Log", message=message, **properties))


@pytest.fixture
def server(settings):
    """A server that remembers the Idempotency-Key of each request, and may be told what to do at one."""
    settings.HTTP_ALLOW = "127.0.0.1"

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.server.keys.append(self.headers["Idempotency-Key"])
            self.server.at_request()
            body = b'{"ok":true}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.keys, found.at_request = [], lambda: None
    Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


def posts(server, name="post"):
    return node(name, "HTTPRequest", url=f"http://127.0.0.1:{server.server_port}/", method="POST")


# --- Several runs -----------------------------------------------------------------------------------------------------


def test_ten_short_runs_are_written_in_one_transaction(started, worker):
    executions = [started(says()) for _ in range(10)]
    batch = worker.take()
    with CaptureQueriesContext(connection) as captured:
        batch.run()
    statements = [query["sql"].split()[0] for query in captured]
    assert statements.count("SAVEPOINT") == 1
    assert statements.count("SELECT") == 10  # a plan for each pattern
    assert statements.count("UPDATE") == 1  # how all of them ended
    assert sum("INSERT" in query["sql"] for query in captured) <= 1  # all their entries; COPY is not captured
    assert LogEntry.objects.count() == 20
    assert {row(execution).status for execution in executions} == {Status.COMPLETED}


def test_of_runs_that_end_together_only_those_the_worker_still_holds_are_written(started, worker, other):
    executions = [started(says()) for _ in range(3)]
    batch = worker.take()
    Execution.objects.filter(pk=executions[1].pk).update(worker=other.worker_id)
    Execution.objects.filter(pk=executions[2].pk).update(status=Status.CANCELED, worker=None, ended_at=timezone.now())
    batch.run()
    assert [row(execution).status for execution in executions] == [Status.COMPLETED, Status.RUNNING, Status.CANCELED]
    assert set(LogEntry.objects.values_list("execution_id", flat=True)) == {executions[0].pk}


def test_log_names_each_node_with_time_message_and_values(started, worker):
    execution = started(says(message="hi"))
    worker.work()
    start, say = log_of(execution)
    assert (start.node_name, say.node_name, say.message, say.level) == ("start", "say", "hi", "info")
    assert json.loads(say.inputs) == {"message": "hi", "level": "info"}
    assert say.duration_us is not None


def test_effect_gives_back_the_runs_behind_it_and_writes_those_before(started, worker, other, server):
    before, slow, behind = started(says()), started(chain("start: OnStart", posts(server))), started(says())
    seen = {}

    def look():
        seen.update({e.pk: e.status for e in Execution.objects.all()})

    batch = worker.take()
    look_before = batch.before_effect

    def looking(run, blocks):
        look_before(run, blocks)
        look()

    batch.before_effect = looking
    batch.run()
    assert seen == {before.pk: Status.COMPLETED, slow.pk: Status.RUNNING, behind.pk: Status.QUEUED}
    assert batch.has_blocked
    assert row(slow).status == Status.COMPLETED
    assert [e.pk for e in claim(other.worker_id, 10)] == [behind.pk]


def test_drain_runs_until_nothing_is_queued(started, worker, valkey):
    executions = [started(says()) for _ in range(40)]
    assert drain(worker) == 40
    assert {row(e).status for e in executions} == {Status.COMPLETED}


# --- What is hard to store --------------------------------------------------------------------------------------------


NASTY = {"a": "\x00", "b": "\ud800", "\udfff\x00": [10**300, "\x00\ud800"]}


def test_nul_characters_and_lone_surrogates_pass_through_event_log_and_result(started, worker):
    drawn = graph(
        "hook: OnWebhook",
        node("say\x00\ud800", "Log"),
        "stop: Stop",
        "hook > say\x00\ud800, say\x00\ud800 > stop, hook.body > say\x00\ud800.message, hook.body > stop.result",
    )
    execution = started(drawn, {"body": NASTY})
    worker.work()
    found = row(execution)
    assert (found.status, found.event, found.result) == (Status.COMPLETED, {"body": NASTY}, NASTY)
    say = log_of(execution)[1]
    assert say.node_name == "say\\x00\\ud800"
    assert json.loads(say.inputs)["message"] == NASTY


def test_error_with_nul_characters_and_lone_surrogates_is_kept_readable(started, worker):
    execution = started(chain("start: OnStart", node("boom", "ThrowError", message="a\x00\ud800b", type="\x00")))
    worker.work()
    assert (row(execution).error_message, row(execution).error_type) == ("a\\x00\\ud800b", "\\x00")


def test_labels_and_ids_longer_than_their_columns_are_cut(started, worker):
    drawn = chain("start: OnStart", node("\x00" * 200, "ThrowError", message="x"))
    drawn["nodes"][1]["data"]["label"] = "ü" * 1000
    execution = started(drawn)
    worker.work()
    assert row(execution).error_node_name == "ü" * 200
    assert log_of(execution)[1].node_name == "ü" * 200


def test_log_value_of_50_megabytes_is_cut_in_the_log(started, worker):
    execution = started(
        graph("hook: OnWebhook", "say: Log", "hook > say, hook.body > say.message"), {"body": "x" * 50_000_000}
    )
    worker.work()
    say = log_of(execution)[1]
    assert row(execution).status == Status.COMPLETED
    assert len(say.message) == 10_000
    assert json.loads(say.inputs)["message"]["$cut"]["size"] == 50_000_002
    assert len(say.inputs) < 5_000


def deep_graph(*after, wires=""):
    """Nests an Array 2,000 levels deep in the variable `v`."""
    return graph(
        "start: OnStart",
        node("loop", "ForRange", end=2000),
        node("list", "Append", array="[]"),
        node("get", "GetVariable", name="v"),
        node("set", "SetVariable", name="v"),
        *after,
        "start > loop, loop.body > set, list.result > set.value, get.value > list.item",
        wires,
        variables=[variable("v", "Array")],
    )


def test_value_nested_too_deeply_is_shown_by_its_type_and_harms_nobody(started, worker):
    deep = started(deep_graph("stop: Stop", wires="loop.completed > stop, get.value > stop.result"))
    plain = started(says())
    worker.work()
    assert {row(deep).status, row(plain).status} == {Status.COMPLETED}
    assert row(deep).result["$cut"]["type"] == "Array"


# --- Poison -----------------------------------------------------------------------------------------------------------


def test_run_that_the_database_refuses_takes_no_other_down(started, worker):
    """Its first entry's number is taken already, which no run can cause; it stands for whatever may be refused."""
    poisoned, plain = started(says()), started(says())
    batch = worker.take()
    LogEntry.objects.create(execution=poisoned, seq=1, key="x", at=poisoned.created_at, level="info")
    batch.run()
    assert (row(plain).status, len(log_of(plain))) == (Status.COMPLETED, 2)
    assert (row(poisoned).status, row(poisoned).error_type) == (Status.FAILED, "NotStorable")


def test_open_run_whose_journal_is_refused_fails_instead_of_going_on(started, worker, server):
    poisoned = started(chain("start: OnStart", posts(server, "one"), posts(server, "two")))
    batch = worker.take()
    LogEntry.objects.create(execution=poisoned, seq=1, key="x", at=poisoned.created_at, level="info")
    batch.run()
    assert (row(poisoned).status, row(poisoned).error_type) == (Status.FAILED, "InternalError")
    assert len(server.keys) <= 1  # none where the run had to write before its first request


def test_fault_of_the_journal_is_not_caught_by_try(started, worker, server):
    drawn = graph(
        "start: OnStart",
        "try: TryCatch",
        posts(server, "one"),
        posts(server, "two"),
        node("caught", "Log", message="caught"),
        "start > try, try.try > one, one > two, try.catch > caught",
    )
    poisoned = started(drawn)
    batch = worker.take()
    LogEntry.objects.create(execution=poisoned, seq=1, key="x", at=poisoned.created_at, level="info")
    batch.run()
    assert row(poisoned).error_type == "InternalError"


def test_run_that_cannot_begin_fails_and_lets_the_others_run(started, worker):
    broken, plain = started(says()), started(says())
    Snapshot.objects.filter(pk=broken.snapshot_id).update(interfaces={"p": {}})
    worker.work()
    assert (row(broken).status, row(broken).error_type) == (Status.FAILED, "InternalError")
    assert row(plain).status == Status.COMPLETED


def test_version_that_no_longer_compiles_fails_its_run_and_says_why(started, worker):
    broken = started(says())
    Snapshot.objects.filter(pk=broken.snapshot_id).update(graph=graph("start: OnStart", "old: NoSuchNode"))
    worker.work()
    assert row(broken).error_type == "CompileFailed"
    assert "NoSuchNode" in row(broken).error_message


@pytest.mark.django_db(transaction=True)
def test_database_that_is_away_for_a_moment_fails_nothing(started, worker):
    execution = started(says())
    batch = worker.take()
    away = iter(range(2))

    def asked(execute, sql, params, many, context):
        if next(away, None) is not None:
            raise OperationalError("the server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(asked):
        batch.run()
    assert row(execution).status == Status.COMPLETED


# --- Losing a run -----------------------------------------------------------------------------------------------------


def taken_away(worker):
    """Another worker has taken over what this one holds."""
    from executions.models import Worker

    recover(Worker.objects.filter(pk=worker.worker_id))


def test_run_that_belongs_to_another_worker_now_is_dropped_and_the_batch_goes_on(started, worker, other, server):
    first = started(chain("start: OnStart", posts(server, "one"), posts(server, "two")))
    batch = worker.take()
    after_effect = batch.after_effect

    def losing():
        taken_away(worker)
        after_effect()

    batch.after_effect = losing
    batch.run()  # does not raise: a worker's thread must outlive a lost run
    assert (row(first).status, row(first).recoveries) == (Status.QUEUED, 1)
    assert len(server.keys) == 1
    other.work()
    assert row(first).status == Status.COMPLETED
    # The first effect's outcome was not written when its worker was lost: it is repeated under the same key.
    assert server.keys == [f"{first.pk}-1", f"{first.pk}-1", f"{first.pk}-2"]


def test_recorded_effect_is_not_repeated_by_the_next_worker(started, worker, other, server):
    first = started(chain("start: OnStart", posts(server, "one"), posts(server, "two"), posts(server, "three")))
    batch = worker.take()
    before_effect, asked = batch.before_effect, []

    def losing(run, blocks):
        before_effect(run, blocks)
        asked.append(run)
        if len(asked) == 3:
            taken_away(worker)

    batch.before_effect = losing
    batch.run()
    assert row(first).status == Status.QUEUED
    other.work()
    assert row(first).status == Status.COMPLETED
    assert server.keys == [f"{first.pk}-{step}" for step in (1, 2, 3, 3)]
    assert [entry.seq for entry in log_of(first)] == [1, 2, 3, 4]


def test_end_of_a_run_that_was_lost_meanwhile_is_not_written(started, worker, other):
    execution, plain = started(says()), started(says())
    batch = worker.take()
    taken_away(worker)
    batch.run()
    assert {row(execution).status, row(plain).status} == {Status.QUEUED}
    assert not log_of(execution)


def test_heartbeat_shows_the_entries_of_a_long_run_and_gives_back_what_waits(started, worker, settings):
    long_run = started(graph("start: OnStart", node("say", "Log", message="x"), "start > say, say > say"))
    behind = started(says())
    batch = worker.take()
    looks = []

    def look(run):
        looks.append(run)
        if len(looks) == 3:
            batch.written_at = 0
            batch.flush_if_stale()
        return Status.CANCELED if len(looks) > 5 else None

    batch.look = look
    batch.run()
    assert row(behind).status == Status.QUEUED
    assert row(long_run).status == Status.CANCELED
    seqs = [entry.seq for entry in log_of(long_run)]
    assert seqs == list(range(1, len(seqs) + 1))


def test_canceled_run_that_lost_its_worker_does_not_begin_again(started, worker, server):
    execution = started(chain("start: OnStart", posts(server)))
    Execution.objects.filter(pk=execution.pk).update(cancel_requested=True)
    worker.work()
    assert row(execution).status == Status.CANCELED
    assert server.keys == []
