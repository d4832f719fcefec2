"""How far a larger installation goes, by what each part costs here: `python -m tests.bench.scale RESULTS.json`.

RESULTS.json is what `python -m tests.bench --only A --json RESULTS.json` wrote. A part's capacity is what its
processors can do; how long a run takes on the way is simulated: runs come by chance, queue for the first free processor
of each part, one part after the other, and cost there what they cost when measured.
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from pathlib import Path
from random import Random

from tests.bench.figures import percentile
from tests.bench.table import number

PARTS = ("web", "worker", "postgresql", "valkey")
MEASURED = "cpu of {}, 50 at once"
SHARES = (0.5, 0.7, 0.8, 0.9, 0.95)  # of what the narrowest part can do
RUNS = 50_000
BYTES_A_RUN = 7_700  # of PostgreSQL, with indexes and five entries of the log
SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Part:
    """`ms` of a processor for each run, by so many processors. A web server or a worker uses one each."""

    name: str
    ms: float
    processors: int

    @property
    def capacity(self) -> float:
        """Runs a second."""
        return self.processors * 1_000 / self.ms


def main(words: Sequence[str] | None = None) -> None:
    parser = ArgumentParser(prog="python -m tests.bench.scale", description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--web", type=int, default=4, help="web servers of a processor each")
    parser.add_argument("--workers", type=int, default=3, help="workers of a processor each")
    parser.add_argument("--database", type=int, default=2, help="processors of the database")
    options = parser.parse_args(words)
    costs = costs_in(json.loads(options.results.read_text()))
    counts = {"web": options.web, "worker": options.workers, "postgresql": options.database, "valkey": 1}
    print("\n".join(report([Part(name, costs[name], counts[name]) for name in PARTS])))  # noqa: T201


def costs_in(results: dict) -> dict[str, float]:
    """Milliseconds of each part for a run, as measured on PostgreSQL."""
    figures = {figure["name"]: figure["median"] for figure in results["results"]["postgresql"]["A"]}
    return {part: figures[MEASURED.format(part)] for part in PARTS}


def report(parts: Sequence[Part]) -> Iterator[str]:
    """Lines for people."""
    yield "part         ms a run  processors  runs a second at most"
    for part in parts:
        yield f"{part.name:<12} {part.ms:>8.3f}  {part.processors:>10}  {part.capacity:>21,.0f}"
    narrowest = min(parts, key=lambda part: part.capacity)
    rate = narrowest.capacity
    yield f"The narrowest is {narrowest.name}. A day at {rate:,.0f} a second is {_gigabytes(rate):,.0f} GB of database."
    yield ""
    yield "load   runs a second   p50 ms   p99 ms"
    for share in SHARES:
        times = travel_times(parts, share * rate, RUNS, Random(1))
        shown = [f"{number(percentile(times, percent) * 1_000):>8}" for percent in (50, 99)]
        yield f"{share:>4.0%}   {share * rate:>13,.0f} {' '.join(shown)}"


def travel_times(parts: Sequence[Part], per_second: float, count: int, chance: Random) -> list[float]:
    """Seconds from its coming to its end for each of so many runs that come by chance, so many a second."""
    came, now = [], 0.0
    for _ in range(count):
        now += chance.expovariate(per_second)
        came.append(now)
    left = list(enumerate(came))
    for part in parts:
        left = _served(part, left)
    return [at - came[run] for run, at in left]


def _served(part: Part, arrivals: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """When each run leaves the part, in that order; who comes first is served first."""
    free = [0.0] * part.processors
    heapify(free)
    left = []
    for run, at in arrivals:
        done = max(at, free[0]) + part.ms / 1_000
        heapreplace(free, done)
        left.append((run, done))
    return sorted(left, key=lambda pair: pair[1])


def _gigabytes(per_second: float) -> float:
    return per_second * SECONDS_A_DAY * BYTES_A_RUN / 1e9


if __name__ == "__main__":
    main()
