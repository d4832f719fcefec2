"""C: what a node costs in chains of several lengths, by `tests.bench.nodes` in a process of its own."""

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.bench.figures import Reading
from tests.bench.load import Refused
from tests.bench.workload import Bench
from tests.durability.databases import fresh
from tests.server.running import ROOT, clean_env

PLAIN = "plain Python"


def chains(bench: Bench) -> list[Reading]:
    bench.tell("C")
    with ExitStack() as stack:
        told = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dragops-bench-"))) / "figures.json"
        env = {"DATABASE_URL": stack.enter_context(fresh(bench.cluster[0]))} if bench.cluster[0] else {}
        lengths = ",".join(map(str, bench.scale.chains))
        words = [f"--chains={lengths}", "--passes=0", f"--rounds={bench.scale.rounds}", f"--json={told}"]
        command = [sys.executable, "-m", "tests.bench.nodes", *words]
        ended = subprocess.run(command, cwd=ROOT, env=clean_env(**env), capture_output=True, text=True, check=False)
        if ended.returncode:
            raise Refused(f"the chains were not measured: {ended.stderr[-500:]}")
        found: dict[str, dict[str, list[float]]] = json.loads(told.read_text())
    return [reading for name, modes in found.items() for reading in _readings(name, modes)]


def _readings(name: str, modes: dict[str, list[float]]) -> list[Reading]:
    middles = {mode: median(figures) for mode, figures in modes.items()}
    floor = middles.pop(PLAIN)
    return [Reading(f"{name}, {mode}", middle, "µs a node", floor, PLAIN) for mode, middle in middles.items()]
