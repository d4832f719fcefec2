"""What ends its worker again and again is run alone: it takes nobody with it, and says what it was."""

import pytest

from executions.models import LogEntry, Worker
from executions.status import Status
from executions.suspects import SUSPECT_FROM
from tests.executions import harm
from tests.executions.processes import Kept
from tests.executions.test_time_limit import START_S, is_there, reading, row
from tests.graphs import chain, graph, node

pytestmark = pytest.mark.django_db(transaction=True)
LOST_S = 60


@pytest.fixture(autouse=True)
def _harm():
    with harm.known():
        yield


def good():
    return chain("start: OnStart", node("say", "Log", message="fine"), node("stop", "Stop", result=1))


def test_run_that_kills_its_worker_becomes_a_dead_letter_with_cause_and_node_and_all_others_complete(
    started, process_env, valkey
):
    with Kept(process_env) as kept:
        kept.until(is_there, START_S)
        killer = started(reading("KillTheProcess"))
        others = [started(good()) for _ in range(50)]
        kept.until(lambda: row(killer).is_ended, LOST_S)
        kept.until(lambda: all(row(other).is_ended for other in others), LOST_S)
        found = row(killer)
        assert (found.status, found.error_node_id, found.error_node_name) == (Status.DEAD_LETTER, "harm", "harm")
        assert found.error_message == (
            "The worker was lost 4 times while this execution ran; the last time it was ended by SIGKILL in the node "
            "“harm”."
        )
        assert [row(other).status for other in others] == [Status.COMPLETED] * 50
        assert len(kept.endings) == SUSPECT_FROM
        kept.until(lambda: Worker.objects.count() == 1, START_S)
        later = started(good())
        kept.until(lambda: row(later).status == Status.COMPLETED, START_S)


def test_suspect_that_breaks_its_process_is_the_only_one_that_is_lost(suspect, process_env, valkey):
    with Kept(process_env) as kept:
        kept.until(is_there, START_S)
        breaker, memory = suspect(reading("BreakTheProcess")), suspect(reading("GatherMemory"))
        kept.until(lambda: row(breaker).is_ended and row(memory).is_ended, LOST_S)
        assert (row(breaker).status, row(breaker).loss) == (Status.DEAD_LETTER, "ended by SIGSEGV in the node “harm”")
        assert row(breaker).error_message.endswith("the last time it was ended by SIGSEGV in the node “harm”.")
        assert (row(memory).status, row(memory).error_type) == (Status.FAILED, "MemoryLimit")
        assert kept.endings == []


def test_suspect_that_is_innocent_completes_and_its_log_is_whole(suspect, process_env, valkey):
    with Kept(process_env) as kept:
        execution = suspect(good())
        kept.until(lambda: row(execution).status == Status.COMPLETED, START_S)
        assert (row(execution).result, row(execution).recoveries) == (1, SUSPECT_FROM)
        assert list(LogEntry.objects.filter(execution=execution).values_list("message", flat=True)) == ["", "fine", ""]


def test_suspect_that_hangs_ends_at_its_time_limit(suspect, process_env, valkey):
    with Kept(process_env) as kept:
        kept.until(is_there, START_S)
        execution = suspect(reading("HangWithTheLock"), time_limit_s=2)
        kept.until(lambda: row(execution).is_ended, LOST_S)
        assert (row(execution).status, kept.endings) == (Status.TIMEOUT, [])


def test_worker_that_leaves_takes_the_process_of_a_suspect_along_and_gives_it_back_uncounted(
    suspect, process_env, valkey
):
    endless = graph("start: OnStart", node("loop", "ForRange", end=100_000_000), "start > loop")
    with Kept(process_env) as kept:
        execution = suspect(endless)
        kept.until(lambda: Worker.objects.filter(name__contains="solo", executions=execution).exists(), START_S)
        kept.process.terminate()
        kept.process.wait(10)
        assert (row(execution).status, row(execution).recoveries) == (Status.QUEUED, SUSPECT_FROM)
        assert not Worker.objects.exists()
