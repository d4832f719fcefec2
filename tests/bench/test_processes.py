"""What processes use, read from /proc."""

import os
import subprocess
import sys
import time

import pytest

from tests.bench import processes

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is there only on Linux")


def test_processor_time_of_a_process_that_computes_grows() -> None:
    before, until = processes.cpu_seconds([os.getpid()]), time.process_time() + 0.1
    while time.process_time() < until:
        pass

    assert 0.05 <= processes.spent(before, processes.cpu_seconds([os.getpid()])) < 5


def test_process_that_has_begun_in_between_counts_whole_and_one_that_ended_not() -> None:
    assert processes.spent({1: 5.0, 2: 3.0}, {2: 4.0, 3: 0.5}) == 1.5


def test_process_that_is_not_there_uses_nothing() -> None:
    assert processes.cpu_seconds([2**22 + 1]) == {} and processes.memory_mb([2**22 + 1]) == 0


def test_children_are_found_and_have_memory() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert child.pid in processes.children(os.getpid())
        assert processes.memory_mb([os.getpid()]) > 1
    finally:
        child.kill()
        child.wait()
