"""Speed, measured side by side: `python -m tests.bench`.

Starts the product on SQLite and on PostgreSQL, and beside it what does the least for a request (the floors); runs each
workload several times; prints medians, spreads and ratios to the floors of the same run.
"""

import json
import signal
import sys
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, Reading, summary
from tests.bench.load import Refused
from tests.bench.picture import picture
from tests.bench.progress import Progress
from tests.bench.servers import database_server, floor, machine, product
from tests.bench.table import table
from tests.bench.workload import SCALES, Bench
from tests.bench.workloads import TITLES, WORKLOADS

DATABASES = ("sqlite", "postgresql")
Results = dict[str, dict[str, list[Figure]]]  # database, letter


def main(words: list[str] | None = None) -> int:
    options = _options(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    progress = Progress(len(options.databases) * len(options.only) * options.repeats)
    try:
        results: Results = {name: _measured(name, options, progress) for name in options.databases}
    except Refused as refused:
        print(f"\n{refused}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; all servers are ended.", file=sys.stderr)
        return 130
    progress.end()
    for name, found in results.items():
        for letter, figures in found.items():
            print(f"\n{table(f'{letter} on {name}: {TITLES[letter]}', figures)}")
    if options.json:
        Path(options.json).write_text(json.dumps(_as_json(results, options), indent=1) + "\n")
    if options.svg:
        sections = {
            f"{letter} on {name}: {TITLES[letter]}": f for name, of in results.items() for letter, f in of.items()
        }
        Path(options.svg).write_text(picture(sections))
    return 0


def _options(words: list[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    letters = ", ".join(f"{letter} {title}" for letter, title in TITLES.items())
    parser.add_argument(
        "--only", default=",".join(WORKLOADS), help=f"letters of workloads, comma separated ({letters})"
    )
    parser.add_argument("--database", choices=DATABASES, help="this one only")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scale", choices=SCALES, default="full")
    parser.add_argument("--workers", type=int, default=0, help="of the product; by default as many as `up` starts")
    parser.add_argument("--histories", type=_numbers, help="of E: how many executions, comma separated")
    parser.add_argument("--json", help="write the figures to this file too")
    parser.add_argument("--svg", help="draw those that have a floor into this file")
    options = parser.parse_args(words)
    options.only = [letter.strip().upper() for letter in options.only.split(",") if letter.strip()]
    if unknown := [letter for letter in options.only if letter not in WORKLOADS]:
        parser.error(f"there is no workload {', '.join(unknown)}")
    if options.repeats < 1:
        parser.error("--repeats must be 1 or more")
    options.amounts = SCALES[options.scale]
    if options.histories:
        options.amounts = replace(options.amounts, histories=options.histories)
    options.databases = [options.database] if options.database else list(DATABASES)
    return options


def _numbers(words: str) -> tuple[int, ...]:
    return tuple(int(word) for word in words.split(","))


def _measured(database: str, options: Namespace, progress: Progress) -> dict[str, list[Figure]]:
    """Every repeat runs all workloads, so that what disturbs the machine for a while disturbs all of them."""
    repeats: dict[str, list[list[Reading]]] = {letter: [] for letter in options.only}
    with ExitStack() as stack:
        cluster = stack.enter_context(database_server(database))
        least, ours = stack.enter_context(floor(cluster)), stack.enter_context(product(cluster, options.workers))
        tell = lambda what: progress.tell(f"{database}: {what}")  # noqa: E731
        bench = Bench(cluster, ours, least, options.amounts, tell, stack)
        for _ in range(options.repeats):
            for letter in options.only:
                repeats[letter].append(list(WORKLOADS[letter](bench)))
                progress.step()
    return {letter: summary(readings) for letter, readings in repeats.items()}


def _as_json(results: Results, options: Namespace) -> dict[str, Any]:
    found = {
        name: {letter: [vars(figure) for figure in figures] for letter, figures in of_letter.items()}
        for name, of_letter in results.items()
    }
    return {"machine": machine(), "scale": options.scale, "repeats": options.repeats, "results": found}


if __name__ == "__main__":
    sys.exit(main())
