"""What a node costs: `python -m tests.bench.nodes`.

Measures a chain of 1,000 trivial nodes and a loop of 100,000 passes over one: as plain Python that does the same work
(the floor), as the engine alone, with the log held in memory, and with every entry of the log written to the database
by a worker. Prints microseconds a node and ratios to the floor, as median and spread of several rounds.

The database is SQLite in a temporary folder; with DATABASE_URL, or `--postgresql`, a fresh one on PostgreSQL.
"""

import cProfile
import json
import os
import pstats
import shutil
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

PASSES = 100_000
MODES = ("plain Python", "engine alone", "log in memory", "log written")
Measure = Callable[[], float]


def main() -> None:
    options = _options()
    if options.postgresql:
        _on_postgresql()
        return
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    with surroundings() as presence:
        workloads = _workloads(options.chains, options.passes)
        if options.profile:
            _profile(workloads, presence)
            return
        found = _measured(workloads, presence, options.rounds)
        _report(found)
    if options.json:
        Path(options.json).write_text(json.dumps(found))


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.bench.nodes", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--chains", type=_lengths, default=[1_000], help="their lengths, comma separated (1000)")
    parser.add_argument("--passes", type=int, default=PASSES, help="of the loop; 0 for no loop")
    parser.add_argument("--json", help="write the figures of each round to this file too")
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL that is started for it")
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead")
    return parser.parse_args()


def _lengths(words: str) -> list[int]:
    return [int(word) for word in words.split(",")]


def _on_postgresql() -> None:
    from tests.durability.databases import Cluster, programs

    binaries = programs()
    if binaries is None:
        sys.exit("there is no PostgreSQL server on this machine")
    words = [word for word in sys.argv[1:] if word != "--postgresql"]
    with Cluster(binaries) as cluster:
        command = [sys.executable, "-m", "tests.bench.nodes", *words]
        ended = subprocess.run(command, env={**os.environ, "DATABASE_URL": cluster.url}, check=False)
    sys.exit(ended.returncode)


@contextmanager
def surroundings() -> Iterator[Any]:
    """A database with its tables, a private Valkey, and a worker that works when it is told to."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from executions.presence import Presence
    from tests.conftest import start_valkey
    from tests.settings import TEST_FOLDER

    settings.EXECUTIONS["LOG_ENTRIES"] = 10 * PASSES
    valkey = start_valkey()
    try:
        call_command("migrate", verbosity=0)
        presence = Presence("benchmark")
        presence.begin()
        yield presence
        presence.end()
    finally:
        connection.close()
        if valkey:
            valkey.close()
        shutil.rmtree(TEST_FOLDER, ignore_errors=True)


# --- What is measured -----------------------------------------------------------------------------------------------
def _chain_graph(length: int) -> dict[str, Any]:
    from tests.graphs import chain, node, variable

    nodes = [node(f"n{position}", "SetVariable", name="x", value=position) for position in range(length)]
    return chain("start: OnStart", *nodes) | {"variables": [variable("x", "Integer", 0)]}


def _loop_graph(passes: int) -> dict[str, Any]:
    from tests.graphs import graph, node, variable

    loop, add = node("loop", "ForRange", end=passes), node("add", "IncrementVariable", name="x")
    return graph("start: OnStart", loop, add, "start > loop, loop.body > add", variables=[variable("x", "Integer", 0)])


def _plain_chain(length: int) -> None:
    values = {"x": 0}
    for position in range(length):
        values["x"] = position


def _plain_loop(passes: int) -> None:
    values = {"x": 0}
    for _ in range(passes):
        values["x"] += 1


Workloads = dict[str, tuple[dict[str, Any], Callable[[], None], int]]  # name: graph, plain Python, nodes


def _workloads(chains: list[int], passes: int) -> Workloads:
    found: Workloads = {f"chain of {n:,}": (_chain_graph(n), partial(_plain_chain, n), n) for n in chains}
    if passes:
        found[f"loop of {passes:,}"] = (_loop_graph(passes), partial(_plain_loop, passes), passes)
    return found


def _measures(graph: dict[str, Any], plain: Callable[[], None], presence: Any) -> dict[str, Measure]:
    from executions.journal import Journal
    from patterns.compiler import compile_graph

    plan = compile_graph(graph)
    in_memory = (lambda: _run(plan, Journal(limit=0)), lambda: _run(plan, Journal(limit=10 * PASSES)))
    written = _prepared(graph, presence)
    return dict(zip(MODES, (lambda: _timed(plain), *in_memory, written), strict=True))


def _timed(work: Callable[[], Any]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _run(plan: Any, journal: Any) -> float:
    from executions.engine import Limits, Run
    from executions.status import Status
    from tests.executions.running import INFO, Host

    run = Run(plan, {}, INFO, journal, Host(), Limits())
    began = perf_counter()
    ended = run.advance()
    seconds = perf_counter() - began
    assert ended.status is Status.COMPLETED, ended  # type: ignore[union-attr]
    return seconds


def _prepared(graph: dict[str, Any], presence: Any) -> Measure:
    """A run by a worker: claimed, run, its log and its end written."""
    from executions import queue
    from executions.actions.start_execution import start_execution
    from executions.batch import Batch
    from executions.models import Execution
    from executions.status import Mode, Status, Trigger
    from patterns.actions import create_pattern
    from patterns.actions.take_snapshot import take_snapshot

    pattern = create_pattern(None, "benchmark", graph=graph)
    start = {"pattern_id": pattern.pk, "snapshot_id": take_snapshot(pattern).pk, "version_number": 1}

    def measure() -> float:
        execution = start_execution(**start, mode=Mode.LIVE, trigger=Trigger.MANUAL, event={})
        seconds = _timed(lambda: Batch(presence, queue.claim(presence.worker_id, 1)).run())
        assert Execution.objects.get(pk=execution.pk).status == Status.COMPLETED
        Execution.objects.filter(pk=execution.pk).delete()
        return seconds

    return measure


# --- What is told ---------------------------------------------------------------------------------------------------
Found = dict[str, dict[str, list[float]]]  # workload, mode: microseconds a node in each round


def _measured(workloads: Workloads, presence: Any, rounds: int) -> Found:
    """All measures of a round one after the other, so that what disturbs the machine disturbs all of them alike."""
    found: Found = {}
    for name, (graph, plain, count) in workloads.items():
        measures = _measures(graph, plain, presence)
        found[name] = {mode: [] for mode in measures}
        for number in range(rounds + 1):
            for mode, measure in measures.items():
                seconds = measure()
                if number:  # the first round warms up
                    found[name][mode].append(seconds / count * 1e6)
                print(f"\r{name}: round {number} of {rounds}, {mode:<14}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def _report(found: Found) -> None:
    from django.db import connection

    print(f"microseconds a node on {connection.vendor}: median (least to most), and the median's ratio to plain Python")
    for name, modes in found.items():
        floor = median(modes[MODES[0]])
        print(name)
        for mode, figures in modes.items():
            middle = median(figures)
            print(f"  {mode:<14} {middle:8.2f}  ({min(figures):.2f} to {max(figures):.2f})  {middle / floor:8.1f} ×")


def _profile(workloads: Workloads, presence: Any) -> None:
    for name, (graph, plain, _) in workloads.items():
        for mode, measure in _measures(graph, plain, presence).items():
            measure()
            profile = cProfile.Profile()
            profile.runcall(measure)
            print(f"=== {name}, {mode}")
            pstats.Stats(profile).sort_stats("tottime").print_stats(18)


if __name__ == "__main__":
    main()
