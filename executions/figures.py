"""The figures of executions as pages show them: charts of counts and durations over a period."""

from dataclasses import dataclass

from dragops_site import charts
from dragops_site.charts import Stacked
from executions.statistics import Period, Slot, Statistics
from executions.status import Status

# From the bottom up: what went well, what is open, what did not.
KINDS = tuple(status.value for status in (
    Status.COMPLETED, Status.QUEUED, Status.RUNNING, Status.CANCELED, Status.TIMEOUT, Status.FAILED, Status.DEAD_LETTER,
))  # fmt: skip


@dataclass(frozen=True)
class Figures:
    statistics: Statistics
    period: str
    counts: Stacked
    p50: list[str]
    p95: list[str]
    slowest: float  # milliseconds: the top of the chart of durations
    rows: list[Slot]

    @property
    def shown_kinds(self) -> list[str]:
        return [kind for kind in KINDS if self.statistics.counts[kind]]


def of(statistics: Statistics, period: Period, with_durations: bool = True) -> Figures:
    slots = statistics.slots
    slowest = max((slot.p95 or 0 for slot in slots), default=0) if with_durations else 0
    return Figures(
        statistics=statistics,
        period=period.value,
        counts=charts.stacked([slot.counts for slot in slots], KINDS),
        p50=charts.lines([slot.p50 for slot in slots], slowest, len(slots)),
        p95=charts.lines([slot.p95 for slot in slots], slowest, len(slots)),
        slowest=slowest,
        rows=[slot for slot in slots if slot.total],
    )


def period_of(text: str) -> Period:
    return Period(text) if text in list(Period) else Period.DAY


def sparkline(statistics: Statistics) -> Stacked:
    return charts.stacked([slot.counts for slot in statistics.slots], KINDS)


WORDS = {Period.HOUR: "Hour", Period.DAY: "24 hours", Period.WEEK: "7 days", Period.MONTH: "30 days"}


def periods() -> list[tuple[str, str]]:
    return [(period.value, word) for period, word in WORDS.items()]
