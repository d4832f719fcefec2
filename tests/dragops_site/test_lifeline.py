"""The file that shows whether a process lives."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dragops_site.lifeline import Lifeline, is_held, path_of

HOLDER = """
import sys
from pathlib import Path
from dragops_site.lifeline import Lifeline
print(Lifeline(Path(sys.argv[1])).hold(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return path_of(tmp_path, "w1@host.1")


def test_nothing_is_known_of_a_process_that_never_was_here(path: Path) -> None:
    assert is_held(path) is None


def test_process_is_known_to_live_until_it_is_killed(path: Path) -> None:
    held = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(held, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "True\n"
        assert is_held(path) is True
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert is_held(path) is False


def test_nothing_is_known_of_a_process_that_left_in_peace(path: Path) -> None:
    lifeline = Lifeline(path)
    assert lifeline.hold()
    lifeline.let_go()
    assert is_held(path) is None


def test_successor_follows_a_predecessor_that_takes_its_time_to_end(path: Path) -> None:
    old, new = Lifeline(path), Lifeline(path)
    assert (old.hold(), new.hold(tries=2)) == (True, False)
    os.close(old._descriptor or -1)
    new.move()
    assert is_held(path) is True


def test_time_of_the_file_moves_with_the_process(path: Path) -> None:
    lifeline = Lifeline(path)
    lifeline.hold()
    os.utime(path, (1, 1))
    lifeline.move()
    assert path.stat().st_mtime > 1


def test_folder_that_cannot_be_written_is_no_reason_not_to_work() -> None:
    lifeline = Lifeline(path_of(Path("/proc/dragops"), "w1"))
    assert not lifeline.hold()
    lifeline.move()
    lifeline.let_go()
