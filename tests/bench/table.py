"""The figures as a table of plain text."""

from collections.abc import Sequence

from tests.bench.figures import Figure

HEADS = ("", "median", "least", "most", "", "floor", "ratio")


def table(title: str, figures: Sequence[Figure]) -> str:
    """A line for each figure: its median over the repeats, their spread, its floor, and how it compares."""
    rows = [HEADS, *map(_cells, figures)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADS))]
    return "\n".join([title, *(_line(row, widths) for row in rows)])


def _cells(figure: Figure) -> tuple[str, ...]:
    floor = f"{number(figure.floor)} {figure.floor_name}" if figure.floor is not None else ""
    ratio = f"{number(figure.ratio)} ×" if figure.ratio is not None else ""
    values = (number(value) for value in (figure.median, figure.least, figure.most))
    return (figure.name, *values, figure.unit, floor, ratio)


def number(value: float) -> str:
    """Three digits that count, and no more behind the point than that takes."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    words = (
        cell.ljust(w) if at in (0, 4, 5) else cell.rjust(w)
        for at, (cell, w) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(words).rstrip()
