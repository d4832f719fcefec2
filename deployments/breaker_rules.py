"""The rules of the circuit breaker.

Closed, it counts the runs that have ended within its window; where the share of failed ones reaches the threshold, it
opens, and the deployment is paused. Open, it waits for its cool-down, and then lets a single run through as a trial.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dragops_site.spans import in_words


@dataclass(frozen=True)
class Breaker:
    """The settings; `share` is in percent."""

    share: int
    minimum: int
    window_s: int
    cooldown_s: int

    def counts_from(self, now: datetime, closed_at: datetime | None) -> datetime:
        """The moment from which on runs count: what failed before the breaker closed is settled."""
        start = now - timedelta(seconds=self.window_s)
        return start if closed_at is None else max(start, closed_at)

    def opens_at(self, count: "Count") -> bool:
        return count.total >= self.minimum and count.failed * 100 >= self.share * count.total


@dataclass(frozen=True)
class Count:
    """Runs that have ended within the window."""

    failed: int
    total: int

    @property
    def percent(self) -> int:
        return 100 * self.failed // self.total if self.total else 0


def reason(count: Count, breaker: Breaker) -> str:
    """As in “Circuit breaker: 12 of the last 20 runs (60 %) failed within 5 minutes.”"""
    within = in_words(breaker.window_s)
    return f"Circuit breaker: {count.failed} of the last {count.total} runs ({count.percent} %) failed within {within}."


def cools_until(opened_at: datetime, cooldown_s: int) -> datetime:
    return opened_at + timedelta(seconds=cooldown_s)
