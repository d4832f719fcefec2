"""The sandbox: what one call leaves to the next (nothing), and what becomes of its processes."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from patterns import quitting, sandbox
from patterns.context import NodeError
from tests.executions.processes import ROOT, eventually

BUSY = "while True: pass"


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.CODE = {**settings.CODE, "SECONDS": 3, "MEMORY_MB": 32}


@pytest.fixture
def one_process(settings):
    """A pool of one process, so that every call meets what the last one has left."""
    settings.CODE = {**settings.CODE, "PROCESSES": 1}
    sandbox.renew()
    yield
    sandbox.renew()


def value(code, seconds=10, **inputs):
    return sandbox.run(code, inputs, [], seconds).value


def error_of(code, seconds=10):
    with pytest.raises(NodeError) as raised:
        value(code, seconds)
    return raised.value


def told(path):
    """What the kernel tells there; nothing where that process or thread has ended."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def state_of(pid):
    """As the kernel has it; nothing where there is no such process."""
    return told(f"/proc/{pid}/stat").rpartition(")")[2].strip()[:1]


def cpu_of(pid):
    """What a process has used, in ticks."""
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times))


def children_of(pid):
    pids = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in pids for child in told(path).split()]


def sandboxes_of(pid):
    return [child for child in children_of(pid) if told(f"/proc/{child}/comm").strip() == "monty"]


def alive():
    return [pid for pid in sandboxes_of(os.getpid()) if state_of(pid) != "Z"]


# --- Sessions -------------------------------------------------------------------------------------------------------
def test_variable_of_one_call_is_unknown_to_the_next(one_process):
    value("secret = 1")
    assert error_of("secret").type == "NameError"


@pytest.mark.parametrize(
    ("harm", "look", "found"),
    [
        ("import json\njson.dumps = None", "import json\njson.dumps([1])", "[1]"),
        ("import math\nmath.pi = 3", "import math\nmath.pi > 3.14", True),
        ("len = None", "len([1])", 1),
        ("def sum(x): return 0", "sum([1, 2])", 3),
    ],
)
def test_what_a_call_does_to_its_interpreter_does_not_reach_the_next(one_process, harm, look, found):
    with suppress(NodeError):  # some of it is refused
        value(harm)
    assert value(look) == found


def test_seed_that_a_call_has_set_does_not_reach_the_next(one_process):
    first = value("import random\nrandom.seed(1)\nrandom.random()")
    assert value("import random\nrandom.random()") != first


def test_call_after_one_that_was_out_of_time_or_memory_works(one_process):
    assert error_of(BUSY, 0.2).type == "TimeoutError"
    assert error_of("x = []\nwhile True: x.append('a' * 1000)").type == "MemoryError"
    assert value("1 + 1") == 2


def test_call_waits_for_a_free_process_no_longer_than_its_time(one_process):
    value("1")
    (process,) = alive()
    before = cpu_of(process)
    thread = Thread(target=lambda: error_of(BUSY))
    thread.start()
    eventually(lambda: cpu_of(process) > before)
    error = error_of("1", 0.1)
    thread.join()
    assert (error.type, error.retryable) == ("NoSandbox", True)
    assert value("1") == 1


def test_calls_at_the_same_time_get_their_own_answers():
    found = {}

    def work(number):
        found[number] = [value("x = n\nfor i in range(100): x = x + 1\nx", n=number) for _ in range(20)]

    threads = [Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [number + 100] * 20 for number in range(8)}


def test_print_is_kept_up_to_its_limit(settings):
    settings.CODE = {**settings.CODE, "PRINTED_CHARACTERS": 10}
    ran = sandbox.run("for i in range(1000): print('abc')", {}, [], 10)
    assert ran.printed == "abc\nabc\nab\n…"


# --- Reading code ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("x = 1\nx = = 2", "line 2: Expected an expression"),
        ("class A(Exception): pass", "line 1: the sandbox does not know class inheritance and metaclasses"),
        ("def f():\n  yield 1", "line 2: the sandbox does not know yield expressions"),
        ("(" * 50_000, "line 1: Source is too deeply nested"),
        ("\ud800", "source code is not valid UTF-8 (contains lone surrogates)"),
        ("#" * 100_001, "it has more than 100,000 characters, which is the limit"),
    ],
)
def test_check_names_the_line_and_what_is_wrong_with_it(code, fault):
    with pytest.raises(ValueError, match=r".") as raised:
        sandbox.check(code)
    assert str(raised.value) == fault


