"""What every workload is given, and how the runs of a load are timed."""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.bench import processes
from tests.bench.figures import Reading, percentile, rate
from tests.bench.load import Load
from tests.bench.servers import Floor, Product

ENDED_WITHIN_S = 300
PERCENTS = (50, 95, 99)
ROLES = ("web", "worker", "valkey", "postgresql")


@dataclass(frozen=True)
class Scale:
    """How much of everything."""

    requests: int
    paced_seconds: float
    bulk: int
    chains: tuple[int, ...]
    rounds: int  # of the chains
    runs: int  # after which memory is looked at, and the bytes of a run
    idle_seconds: float
    histories: tuple[int, ...]
    codes: tuple[tuple[int, int], ...]  # how many nodes compute which Fibonacci number
    waiting: int  # runs that wait at the same time
    requests_out: int


SCALES = {
    "small": Scale(
        requests=40,
        paced_seconds=1,
        bulk=200,
        chains=(10, 100),
        rounds=1,
        runs=100,
        idle_seconds=1,
        histories=(1_000,),
        codes=((40, 10), (2, 20)),
        waiting=20,
        requests_out=40,
    ),
    "full": Scale(
        requests=2_000,
        paced_seconds=20,
        bulk=5_000,
        chains=(10, 100, 1_000),
        rounds=5,
        runs=10_000,
        idle_seconds=10,
        histories=(10_000, 1_000_000),
        codes=((40, 10), (10, 33)),
        waiting=1_000,
        requests_out=2_000,
    ),
}


@dataclass
class Bench:
    """What a workload runs on. `kept` outlives the repeats: what takes long to make is made once."""

    cluster: tuple[str, int]
    product: Product
    floor: Floor
    scale: Scale
    tell: Callable[[str], None] = lambda what: None
    stack: ExitStack = field(default_factory=ExitStack)
    kept: dict[str, Any] = field(default_factory=dict)


Workload = Callable[[Bench], Sequence[Reading]]


@dataclass
class Timed:
    """A load on a pattern, and when its runs ended."""

    load: Load
    ends: dict[str, float]

    @cached_property
    def to_completed(self) -> list[float]:
        """Seconds from each request to the end of its run."""
        return [self.ends[json.loads(one.body)["runId"]] - one.sent_at for one in self.load.answers]

    @property
    def seconds(self) -> float:
        """From the first request to the end of the last run."""
        return max(self.ends.values()) - self.load.began_at

    @property
    def completed_per_second(self) -> float:
        return rate(len(self.ends), self.seconds)


def fired(product: Product, pattern: str, send: Callable[[], Load]) -> Timed:
    """The load, once all of its runs have completed."""
    before = product.database.ends(pattern)
    load = send()
    product.database.wait_ended(pattern, len(before) + len(load.answers), ENDED_WITHIN_S)
    ends = product.database.ends(pattern)
    return Timed(load, {run: at for run, at in ends.items() if run not in before})


def percentiles(name: str, values: Sequence[float], bare: Sequence[float] = (), bare_name: str = "") -> list[Reading]:
    """Of seconds, in milliseconds; each beside the same of the floor."""
    found = []
    for percent in PERCENTS:
        floor = percentile(bare, percent) * 1e3 if bare else None
        found.append(Reading(f"{name}: p{percent}", percentile(values, percent) * 1e3, "ms", floor, bare_name))
    return found


def answer_times(load: Load) -> list[float]:
    return [answer.seconds for answer in load.answers]


def with_cpu(product: Product, name: str, work: Callable[[], Timed]) -> tuple[Timed, list[Reading]]:
    """What the work came to, and the processor time for a run by who spent it, the load generator's own too."""
    before = product.cpu()
    timed = work()
    after = product.cpu()
    spent = {role: processes.spent(before.get(role, {}), after[role]) for role in ROLES if role in after}
    spent["load generator"] = timed.load.cpu_s
    count = len(timed.load.answers)
    return timed, [Reading(f"cpu of {role}, {name}", s / count * 1e3, "ms a run") for role, s in spent.items()]
