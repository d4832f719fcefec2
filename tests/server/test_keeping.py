"""The parts of the supervisor by themselves: delays, lines, the data folder."""

import os
import sys
import time
from unittest.mock import patch

import pytest

from dragops_site.supervisor import early
from dragops_site.supervisor import keeper as keeper_module
from dragops_site.supervisor.children import STILL_LOOKS, Backoff, Child, Program, Pulse
from dragops_site.supervisor.fleet import Address
from dragops_site.supervisor.folder import DataFolder, Unusable
from dragops_site.supervisor.keeper import Keeper
from tests.server.running import free_port


def test_delay_doubles_up_to_ten_seconds_while_deaths_are_early() -> None:
    backoff = Backoff()

    delays = [backoff.after(lived_s=1) for _ in range(8)]

    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]


def test_delay_starts_anew_after_a_minute_of_life() -> None:
    backoff = Backoff()
    backoff.after(1)
    backoff.after(1)

    assert backoff.after(lived_s=61) == 0.2


def test_lines_are_whole_when_they_arrive_in_pieces() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    child = Child(Program("one", []))
    child.output = reader
    os.write(writer, b"first\nsec")
    assert child.read_lines() == ["first"]
    os.write(writer, b"ond\n\xff")
    assert child.read_lines() == ["second"]
    assert child.read_lines() == []

    os.close(writer)

    assert child.read_lines() is None
    assert child.last_line() == ["�"]
    os.close(reader)


def test_line_without_end_is_given_out_in_parts() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    child = Child(Program("one", []))
    child.output = reader
    os.write(writer, b"x" * 65_000)

    assert child.read_lines() == ["x" * 65_000]

    os.close(writer)
    os.close(reader)


def test_child_that_dies_at_once_is_not_started_in_a_spin() -> None:
    printed = []
    program = Program("short", [sys.executable, "-c", "print('here')"])

    with Keeper(lambda name, line: printed.append((name, line))) as keeper:
        keeper.start(program)
        until = time.monotonic() + 1
        while time.monotonic() < until:
            keeper._turn(0.05)
            keeper._restart()

    assert 1 <= printed.count(("short", "here")) <= 3


def test_program_that_is_not_there_is_reported_and_tried_again() -> None:
    printed = []

    with Keeper(lambda name, line: printed.append(line)) as keeper:
        keeper.start(Program("missing", ["/nonexistent/program"]))

        assert "missing did not start" in printed[0]
        assert keeper.pids() == {}


def test_secret_key_is_made_once_and_kept(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("DRAGOPS_SECRET_KEY", raising=False)
    folder = DataFolder(tmp_path / "data")

    key = folder.secret_key()

    assert len(key) >= 50
    assert folder.secret_key() == key
    folder.close()


def test_data_folder_is_refused_while_it_is_held_and_free_afterwards(tmp_path) -> None:
    held = DataFolder(tmp_path)

    with pytest.raises(Unusable, match=f"process {os.getpid()}"):
        DataFolder(tmp_path)

    held.close()
    DataFolder(tmp_path).close()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://localhost:80"),
        ("0.0.0.0", "http://localhost:80"),
        ("::", "http://localhost:80"),
        ("192.0.2.7", "http://192.0.2.7:80"),
        ("2001:db8::1", "http://[2001:db8::1]:80"),
    ],
)
def test_address_is_printed_as_a_browser_takes_it(host: str, url: str) -> None:
    assert Address(host, 80).url == url


@pytest.mark.parametrize("option", [["--data-dir", "{}"], ["--data-dir={}"], []])
@patch.dict(os.environ)
def test_environment_is_settled_before_the_settings_are_read(tmp_path, monkeypatch, option: list[str]) -> None:
    for name in ("DRAGOPS_PUBLIC_URL", "DRAGOPS_SECRET_KEY", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    given = tmp_path / "some where"
    monkeypatch.setenv("DRAGOPS_DATA_DIR", str(tmp_path / "other" if option else given))
    monkeypatch.setattr(early, "ground", None)

    before = os.umask(0o077)
    early.take([*(word.format(given) for word in option), "--port", (port := str(free_port()))])
    os.umask(before)

    assert early.ground and early.ground.folder.path == given
    assert os.environ["DRAGOPS_DATA_DIR"] == str(given)
    assert os.environ["DRAGOPS_PUBLIC_URL"] == f"http://localhost:{port}"
    assert (given / "secret_key").exists()
    early.ground.folder.close()


def test_child_that_lives_but_does_not_move_is_ended_and_replaced(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(keeper_module, "PULSE_EVERY_S", 0.1)
    lifeline, printed = tmp_path / "lifeline", []
    script = f"import pathlib, time; pathlib.Path({str(lifeline)!r}).touch(); time.sleep(60)"
    program = Program("still", [sys.executable, "-c", script], lifeline=lifeline)

    with Keeper(lambda name, line: printed.append(line)) as keeper:
        keeper.start(program)
        first = keeper.pids()["still"]
        until = time.monotonic() + 10
        while keeper.pids().get("still", first) == first and time.monotonic() < until:
            keeper._turn(0.05)
            keeper._end_the_still()
            keeper._restart()

    assert printed[0] == "still has not moved for half a minute; ending it"
    assert "still ended by SIGKILL" in printed[1]


def test_child_that_moves_now_and_then_or_has_not_begun_to_is_left_alone(tmp_path) -> None:
    lifeline = tmp_path / "lifeline"
    pulse = Pulse(lifeline)

    assert not any(pulse.is_gone() for _ in range(100))
    for second in range(5):
        lifeline.touch()
        os.utime(lifeline, (second, second))
        assert not any(pulse.is_gone() for _ in range(STILL_LOOKS))
    assert pulse.is_gone()


def test_next_process_is_told_how_the_last_one_ended(tmp_path) -> None:
    printed = []
    script = "import os; print('last:', os.environ['DRAGOPS_LAST_END']); os.kill(os.getpid(), 9)"

    with Keeper(lambda name, line: printed.append(line)) as keeper:
        keeper.start(Program("short", [sys.executable, "-u", "-c", script]))
        until = time.monotonic() + 5
        while "last: ended by SIGKILL" not in printed and time.monotonic() < until:
            keeper._turn(0.05)
            keeper._restart()

    assert "last: " in printed
    assert "last: ended by SIGKILL" in printed
