"""What a retry policy says of a failed attempt."""

from collections.abc import Collection
from dataclasses import dataclass

from patterns.context import NodeError

LONGEST_PAUSE_S = 7 * 24 * 3600


@dataclass(frozen=True)
class RetryPolicy:
    """How often a run is attempted, and how long it waits in between. Seconds; `jitter` is the share (0 to 1) by which
    a pause may be longer, so that runs which failed together do not come back together."""

    attempts: int = 1
    first_delay_s: float = 5
    factor: float = 2
    max_delay_s: float = 3600
    jitter: float = 0.2
    never: Collection[str] = ()  # error types that are not worth another attempt
    every_error: bool = False  # also those that do not say that they can pass
    anew: bool = False  # from the start instead of at the failed step

    def covers(self, error: NodeError) -> bool:
        """Whether an error is worth another attempt, if one is left."""
        return self.attempts > 1 and error.type not in self.never and (self.every_error or error.retryable)

    def delay_s(self, attempt: int, spread: float) -> float:
        """The pause after a failed attempt (from 1); `spread` is a random number from 0 to 1."""
        try:
            pause = self.first_delay_s * self.factor ** (attempt - 1)
        except OverflowError:
            pause = self.max_delay_s
        return min(min(pause, self.max_delay_s) * (1 + self.jitter * spread), LONGEST_PAUSE_S)


NO_RETRIES = RetryPolicy()
