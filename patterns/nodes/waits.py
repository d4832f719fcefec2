"""Flow control that takes time: waits, attempts, and chains that run at the same time.

These generators yield what they wait for (`patterns.context`): the run goes on elsewhere, or holds no worker meanwhile.
"""

import random
import time
from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from typing import Annotated
from typing import Any as AnyValue

from patterns.context import Listen, NodeError, RunContext, Sleep, TimedOut, Together, Within
from patterns.nodes.flow import FLOW, Outputs, exit_count
from patterns.registry import Interfaces, Kind, Label, Pins, effect, exec_pin, flow
from patterns.types import Any, Array, DateTime, Float, Integer, Object, PinType, String, Value, show

Asking = Generator[str | tuple[str, Outputs] | Sleep | Listen | Together | Within, AnyValue, None]
DAY_S = 24 * 3600
LONGEST_WAIT_S = 365 * DAY_S
MAX_ATTEMPTS = 1_000
MAX_TOGETHER = 100
Seconds = Annotated[float, PinType.FLOAT, Label("Timeout (s)")]
Delay = Annotated[float, PinType.FLOAT, Label("Delay (s)")]


@flow(FLOW, exits=("Body", "Succeeded", "Exhausted"), outputs={"attempt": Integer, "error": Object})
def retry(attempts: Integer = 3, delay_s: Delay = 1, backoff: Float = 2) -> Asking:
    """Runs Body until it ends without an error, at most Attempts times, then Succeeded or Exhausted.

    Between two attempts it waits Delay, each time Backoff times longer and a little more, so that runs which failed
    together do not come back together. Attempt counts from 1; Error is what the last one failed with.

    Example: fails {"Body": 2}; Attempts 3
        → Body (Attempt 1), Body (Attempt 2), Body (Attempt 3), Succeeded
    """
    if not 1 <= attempts <= MAX_ATTEMPTS:
        raise NodeError(f"Attempts is {show(attempts)}, not between 1 and {MAX_ATTEMPTS:,}.", "ValueError")
    _check_wait(delay_s, "Delay (s)")
    return _attempts(attempts, delay_s, backoff)


def _attempts(attempts: int, delay_s: float, backoff: float) -> Asking:
    failed = NodeError("")
    for attempt in range(1, attempts + 1):
        try:
            yield "body", {"attempt": attempt}
        except NodeError as error:
            failed = error
        else:
            yield "succeeded"
            return
        if attempt < attempts:
            yield Sleep(_pause_s(attempt, delay_s, backoff))
    try:
        yield "exhausted", {"error": failed.as_value()}
    except NodeError as raised:
        raised.roots = failed.roots
        raise


def _pause_s(attempt: int, delay_s: float, backoff: float) -> float:
    try:
        pause = delay_s * backoff ** (attempt - 1)
    except OverflowError:
        pause = DAY_S
    return min(max(pause, 0), DAY_S) * random.uniform(1, 1.2)  # noqa: S311 (spreads load, keeps no secret)


def _branch_pins(properties: Mapping[str, Value], interfaces: Interfaces) -> Pins:
    count = exit_count(properties.get("outputs", 2))
    return Pins(outputs=(*(exec_pin(f"Branch {i}") for i in range(count)), exec_pin("Completed")))


@flow(FLOW, pins=_branch_pins)
def parallel(*, outputs: Any = 2) -> Asking:
    """Runs the chains at all its branches at the same time, and Completed when every one has come to its end.

    Each branch works on variables of its own; what the branches did to them is done to the run's in the order of the
    branches, before Completed. When branches fail, the others run to their end; then the first error is raised.

    Example: Outputs 2 → Branch 0, Branch 1, Completed
    """
    count = exit_count(outputs)
    yield Together([(f"branch{position}", {}) for position in range(count)], limit=count)
    yield "completed"