@pytest.mark.parametrize("code", ["", "1 / 0", BUSY, "return 1", "import nothing", "def f():\n  return 1\nf()"])
def test_check_runs_nothing(code):
    sandbox.check(code)


def test_check_leaves_it_to_the_run_where_there_is_no_sandbox(one_process, monkeypatch):
    monkeypatch.setenv("MONTY_BIN", "/nowhere/monty")
    sandbox.check("a text that was not checked before = 1")
    assert error_of("1").type == "NoSandbox"


# --- Processes ------------------------------------------------------------------------------------------------------
def test_process_is_ended_and_replaced_when_nobody_waits_for_its_call_any_more(one_process):
    errors = []

    def work():
        try:
            value(BUSY)
        except NodeError as error:
            errors.append(error.type)

    value("1")
    (process,) = alive()
    before = cpu_of(process)
    thread = Thread(target=work)
    thread.start()
    eventually(lambda: cpu_of(process) > before)
    since = monotonic()
    quitting.quit(thread)
    thread.join()
    assert monotonic() - since < 1.5
    assert errors == ["SandboxCrashed"]
    assert value("1 + 1") == 2
    assert state_of(process) in ("", "Z")


def test_thread_that_does_something_else_is_not_ended():
    thread = Thread(target=sleep, args=[0.1])
    thread.start()
    quitting.quit(thread)
    assert value("1") == 1
    quitting.quit(thread)
    assert value("1") == 1


PROGRAM = """
import os, sys, threading, time
os.environ["DJANGO_SETTINGS_MODULE"] = "dragops_site.settings"
from patterns import sandbox
def call():
    sandbox.run(sys.argv[1], {}, [], 100)
sandbox.run("1", {}, [], 10)
threading.Thread(target=call, daemon=True).start()
print("ready", flush=True)
if sys.argv[2] == "wait":
    time.sleep(100)
time.sleep(0.3)
"""


def program(code, end):
    env = {**os.environ, "DRAGOPS_CODE_SECONDS": "2"}
    words = [sys.executable, "-c", PROGRAM, code, end]
    process = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.parametrize("code", ["1", BUSY])
def test_process_of_the_sandbox_ends_when_ours_was_killed(code):
    process = program(code, "wait")
    pids = sandboxes_of(process.pid)
    eventually(lambda: code != BUSY or any(cpu_of(pid) > 10 for pid in pids))
    assert pids
    process.send_signal(signal.SIGKILL)
    process.wait()
    eventually(lambda: all(state_of(pid) in ("", "Z") for pid in pids), 20)


def test_busy_sandbox_does_not_keep_our_process_from_ending_and_ends_with_it():
    process = program(BUSY, "end")
    pids = sandboxes_of(process.pid)
    since = monotonic()
    assert process.wait(20) == 0
    assert monotonic() - since < 1.8
    eventually(lambda: all(state_of(pid) in ("", "Z") for pid in pids), 1.5)


def test_forked_process_says_that_it_has_no_sandbox_and_leaves_that_of_its_parent():
    value("1")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            value("1")
        except NodeError as error:
            code = 42 if error.type == "NoSandbox" else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 42
    assert value("1 + 1") == 2


def test_forked_process_that_ends_does_not_end_what_its_parent_is_busy_with():
    found = []
    thread = Thread(target=lambda: found.append(value("x = 0\nfor n in range(3_000_000): x += n\nx")))
    before = {pid: cpu_of(pid) for pid in alive()}
    thread.start()
    eventually(lambda: any(cpu_of(pid) > before.get(pid, 0) for pid in alive()))
    child = os.fork()
    if child == 0:
        quitting.quit_all()
        os._exit(0)
    os.waitpid(child, 0)
    thread.join()
    assert found == [sum(range(3_000_000))]


def test_idle_sandbox_uses_no_processor_time():
    value("1")
    processes = alive()
    before = [cpu_of(pid) for pid in processes]
    sleep(0.5)
    assert processes and [cpu_of(pid) for pid in processes] == before
