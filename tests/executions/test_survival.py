"""What a worker may do when it was away, is asked to leave, or does not hear of its own commit."""

import os
import signal
import subprocess
import sys
from time import monotonic, sleep, time

import pytest
from django.db import OperationalError, connection

from executions.batch import Fault
from executions.clock import Clock
from executions.models import Execution, LogEntry, Worker
from executions.queue import claim
from executions.recovery import requeue
from executions.status import Status
from executions.worker import drain
from tests.executions.test_batch import posts, row, server  # noqa: F401 (a fixture)
from tests.executions.test_recovery import lose
from tests.graphs import chain, graph, node

pytestmark = pytest.mark.django_db(transaction=True)
DECLARED = {"inputs": [], "outputs": [{"name": "Total", "type": "Any"}]}


def two_posts(server):  # noqa: F811
    return chain("start: OnStart", posts(server, "first"), posts(server, "second"))


def numbers_of(execution):
    return list(LogEntry.objects.filter(execution=execution).order_by("seq").values_list("seq", flat=True))


@pytest.fixture
def deaf_commit(monkeypatch):
    """deaf_commit() -> the next commit is made, and the connection breaks before the answer."""
    commit, armed = connection.commit, []

    def deaf():
        commit()
        if armed:
            armed.clear()
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(connection, "commit", deaf)
    return lambda: armed.append(True)


def test_run_goes_on_when_the_answer_to_its_commit_was_lost(started, worker, server, deaf_commit):  # noqa: F811
    execution = started(two_posts(server))
    server.at_request = lambda: deaf_commit() if len(server.keys) == 1 else None
    worker.work()
    assert (row(execution).status, row(execution).error_message) == (Status.COMPLETED, "")
    assert len(server.keys) == len(set(server.keys)) == 2
    assert numbers_of(execution) == [1, 2, 3]


def test_callee_goes_on_when_the_answer_to_the_commit_of_its_row_was_lost(
    started,
    deployed,
    worker,
    server,  # noqa: F811
    deaf_commit,
):
    answers = graph(
        node("called", "OnPatternCall", DECLARED),
        posts(server),
        node("answer", "RespondWith", total=1),
        "called > post, post > answer",
    )
    target = deployed(answers)
    parent = started(chain("start: OnStart", node("call", "CallPattern", {"pattern": str(target.pk)})))
    batch = worker.take()
    deaf_commit()
    batch.run()
    assert {e.status for e in Execution.objects.all()} == {Status.COMPLETED}
    assert len(server.keys) == 1
    assert numbers_of(parent) == [1, 2]


def test_worker_that_stood_still_starts_no_effect_of_a_run_that_others_hold(started, worker, other, server):  # noqa: F811
    execution = started(chain("start: OnStart", posts(server)))
    batch = worker.take()
    requeue(Execution.objects.all())
    worker._attention.noted_at = time() - 60
    batch.run()
    assert (server.keys, row(execution).status) == ([], Status.QUEUED)
    other.work()
    assert (len(server.keys), row(execution).status) == (1, Status.COMPLETED)


def test_loss_of_a_run_that_has_just_ended_is_not_taken_for_the_loss_of_the_next(started, worker, server):  # noqa: F811
    first, second = started(chain("start: OnStart", posts(server))), started(chain("start: OnStart", posts(server)))
    batch = worker.take()
    server.at_request = lambda: batch.lost.add(first.pk)  # as the heartbeat's thread does
    batch.run()
    worker.work()
    assert row(second).status == Status.COMPLETED
    assert len(server.keys) == 2


def test_fault_met_by_the_heartbeat_fails_the_run_it_happened_to_and_not_the_next(started, worker, server):  # noqa: F811
    first = started(chain("start: OnStart", posts(server)))
    second = started(chain("start: OnStart", node("one", "Log", message="one")))
    batch = worker.take()
    before = batch.before_effect

    def faulty(run, blocks):
        before(run, False)  # gives nothing back, so that the second stays behind the first
        batch.fault = Fault("refused")

    batch.before_effect = faulty
    batch.run()
    worker.work()
    assert (row(first).status, row(first).error_type) == (Status.FAILED, "InternalError")
    assert row(second).status == Status.COMPLETED


# --- Leaving ----------------------------------------------------------------------------------------------------------


def test_worker_that_leaves_gives_its_runs_back_between_two_steps_uncounted(started, worker, other, server):  # noqa: F811
    execution, behind = started(two_posts(server)), started()
    batch = worker.take()
    server.at_request = lambda: worker.leave() if len(server.keys) == 1 else None
    batch.run()
    worker.end()
    assert (row(execution).status, row(execution).recoveries, row(execution).worker) == (Status.QUEUED, 0, None)
    assert (row(behind).status, row(behind).recoveries) == (Status.QUEUED, 0)
    other.work()
    assert row(execution).status == Status.COMPLETED
    assert len(server.keys) == len(set(server.keys)) == 2
    assert numbers_of(execution) == [1, 2, 3]


def test_worker_that_leaves_claims_no_more(started, worker, valkey):
    execution = started()
    worker.leave()
    assert drain(worker) == 0
    assert row(execution).status == Status.QUEUED


def test_worker_process_that_is_asked_to_end_frees_a_long_run_at_once(started, process_env, valkey):
    endless = graph("start: OnStart", node("loop", "ForRange", end=100_000_000), "start > loop")
    execution = started(endless)
    command = [
        sys.executable,
        "-m",
        "celery",
        "--quiet",
        "-A",
        "dragops_site",
        "worker",
        "--pool",
        "threads",
        "-c",
        "2",
    ]
    process = subprocess.Popen(
        [*command, "-l", "WARNING"], env=process_env, cwd=process_env["PYTHONPATH"].split(os.pathsep)[0]
    )
    try:
        _wait_until(lambda: row(execution).status == Status.RUNNING, 40)
        process.send_signal(signal.SIGTERM)
        _wait_until(lambda: row(execution).status == Status.QUEUED, 2)
        assert row(execution).recoveries == 0
        assert process.wait(timeout=10) == 0
        assert not Worker.objects.exists()
    finally:
        process.kill()
        process.wait()


def _wait_until(is_so, seconds):
    until = monotonic() + seconds
    while not is_so():
        assert monotonic() < until
        sleep(0.05)


# --- Judging ----------------------------------------------------------------------------------------------------------


def test_process_that_was_away_itself_takes_nobody_for_lost(started, other):
    """The database was away for a minute: whoever comes back first must not take the others' runs from them."""
    execution, clock = started(), Clock()
    claim(other.worker_id, 1)
    lose(other)
    clock._tick()
    clock._sweep()
    assert (row(execution).status, row(execution).worker_id) == (Status.RUNNING, other.worker_id)
    clock._attention.judges_from = time()  # ten seconds later
    clock._sweep()
    assert (row(execution).status, row(execution).recoveries) == (Status.QUEUED, 1)


# --- The broker away --------------------------------------------------------------------------------------------------


def test_ring_that_cannot_be_delivered_is_given_up_soon(process_env, tmp_path):
    script = (
        "import django; django.setup()\n"
        "import dragops_site.celery\n"
        "from executions import bell\n"
        "from time import monotonic\n"
        "bell.publish(); began = monotonic(); bell.publish(); print(monotonic() - began)"
    )
    env = {**process_env, "REDIS_URL": f"unix://{tmp_path}/nobody.sock"}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 2
