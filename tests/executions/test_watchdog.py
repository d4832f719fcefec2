"""The watchdog of a process: what it guards, and how it ends what nothing else can end."""

import signal
import subprocess
import sys
from time import sleep
from types import SimpleNamespace
from uuid import uuid4

import pytest

from executions import watchdog

HANG = """
import re, sys
from uuid import uuid4
from executions import watchdog

watchdog.Watch(lambda: None, print).begin()
{before}
re.match(r"(a+)+$", "a" * 64 + "b")
"""


@pytest.fixture
def run():
    """The id of a run in hand."""
    execution_id = uuid4()
    yield execution_id
    watchdog.disarm(execution_id)


def test_process_in_which_no_python_runs_is_ended_by_the_alarm_and_shows_where_it_hung() -> None:
    script = HANG.format(before="watchdog.arm(uuid4(), 60)\nwatchdog.arm(uuid4(), 0.5)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20)
    assert done.returncode == -signal.SIGALRM
    assert 'File "<string>"' in done.stderr


def test_process_is_left_alone_while_no_run_in_hand_is_overdue() -> None:
    busy = "watchdog.arm(uuid4(), 60)\nover = uuid4()\nwatchdog.arm(over, 0.1)\nwatchdog.disarm(over)\n"
    script = busy + "import time\ntime.sleep(0.6)\nsum(range(200_000_000))\nprint('through')"
    done = subprocess.run(
        [sys.executable, "-c", HANG.split("{before}")[0] + script], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "through\n")


def test_living_process_is_not_ended_by_the_alarm_though_a_run_is_overdue() -> None:
    """The thread of the watchdog asks for the process to be replaced instead."""
    script = HANG.split("{before}")[0] + "watchdog.STUCK_S = 1\nwatchdog.arm(uuid4(), 0)\nimport time\ntime.sleep(7)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0
    assert "is past its time limit and cannot be stopped" in done.stdout


def test_overdue_run_in_hand_is_trouble_after_a_while(run, monkeypatch) -> None:
    monkeypatch.setattr(watchdog, "STUCK_S", 0.1)
    watchdog.arm(run, 0)
    assert watchdog.trouble() == ""
    sleep(0.15)
    assert str(run) in watchdog.trouble()
    watchdog.disarm(run)
    assert watchdog.trouble() == ""


def test_many_abandoned_effects_are_trouble(monkeypatch) -> None:
    monkeypatch.setattr(watchdog, "abandoned", lambda: watchdog.MOST_ABANDONED + 1)
    assert watchdog.trouble() == "33 effects hang"


def test_node_in_hand_is_known_while_its_run_is(run) -> None:
    node = SimpleNamespace(node_id="n1", name="Range")
    watchdog.arm(run, 10, lambda: node)
    assert watchdog.place_of(run) is node
    watchdog.disarm(run)
    assert watchdog.place_of(run) is None
