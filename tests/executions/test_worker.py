"""A worker in a thread of its own, with a heart: the whole way from start to end."""

from datetime import timedelta
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from django.db import connection
from django.utils import timezone

from executions import bell
from executions.actions import cancel
from executions.models import Execution, LogEntry, Worker
from executions.presence import Presence
from executions.replies import wait_for_result
from executions.status import Status
from executions.worker import drain
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
        sleep(0.05)
    assert true()


class Surprised(Presence):
    """Finds another execution, whose ring was silent, when its drain has hushed the bell and looks once more."""

    def __init__(self, valkey, late):
        super().__init__("surprised")
        self._register()
        self.valkey, self.late, self.was_set = valkey, late, False

    @property
    def is_leaving(self):
        is_set = self.valkey.exists(bell.BELL)
        if self.was_set and not is_set:
            Execution.objects.filter(pk=self.late.pk).update(ready_at=timezone.now())
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
