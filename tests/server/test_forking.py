"""A child that is forked shares what was imported and nothing else, and is kept as others are."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dragops_site.ids import new_id
from dragops_site.supervisor.children import Program
from dragops_site.supervisor.forks import CAN_FORK
from dragops_site.supervisor.groups import Guarded
from dragops_site.supervisor.keeper import Keeper
from tests.server.running import wait_until

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="this system does not fork")


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")


def printed(live: Callable[[], object]) -> tuple[str, int | None]:
    """What a forked child prints, and its exit code."""
    guarded, (reader, writer) = Guarded(), os.pipe()
    child = guarded.fork("test", live, writer)
    os.close(writer)
    with os.fdopen(reader) as output:
        text = output.read()
    wait_until(lambda: guarded.reap(child), 5)
    guarded.close()
    return text, child.returncode


def kept(target: str, times: int = 1, **env: str) -> list[tuple[str, str]]:
    """What a keeper tells until the target's child has ended so many times."""
    told: list[tuple[str, str]] = []
    with Keeper(lambda name, line: told.append((name, line))) as keeper:
        keeper.start(Program("one", target=(f"{__name__}.{target}",), env=env))
        until = time.monotonic() + 10
        while len([line for _, line in told if "starting it again" in line]) < times and time.monotonic() < until:
            keeper._turn(0.05)
            keeper._restart()
    return told


def test_ids_and_random_values_of_two_children_differ() -> None:
    import random
    import secrets
    from uuid import uuid4

    new_id(), uuid4(), random.random()  # each generator has begun in the parent

    def draw() -> None:
        for _ in range(1_000):
            say(new_id(), uuid4(), random.random(), secrets.token_hex(8))

    drawn = [value for text, _ in (printed(draw), printed(draw)) for value in text.split()]

    assert len(set(drawn)) == len(drawn) == 8_000


def test_exit_code_is_that_of_system_exit_and_an_error_is_printed() -> None:
    def leave(code: Any) -> Callable[[], object]:
        def live() -> None:
            raise SystemExit(code)

        return live

    def fail() -> None:
        raise ValueError("what went wrong")

    assert printed(leave(None)) == ("", 0)
    assert printed(leave(75)) == ("", 75)
    assert printed(leave("no reason")) == ("no reason\n", 1)
    text, code = printed(fail)
    assert (code, "ValueError: what went wrong" in text) == (1, True)


def test_child_has_no_file_of_its_parent_and_leads_a_group_of_its_own(tmp_path) -> None:
    def look() -> None:
        files = sorted(int(file.name) for file in Path("/proc/self/fd").iterdir())
        say(files[:3], len(files), os.getpgrp() == os.getsid(0) == os.getpid())

    with (tmp_path / "held").open("w"):
        text, _ = printed(look)

    assert text == "[0, 1, 2] 4 True\n"  # the fourth is the look itself


def test_signals_are_those_of_a_fresh_process() -> None:
    def look() -> None:
        handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)]
        say(set(handlers) == {signal.SIG_DFL}, signal.set_wakeup_fd(-1), signal.pthread_sigmask(signal.SIG_BLOCK, []))
        say(signal.getsignal(signal.SIGINT) is signal.default_int_handler)

    with Keeper(lambda *_: None):
        text, _ = printed(look)

    assert text == "True -1 set()\nTrue\n"


def test_child_is_ended_by_a_signal_at_once_after_its_birth() -> None:
    guarded, silent = Guarded(), os.open(os.devnull, os.O_WRONLY)
    for _ in range(20):
        child = guarded.fork("test", lambda: time.sleep(30), silent)
        guarded.signal(child.pid, signal.SIGTERM)

        assert wait_until(lambda child=child: guarded.reap(child), 5)
        assert child.returncode == -signal.SIGTERM
    os.close(silent)
    guarded.close()


def speak() -> None:
    say(f"{os.environ['COLOUR']}, last: {os.environ['DRAGOPS_LAST_END']}")
    os.kill(os.getpid(), signal.SIGKILL)


def test_environment_reaches_each_child_and_stays_out_of_the_parent() -> None:
    told = kept("speak", times=2, COLOUR="green")

    assert [line for name, line in told if name == "one"] == ["green, last: ", "green, last: ended by SIGKILL"]
    assert "COLOUR" not in os.environ


def leave_for_another() -> None:
    os._exit(75)


def test_keeper_tells_the_exit_code() -> None:
    assert kept("leave_for_another") == [("up", "one ended with exit code 75; starting it again in 0.2 s")]


def test_answer_of_an_errand_comes_back_and_a_failed_one_is_empty(capfd) -> None:
    def fail() -> str:
        raise ValueError("what went wrong")

    with Keeper(lambda *_: None) as keeper:
        with keeper.errand("calm", lambda: f"done by {os.getpid()}") as answer:
            assert answer() != f"done by {os.getpid()}"
        with keeper.errand("failing", fail) as answer:
            assert answer() == ""
        began = time.monotonic()
        with keeper.errand("long", lambda: time.sleep(30) or ""):
            pass
        assert time.monotonic() - began < 5
    assert "what went wrong" in capfd.readouterr().err