@flow(
    FLOW, exits=("Body", "Completed"), outputs={"item": Any, "index": Integer, "results": Array}, type="ParallelForEach"
)
def parallel_for_each(collection: Array, concurrency: Integer = 5) -> Asking:
    """Runs Body once for each item, several passes at the same time (at most Concurrency), then Completed.

    Results holds what the last node of each pass put out, in the order of Collection. Variables are as in Parallel.

    Example: Collection ["a", "b"], Concurrency 2 → Body (Item "a", Index 0), Body (Item "b", Index 1), Completed
    """
    if not 1 <= concurrency <= MAX_TOGETHER:
        raise NodeError(f"Concurrency is {show(concurrency)}, not between 1 and {MAX_TOGETHER}.", "ValueError")
    return _passes_together(collection, concurrency)


def _passes_together(collection: list[Value], limit: int) -> Asking:
    passes = [("body", {"item": item, "index": index}) for index, item in enumerate(collection)]
    results = yield Together(passes, limit, is_loop=True)
    yield "completed", {"results": results}


@flow(FLOW, exits=("Body", "Completed", "Timed Out"))
def timeout(run: RunContext, seconds: Float) -> Asking:
    """Runs Body, then Completed; when Body has not ended after so many seconds it is given up, and Timed Out runs.

    A request or call that is under way is not waited for. Waits inside Body count.

    Example: Seconds 10 → Body, Completed
    """
    _check_wait(seconds, "Seconds")
    return _within(run, seconds)


def _within(run: RunContext, seconds: float) -> Asking:
    scope = run.place
    try:
        yield Within("body", seconds)
    except TimedOut as late:
        if late.scope != scope:
            raise
    else:
        yield "completed"
        return
    yield "timedOut"


def _check_wait(seconds: float, name: str) -> None:
    if not 0 <= seconds <= LONGEST_WAIT_S:  # also refuses what is not a number
        raise NodeError(f"{name} is {show(seconds)}, not between 0 and {LONGEST_WAIT_S:,} (365 days).", "ValueError")


@effect(FLOW, kind=Kind.FLOW, acts=False, blocks=False)
def delay(seconds: Float) -> Sleep:
    """Goes on after so many seconds. The run holds no worker while it waits, and survives every restart.

    Example: Seconds 3600 → waits 3600
    """
    _check_wait(seconds, "Seconds")
    return Sleep(seconds)


@effect(FLOW, kind=Kind.FLOW, acts=False, blocks=False)
def wait_until(time: DateTime) -> Sleep:
    """Goes on at this time, at once if it is past. The run holds no worker while it waits.

    Example: Time "2026-07-01T09:30:00Z" → waits 0
    """
    moment = datetime.fromisoformat(time)
    until = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    _check_wait(max(0.0, until - _now_s()), "Time, in seconds from now,")
    return Sleep(until=until)


def _now_s() -> float:
    return time.time()


@flow(
    FLOW,
    label="Wait For Webhook",
    exits=("Waiting", "Received", "Timed Out"),
    outputs={"url": String, "body": Object, "query": Object, "method": String},
)
def wait_for_webhook(run: RunContext, timeout_s: Seconds = DAY_S) -> Asking:
    """Waits for a request to a one-time address: an approval, an answer from outside. Holds no worker meanwhile.

    Waiting runs first, with the address in URL, to send it to somebody. Then the run waits: Received runs with what
    came, or Timed Out. The address answers once; it may be opened in a browser.

    Example: answer {"body": {"approved": true}, "method": "POST"}; Timeout (s) 3600
        → Waiting, Received (Body {"approved": true}, Method "POST")
    """
    _check_wait(timeout_s, "Timeout (s)")
    return _listen(run, timeout_s)


def _listen(run: RunContext, timeout_s: float) -> Asking:
    yield "waiting", {"url": run.open_hook()}
    event = yield Listen(timeout_s)
    if event is None:
        yield "timedOut"
    else:
        yield "received", {name: event.get(name) for name in ("body", "query", "method")}
