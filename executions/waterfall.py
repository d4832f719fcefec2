"""A run as bars on the time that it took: each step where it began, as long as it lasted, within the node around it.

Read off the keys of the log's entries (`executions.keys`): the flow nodes around a step are in its key, and so is the
pass that it belongs to. Of a node that ran many passes the first ones are shown. Plain Python over rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from executions.keys import is_wait
from executions.overlay import frames

PASSES = 3  # of each node that are shown
BARS = 300
THINNEST = 0.3  # percent: a bar that lasted no time is seen all the same


class Step(NamedTuple):
    """An entry of the log; times are seconds, `at` since the epoch, `until` the time that a wait is over."""

    seq: int
    key: str
    name: str
    at: float
    lasted: float | None
    failed: bool = False
    is_void: bool = False


class Call(NamedTuple):
    """A called run, by the key of the step that called it."""

    run_id: str
    name: str
    status: str
    began: float
    ended: float


@dataclass(frozen=True)
class Bar:
    """`left` and `width` are percent of the whole; `since` and `lasted` seconds; `folded` passes are not shown."""

    name: str
    depth: int
    left: float
    width: float
    since: float
    lasted: float
    state: str
    seq: int = 0
    folded: int = 0
    run_id: str = ""


@dataclass(frozen=True)
class Waterfall:
    bars: list[Bar]
    span: float  # seconds
    is_cut: bool  # there is more than is shown

    @property
    def ticks(self) -> list[tuple[float, float]]:
        """Where the scale has marks: percent, and seconds."""
        return [(percent, self.span * percent / 100) for percent in (0, 25, 50, 75, 100)]


def of(steps: Sequence[Step], began: float, ended: float, calls: Mapping[str, Call], is_cut: bool = False) -> Waterfall:
    """The bars of the steps, which come in the order of their numbers; `began` and `ended` are those of the run."""
    last = max([ended, *(step.at + (step.lasted or 0) for step in steps), *(call.ended for call in calls.values())])
    scale = _Scale(began, max(last - began, 1e-6))
    shown, folded = _unfolded([step for step in steps if step.key])
    ends = _ends(steps, calls)
    bars: list[Bar] = []
    for step in shown:
        bars.append(scale.bar(step, ends[_own(step.key)], len(frames(step.key)), folded.get(step.key, 0)))
        if call := calls.get(_own(step.key)):
            bars.append(scale.called(call, len(frames(step.key)) + 1))
    return Waterfall(bars[:BARS], scale.span, is_cut or len(bars) > BARS)


def _own(key: str) -> str:
    """The key of the step that an entry belongs to."""
    return key.partition("~")[0]


def _unfolded(steps: Iterable[Step]) -> tuple[list[Step], dict[str, int]]:
    """The steps of the first passes of each node around them, and how many passes of each node were left out."""
    shown: list[Step] = []
    left_out: dict[str, set[int]] = {}
    known: set[str] = set()
    for step in steps:
        outer = next(((key, number) for key, number in frames(_own(step.key)) if number >= PASSES), None)
        if outer and not step.failed:  # what went wrong is what is looked for
            left_out.setdefault(outer[0], set()).add(outer[1])
        elif _own(step.key) not in known:  # a wait is told of twice: when it begins, and when it is over
            known.add(_own(step.key))
            shown.append(step)
    return shown, {key: len(passes) for key, passes in left_out.items()}


def _ends(steps: Iterable[Step], calls: Mapping[str, Call]) -> dict[str, float]:
    """When each step was over: a flow node with the last of what ran within it."""
    ends: dict[str, float] = {}
    for step in steps:
        own, over = _own(step.key), step.at + (step.lasted or 0)
        if own in calls:
            over = max(over, calls[own].ended)
        for key in (own, *(around for around, _ in frames(own))):
            ends[key] = max(ends.get(key, 0.0), over)
    return ends


@dataclass(frozen=True)
class _Scale:
    began: float
    span: float

    def bar(self, step: Step, over: float, depth: int, folded: int) -> Bar:
        lasted = max(over - step.at, 0.0)
        state = "failed" if step.failed else "void" if step.is_void else "wait" if is_wait(step.key) else "done"
        return Bar(
            step.name, depth, *self._place(step.at, lasted), step.at - self.began, lasted, state, step.seq, folded
        )

    def called(self, call: Call, depth: int) -> Bar:
        lasted = max(call.ended - call.began, 0.0)
        left, width = self._place(call.began, lasted)
        return Bar(call.name, depth, left, width, call.began - self.began, lasted, call.status, run_id=call.run_id)

    def _place(self, at: float, lasted: float) -> tuple[float, float]:
        left = min(max((at - self.began) / self.span * 100, 0.0), 100 - THINNEST)
        return round(left, 2), round(min(max(lasted / self.span * 100, THINNEST), 100 - left), 2)
