"""The figures as a picture: for each that has a floor, a bar beside the floor's. SVG text, for the documentation."""

from collections.abc import Mapping, Sequence
from html import escape

from tests.bench.figures import Figure
from tests.bench.table import number

ROW, BAR, WIDTH, NAMES, BARS, TOP = 34, 11, 1_000, 300, 340, 26
STYLE = """text { font: 13px system-ui, sans-serif; fill: #24292f } .small { font-size: 11px; fill: #57606a }
.head { font-weight: 600 } .ours { fill: #2f6feb } .floor { fill: #afb8c1 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .small { fill: #9198a1 } .floor { fill: #59636e } }"""


def picture(sections: Mapping[str, Sequence[Figure]]) -> str:
    """Each section's figures that have a floor; the longer of the two bars fills the place."""
    drawn: list[str] = []
    y = 10
    for title, figures in sections.items():
        if not (rows := [figure for figure in figures if figure.floor]):
            continue
        drawn.append(_text(10, y + 16, title, "head"))
        y += TOP
        for figure in rows:
            drawn += _row(y, figure)
            y += ROW
        y += 10
    size = f'width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><style>{STYLE}</style>'
    return "\n".join([head, *drawn, "</svg>\n"])


def _row(y: int, figure: Figure) -> list[str]:
    floor = figure.floor or 0.0
    longest = max(figure.median, floor) or 1.0
    bars = (("ours", figure.median, y + 4), ("floor", floor, y + 4 + BAR + 1))
    ratio = f"{number(figure.ratio)} ×" if figure.ratio is not None else ""
    told = f"{number(figure.median)} {figure.unit}; {figure.floor_name} {number(floor)}: {ratio}"
    return [
        _text(10, y + 19, figure.name),
        *(_bar(kind, top, max(1.0, value / longest * BARS)) for kind, value, top in bars),
        _text(NAMES + BARS + 8, y + 19, told, "small"),
    ]


def _bar(kind: str, y: int, width: float) -> str:
    return f'<rect class="{kind}" x="{NAMES}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"/>'


def _text(x: int, y: int, text: str, kind: str = "name") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'
