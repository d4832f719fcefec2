"""The benchmark measures a real server, and leaves nothing behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.__main__ import main
from tests.bench.load import Refused, at_once, post
from tests.bench.servers import slow_service
from tests.server.running import ROOT, clean_env, wait_until

pytestmark = pytest.mark.server


def left_behind() -> list[Path]:
    return list(Path("/tmp").glob(f"dragops-bench-{os.getpid()}-*"))


def test_workloads_are_measured_beside_their_floors_on_servers_that_are_ended_after(tmp_path, capsys) -> None:
    told, drawn = tmp_path / "figures.json", tmp_path / "figures.svg"

    words = ["--only", "a,C", "--database", "sqlite", "--scale", "small", "--repeats", "1", "--workers", "1"]
    assert main([*words, "--json", str(told), "--svg", str(drawn)]) == 0

    found = json.loads(told.read_text())["results"]["sqlite"]
    figures = {one["name"]: one for of_letter in found.values() for one in of_letter}
    assert figures["completed, 10 at once"]["floor_name"] == "bare insert"
    assert figures["chain of 100, log written"]["floor_name"] == "plain Python"
    assert all(one["median"] >= 0 for one in figures.values())
    assert all(one["ratio"] > 0 for one in figures.values() if one["floor"])
    assert "completed, 10 at once: p99" in capsys.readouterr().out and drawn.read_text().startswith("<svg")
    assert left_behind() == []


@pytest.mark.parametrize("words", ["--only Z", "--repeats 0", "--scale huge", "--database oracle", "--histories many"])
def test_words_that_make_no_sense_are_refused_before_anything_starts(words, capsys) -> None:
    with pytest.raises(SystemExit) as refused:
        main(words.split())

    assert refused.value.code == 2 and "usage" in capsys.readouterr().err


def test_nothing_is_left_when_it_is_interrupted_in_the_midst() -> None:
    command = [sys.executable, "-m", "tests.bench", *["--only", "A", "--database", "sqlite", "--scale", "small"]]
    bench = subprocess.Popen(command, cwd=ROOT, env=clean_env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: [*Path("/tmp").glob(f"dragops-bench-{bench.pid}-*/data/server_id")], 30)

        bench.send_signal(signal.SIGINT)

        assert bench.wait(20) == 130
        assert [*Path("/tmp").glob(f"dragops-bench-{bench.pid}-*")] == []
        assert wait_until(lambda: not mentioning(f"dragops-bench-{bench.pid}-"), 10)
    finally:
        bench.kill()


def mentioning(text: str) -> list[str]:
    """The processes whose environment or command line has this in it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if text.encode() in (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes():
                found.append(entry.name)
    return found


def test_load_sends_as_often_as_it_was_told_and_no_more_at_a_time() -> None:
    with slow_service(0.02) as url:
        load = at_once(url, post(url, b"{}"), 30, 10)

    assert len(load.answers) == 30
    assert 0.06 <= load.seconds < 2 and all(answer.seconds >= 0.02 for answer in load.answers)


def test_load_refuses_to_measure_a_server_that_refuses() -> None:
    with slow_service(0.0) as url, pytest.raises(Refused, match="answered 404"):
        at_once(url, post(f"{url}nowhere", b"{}"), 2, 1)
