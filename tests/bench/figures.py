"""The arithmetic of a benchmark: what many measurements come to. Knows no clock and no server."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median


@dataclass(frozen=True)
class Reading:
    """One figure of one repeat. `floor` is what the least work came to in the same repeat, in the same unit."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    floor_name: str = ""


@dataclass(frozen=True)
class Figure:
    """One figure over all repeats. `ratio` is the median of the repeats' ratios to their floors."""

    name: str
    unit: str
    median: float
    least: float
    most: float
    ratio: float | None = None
    floor: float | None = None
    floor_name: str = ""


def percentile(values: Iterable[float], percent: float) -> float:
    """The least of the values that so many percent of them do not exceed (nearest rank). Raises where there is none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values, no percentile")
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


def rate(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0 else 0.0


def summary(repeats: Sequence[Sequence[Reading]]) -> list[Figure]:
    """The readings of all repeats, put together by name, in the order in which they came first."""
    gathered: dict[str, list[Reading]] = {}
    for readings in repeats:
        for reading in readings:
            gathered.setdefault(reading.name, []).append(reading)
    return [_figure(readings) for readings in gathered.values()]


def _figure(readings: Sequence[Reading]) -> Figure:
    values = [reading.value for reading in readings]
    ratios = [reading.value / reading.floor for reading in readings if reading.floor]
    floors = [reading.floor for reading in readings if reading.floor is not None]
    first = readings[0]
    return Figure(
        first.name,
        first.unit,
        median(values),
        min(values),
        max(values),
        median(ratios) if ratios else None,
        median(floors) if floors else None,
        first.floor_name,
    )
