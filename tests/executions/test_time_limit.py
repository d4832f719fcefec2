"""Runs that pass their time limit in ways that the engine cannot stop, in real worker processes."""

import signal
from datetime import timedelta
from time import time

import pytest

from executions.models import Execution, Worker
from executions.presence import LEAVE_S, REPLACE_S, REPLACED
from executions.status import Status
from executions.watchdog import STUCK_S
from tests.executions import harm
from tests.executions.processes import Kept, beat
from tests.graphs import graph, node

pytestmark = pytest.mark.django_db(transaction=True)
BUSY_S = 4  # what a busy machine adds
START_S = 60


def reading(type_name):
    """A pattern that logs what a harmful node gives."""
    return graph("start: OnStart", node("harm", type_name), "say: Log", "start > say, harm.result > say.message")


def loop():
    """A pattern that runs for twenty seconds or more, in small steps: longer than it takes to replace a process."""
    steps = (node("loop", "ForRange", end=50), node("rest", "Delay", seconds=0.4))
    return graph("start: OnStart", *steps, "start > loop, loop.body > rest")


@pytest.fixture(autouse=True)
def _harm():
    with harm.known():
        yield


def row(execution):
    return Execution.objects.get(pk=execution.pk)


def is_there():
    return Worker.objects.filter(name="kept").exists()


def are_in_hand(executions):
    return all(row(execution).status == Status.RUNNING for execution in executions)


def overtime(execution):
    """Seconds between the moment when the time of a run was over and its end."""
    found = row(execution)
    return (found.ended_at - found.started_at - timedelta(seconds=found.time_limit_s)).total_seconds()


def test_run_that_hangs_with_the_interpreters_lock_is_ended_in_time_by_the_clock_of_another_process(
    started, process_env, valkey
):
    """It hangs for longer than beat needs to trust its own eyes."""
    with beat(process_env), Kept(process_env) as kept:
        kept.until(is_there, START_S)
        execution = started(reading("HangWithTheLock"), time_limit_s=12)
        kept.until(lambda: row(execution).status == Status.TIMEOUT, START_S)
        assert row(execution).error_message == "The run passed its time limit of 12 s."
        assert 0.5 <= overtime(execution) < 1 + BUSY_S
        kept.until(lambda: kept.endings, BUSY_S)
        assert kept.endings == [-signal.SIGALRM]


def test_process_that_hangs_with_the_interpreters_lock_is_replaced_and_its_other_runs_go_on_unblamed(
    started, process_env, valkey
):
    """Nobody else keeps the time: what the next worker finds is a run whose time is over."""
    with Kept(process_env) as kept:
        kept.until(is_there, START_S)
        others = [started(loop(), time_limit_s=60) for _ in range(2)]
        kept.until(lambda: are_in_hand(others), START_S)
        execution = started(reading("HangWithTheLock"), time_limit_s=1)
        kept.until(lambda: row(execution).status == Status.TIMEOUT, START_S)
        assert not any(row(other).is_ended for other in others)
        kept.until(lambda: all(row(other).status == Status.COMPLETED for other in others), START_S)
        assert kept.endings == [-signal.SIGALRM]
        assert [row(other).recoveries for other in others] == [0, 0]


def test_process_whose_thread_hangs_without_the_lock_makes_room_and_its_other_runs_go_on_unblamed(
    started, process_env, valkey
):
    with Kept(process_env) as kept:
        kept.until(is_there, START_S)
        execution = started(reading("HangWithoutTheLock"), time_limit_s=2)
        kept.until(lambda: row(execution).status == Status.RUNNING, START_S)
        others = [started(loop(), time_limit_s=60) for _ in range(2)]
        began = time()
        kept.until(lambda: are_in_hand(others), START_S)
        kept.until(lambda: row(execution).status == Status.TIMEOUT, START_S)
        kept.until(lambda: kept.endings, START_S)
        assert time() - began < 2 + STUCK_S + LEAVE_S + REPLACE_S + BUSY_S
        assert not any(row(other).is_ended for other in others)
        kept.until(lambda: all(row(other).status == Status.COMPLETED for other in others), START_S)
        assert kept.endings == [REPLACED]
        assert [row(other).recoveries for other in others] == [0, 0]
