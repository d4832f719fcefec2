"""Charts as plain numbers: what a template draws as SVG. Lengths are percent of the chart: it fits any width."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

GAP = 0.22  # of a bar's place that stays free


@dataclass(frozen=True)
class Block:
    """A piece of a stacked bar."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Stacked:
    blocks: list[Block]
    highest: int


def stacked(bars: Sequence[Mapping[str, int]], kinds: Iterable[str]) -> Stacked:
    """Bars side by side, each of its kinds from the bottom up in this order."""
    kinds = list(kinds)
    highest = max((sum(bar.get(kind, 0) for kind in kinds) for bar in bars), default=0)
    place = 100 / max(len(bars), 1)
    blocks = []
    for number, bar in enumerate(bars):
        bottom = 100.0
        for kind in kinds:
            if count := bar.get(kind, 0):
                height = max(count / highest * 100, 1.0)  # a single failure among thousands is seen
                bottom = max(bottom - height, 0.0)
                left, width = place * (number + GAP / 2), place * (1 - GAP)
                blocks.append(Block(kind, round(left, 3), round(bottom, 2), round(width, 3), round(height, 2)))
    return Stacked(blocks, highest)


def lines(rows: Sequence[float | None], highest: float, length: int) -> list[str]:
    """The points of polylines on a field of 1000 by 100, one for each stretch without a gap."""
    found: list[list[str]] = [[]]
    place = 1000 / max(length, 1)
    for number, value in enumerate(rows):
        if value is None:
            found.append([])
            continue
        y = 100 - (value / highest * 96 if highest else 0)
        middle = place * (number + 0.5)
        found[-1] += [f"{middle - place * 0.3:.1f},{y:.1f}", f"{middle + place * 0.3:.1f},{y:.1f}"]
    return [" ".join(points) for points in found if points]
