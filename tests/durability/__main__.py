"""The proof that executions survive: `python -m tests.durability`.

Runs every kind of pattern on SQLite and on PostgreSQL, kills its worker at every point, takes broker, database and
workers away from a server under load, and prints what was lost. Ends with 0 only when nothing was.
"""

import json
import os
import signal
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from queue import Queue
from threading import Thread
from time import monotonic
from typing import Any

from tests.durability import outages, report
from tests.durability.databases import POSTGRESQL, SQLITE, Cluster, fresh, programs
from tests.durability.report import Tally
from tests.durability.workers import ROOT
from tests.server.running import clean_env

LONG = {"pairs": 20, "random": 40}
LONG_STORM, SHORT_STORM = 1_000, 160  # calls; they go on for some seconds when all is back
SHORT = {"sample": 2, "pairs": 0, "random": 2}


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    with ExitStack() as stack:
        servers = dict(_servers(options, stack))
        board = Board()
        for name, parts in [(name, _start(options, name, url, stack)) for name, (url, _) in servers.items()]:
            board.follow(name, parts)
        board.watch()
        if not options.no_storms and not options.only:
            _storms(board, servers, stack, SHORT_STORM if options.short else LONG_STORM)
    print(board.result())
    return 0 if board.is_clean else 1


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.durability", description=__doc__)
    parser.add_argument("--short", action="store_true", help="less of everything; what CI runs")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="this one only")
    parser.add_argument("--only", default="", help="kinds whose name has this in it, and no storms")
    parser.add_argument("--no-storms", action="store_true", help="take nothing away from a whole server")
    parser.add_argument("--parts", type=int, default=0, help="processes for each database (all processors)")
    parser.add_argument("--seed", type=int, default=1, help="of the random programs and kills")
    return parser.parse_args()


def _servers(options: Namespace, stack: ExitStack) -> Iterator[tuple[str, tuple[str, Cluster | None]]]:
    """The databases by name: an address where fresh ones may be made, and the server, where it may be stopped."""
    if options.database != "postgresql":
        yield SQLITE, ("", None)
    if options.database == "sqlite":
        return
    if (binaries := programs()) is not None:
        cluster = stack.enter_context(Cluster(binaries))
        yield POSTGRESQL, (cluster.url, cluster)
    elif (given := os.environ.get("DATABASE_URL", "")).startswith("postgres"):
        print("PostgreSQL is not installed here: it is not restarted under load.", file=sys.stderr)
        yield POSTGRESQL, (given, None)
    elif options.database or os.environ.get("CI"):
        sys.exit("There is no PostgreSQL: install its server, or set DATABASE_URL.")
    else:
        print("There is no PostgreSQL server on this machine: only SQLite is tried.", file=sys.stderr)


# --- The parts: processes that each take a share of the kinds --------------------------------------------------------


def _start(options: Namespace, name: str, url: str, stack: ExitStack) -> list["subprocess.Popen[str]"]:
    databases = 1 if options.database else 2
    count = options.parts or max(1, (os.cpu_count() or 1) // databases)
    amount = SHORT if options.short else LONG
    words = [f"--{key}={value}" for key, value in {**amount, "seed": options.seed, "only": options.only}.items()]
    parts = []
    for part in range(count):
        database = {"DATABASE_URL": stack.enter_context(fresh(url))} if url else {}
        command = [sys.executable, "-m", "tests.durability.part", f"--part={part}", f"--parts={count}", *words]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean_env(**database, DRAGOPS_LOG_LEVEL="CRITICAL"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(process.kill)
        parts.append(process)
    return parts


def _storms(board: "Board", servers: dict[str, tuple[str, Cluster | None]], stack: ExitStack, calls: int) -> None:
    for name, (url, cluster) in servers.items():
        board.say(f"{name}: a server under load …")
        database = stack.enter_context(fresh(url)) if url else ""
        for tally in outages.storms(database, cluster, lambda text, name=name: board.note_fault(name, text), calls):
            board.add(name, tally)


# --- What they tell --------------------------------------------------------------------------------------------------


class Board:
    """Gathers what the parts tell, and shows how far they are."""

    def __init__(self) -> None:
        self.tallies: dict[str, dict[str, Tally]] = {}
        self.faults: list[str] = []
        self._queue: Queue[tuple[str, int, dict[str, Any] | None]] = Queue()
        self._planned: dict[int, tuple[int, int]] = {}  # of each part: runs planned, and kinds not yet planned
        self._kinds = 0
        self._open = 0
        self._done = 0
        self._began = self._shown = monotonic()

    def follow(self, database: str, parts: list["subprocess.Popen[str]"]) -> None:
        for part in parts:
            self._open += 1
            Thread(target=self._read, args=(database, part), daemon=True).start()

    def watch(self) -> None:
        """Until all parts have ended."""
        while self._open:
            database, part, told = self._queue.get()
            if told is None:
                self._open -= 1
            elif "tally" in told:
                self._done += 1
                self.add(database, Tally.of(told["tally"]))
            elif "fault" in told:
                self.note_fault(database, told["fault"])
            else:
                self._kinds += 1
                self._planned[part] = (self._planned.get(part, (0, 0))[0] + told["plans"], told["kinds_left"])
            self._show()
        self.say("")

    def add(self, database: str, tally: Tally) -> None:
        self.tallies.setdefault(database, {}).setdefault(tally.kind, Tally(tally.kind)).add(tally)

    def note_fault(self, database: str, text: str) -> None:
        self.faults.append(f"{database}: {text}")
        self.say(self.faults[-1])

    @property
    def is_clean(self) -> bool:
        rows = [row for rows in self.tallies.values() for row in rows.values()]
        return bool(rows) and not self.faults and all(row.is_clean for row in rows)

    def result(self) -> str:
        tables = [f"{name}\n{report.table(rows.values())}" for name, rows in self.tallies.items()]
        verdict = (
            "Nothing was lost, and nothing was done twice." if self.is_clean else "\n".join(["FAULTS", *self.faults])
        )
        return "\n\n".join(["", *tables, f"{verdict} It took {monotonic() - self._began:.0f} s."])

    def say(self, line: str) -> None:
        print(f"\r{line:<100}", file=sys.stderr, flush=True)

    def _read(self, database: str, part: "subprocess.Popen[str]") -> None:
        assert part.stdout
        for line in part.stdout:
            self._queue.put((database, part.pid, json.loads(line)))
        if code := part.wait():
            self._queue.put((database, part.pid, {"fault": f"a part of the suite ended with {code}"}))
        self._queue.put((database, part.pid, None))

    def _show(self) -> None:
        is_watched = sys.stderr.isatty()
        if monotonic() - self._shown < (0.2 if is_watched else 15):
            return
        self._shown = monotonic()
        planned = sum(plans for plans, _ in self._planned.values())
        expected = planned + planned / max(1, self._kinds) * sum(left for _, left in self._planned.values())
        text = f"{report.bar(self._done, round(expected))}  {self._done:,} runs, {len(self.faults)} faults"
        print(f"\r{text:<100}", end="" if is_watched else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
