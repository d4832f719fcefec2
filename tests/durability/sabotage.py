"""Ways to break the product on purpose, so that the suite can show that it would notice."""

from collections.abc import Callable
from typing import Any


def _forget_answers() -> None:
    """An effect's answer is not written before the next step begins."""
    from executions.batch import Batch

    Batch.after_effect = lambda self: None  # type: ignore[method-assign]


def _draw_again() -> None:
    """What was drawn for an effect is not written before it acts."""
    from executions.fiber import Fiber

    Fiber._keep_drawn = lambda self, step: None  # type: ignore[method-assign]


def _forget_the_journal() -> None:
    """Whoever takes over begins anew."""
    from executions import queue
    from executions.journal import Journal

    original = queue.read_journal

    def forgetful(execution: Any) -> Journal:
        return Journal(next_seq=original(execution).next_seq)

    queue.read_journal = forgetful


def _lose_what_workers_held() -> None:
    """The runs of a dead worker are ended instead of queued again."""
    from executions import recovery

    recovery._is_given_up = lambda row: True


WAYS: dict[str, Callable[[], None]] = {
    way.__name__.strip("_"): way for way in (_forget_answers, _draw_again, _forget_the_journal, _lose_what_workers_held)
}
