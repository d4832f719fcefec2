"""A worker in a thread of its own, with a heart: the whole way from start to end."""

from datetime import timedelta
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from django.db import connection
from django.utils import timezone

from executions import bell, queue
from executions.actions import cancel
from executions.models import Execution, LogEntry, Worker
from executions.presence import Presence
from executions.replies import wait_for_result
from executions.status import Status
from executions.worker import GATHER_S, drain
from tests.executions.test_batch import posts, server  # noqa: F401 (a fixture)
from tests.graphs import chain, graph, node

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alive(valkey):
    """A worker that looks for work until the test ends."""
    presence, stop = Presence("alive"), Event()

    def work():
        presence.begin()
        while not stop.wait(0.01):
            drain(presence)
        presence.end()
        connection.close()

    thread = Thread(target=work)
    thread.start()
    yield presence
    stop.set()
    thread.join()


def eventually(true, within_s=10):
    until = monotonic() + within_s
    while not true() and monotonic() < until:
        sleep(0.02)
    assert true()


class Surprised(Presence):
    """Finds other executions, whose ring was silent, when its drain has hushed the bell and looks once more."""

    def __init__(self, valkey, *late):
        super().__init__("surprised")
        self._register()
        self.valkey, self.late, self.was_set = valkey, late, False

    @property
    def is_leaving(self):
        is_set = self.valkey.exists(bell.BELL)
        if self.was_set and not is_set:
            Execution.objects.filter(pk__in=[run.pk for run in self.late]).update(ready_at=timezone.now())
        self.was_set = is_set
        return False

    @is_leaving.setter
    def is_leaving(self, value):
        pass


def endless():
    return graph("start: OnStart", node("say", "Log", message="x"), "start > say, say > say")


def test_worker_runs_what_is_started_and_answers_who_waits(alive, started):
    execution = started(chain("start: OnStart", node("stop", "Stop", result=1)), awaited=True)
    assert wait_for_result(execution.pk, 10).result == 1


def test_bell_is_hushed_when_a_drain_ends_though_it_found_something_in_its_last_look(valkey, started):
    late = started()
    Execution.objects.filter(pk=late.pk).update(ready_at=timezone.now() + timedelta(hours=1))
    started()
    assert drain(Surprised(valkey, late)) == 2
    assert not valkey.exists(bell.BELL)


def test_what_a_last_look_finds_and_gives_back_because_a_run_blocks_is_rung_for(valkey, started, monkeypatch):
    """Nobody has the seat then, and no other message is under way."""
    rests = chain("start: OnStart", node("rest", "Delay", seconds=0.2))
    late = [started(rests), started(rests)]
    Execution.objects.update(ready_at=timezone.now() + timedelta(hours=1))
    started()
    surprised, found = Surprised(valkey, *late), []
    monkeypatch.setattr(bell, "ring", lambda: found.append(surprised.seat.is_free))
    assert drain(surprised) == 4  # one is claimed twice
    assert found[:1] == [True]


def test_long_run_shows_its_log_while_it_runs_and_ends_when_it_is_canceled(alive, started):
    execution = started(endless(), time_limit_s=30)
    eventually(lambda: LogEntry.objects.filter(execution=execution).count() > 1)
    assert Execution.objects.get(pk=execution.pk).status == Status.RUNNING
    cancel(execution.pk)
    eventually(lambda: Execution.objects.get(pk=execution.pk).status == Status.CANCELED)
    last = LogEntry.objects.filter(execution=execution).last()
    assert (last.level, "more steps are not shown" in last.message) == ("warning", True)


def test_run_that_passes_its_time_limit_is_recorded_as_such(alive, started):
    execution = started(endless(), time_limit_s=1, awaited=True)
    found = wait_for_result(execution.pk, 10)
    assert (found.status, found.error_message) == (Status.TIMEOUT, "The run passed its time limit of 1 s.")


def test_worker_that_ends_takes_its_row_away(valkey):
    presence = Presence("brief")
    presence.begin()
    assert Worker.objects.filter(name="brief").exists()
    presence.end()
    assert not Worker.objects.filter(name="brief").exists()


# --- One thread of a process looks for work ---------------------------------------------------------------------------


@pytest.fixture
def claims(monkeypatch):
    """How many executions each claim that found some took."""
    found, claim = [], queue.claim

    def watched(*args):
        rows = claim(*args)
        if rows:
            found.append(len(rows))
        return rows

    monkeypatch.setattr(queue, "claim", watched)
    return found


@pytest.fixture
def pauses(monkeypatch):
    """The pauses of workers that wait for more. What is put on `pauses.comes` happens in the next one."""

    class Pauses(list):
        comes = None

        def __call__(self, seconds):
            self.append(seconds)
            comes, self.comes = self.comes, None
            if comes:
                comes()
            sleep(seconds)

    found = Pauses()
    monkeypatch.setattr("executions.worker.sleep", found)
    return found


def test_runs_that_come_while_a_worker_waits_for_more_are_claimed_together(worker, started, claims, pauses):
    for _ in range(3):
        started()
    pauses.comes = lambda: [started() for _ in range(4)]
    assert drain(worker) == 7
    assert claims == [1, 2, 4]
    assert pauses[0] == GATHER_S


def test_who_waits_for_a_result_is_not_kept_waiting_for_others_to_come(worker, started, pauses):
    started(awaited=True)
    pauses.comes = lambda: started(awaited=True)
    assert drain(worker) == 2
    assert max(pauses) < GATHER_S / 2


def test_message_that_finds_another_thread_looking_for_work_is_dropped(worker, started):
    execution, looking = started(), object()
    worker.seat.take(looking)
    assert drain(worker) == 0
    assert Execution.objects.get(pk=execution.pk).status == Status.QUEUED
    worker.seat.leave(looking)
    assert drain(worker) == 1


def test_thread_that_fails_makes_room_for_the_next(worker, started, monkeypatch):
    started()
    with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
        patched.setattr(queue, "claim", lambda *_: 1 / 0)
        drain(worker)
    assert drain(worker) == 1


def test_while_a_run_blocks_its_thread_another_takes_what_comes(worker, started, server):  # noqa: F811
    found = []

    def meanwhile():
        started()
        found.append(drain(worker))
        connection.close()

    server.at_request = meanwhile
    slow = started(chain("start: OnStart", posts(server)))
    assert drain(worker) == 1
    assert found == [1]
    assert Execution.objects.get(pk=slow.pk).status == Status.COMPLETED


def test_thread_that_comes_back_to_find_another_looking_takes_one_more_and_leaves(worker, started, server):  # noqa: F811
    looking = object()
    server.at_request = lambda: worker.seat.take(looking)
    started(chain("start: OnStart", posts(server)))
    for _ in range(2):
        started()
    assert drain(worker) == 2
    assert Execution.objects.filter(status=Status.QUEUED).count() == 1
    worker.seat.leave(looking)
    assert drain(worker) == 1


def test_ring_after_the_last_look_of_one_thread_wakes_another(valkey, worker, started, monkeypatch):
    """The bell is hushed and nothing was found: what comes now rings, and must find nobody in the seat."""
    done, claim = [], queue.claim

    def listen():
        thread = Thread(target=lambda: (done.append(drain(worker)), connection.close()))
        thread.start()
        thread.join()

    def too_early(*args):
        rows = claim(*args)
        if not rows and not valkey.exists(bell.BELL):
            monkeypatch.undo()
            monkeypatch.setattr(bell, "publish", listen)
            started()
        return rows

    monkeypatch.setattr(queue, "claim", too_early)
    started()
    assert drain(worker) == 1
    assert done == [1]
