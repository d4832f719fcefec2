from dataclasses import dataclass
from typing import Any
from uuid import UUID

from deployments.intake import Arrival, take_in, take_in_trial
from dragops_site.errors import Paused
from executions.actions.start_execution import new_execution
from executions.status import Mode, Trigger


class WebhookPaused(Paused):
    status = 503  # the sender should come back

    def __init__(self) -> None:
        super().__init__("This pattern is paused. Try again later.")


@dataclass(frozen=True)
class LiveWebhook:
    """What is needed of a live version to start it: one row of one query."""

    pattern_id: UUID
    snapshot_id: UUID
    version_number: int
    response_mode: str
    time_limit_s: int
    concurrency: int | None = None
    rate_limit: int | None = None  # requests in the period
    rate_period_s: int = 60
    is_trial: bool = False  # paused by its circuit breaker, which has cooled down

    @property
    def is_awaited(self) -> bool:
        return self.response_mode != "immediate"


@dataclass(frozen=True)
class Started:
    """The run that a request stands for. Of a duplicate it is the one that the first request has started."""

    run_id: UUID
    is_duplicate: bool = False


def start_webhook_run(webhook: LiveWebhook, event: dict[str, Any], key: str = "") -> Started:
    """Start the execution for a request to a live webhook; it is in the database when this returns.

    `key` says which requests are one and the same, for 24 hours; the empty one is no other's.
    Raises WebhookPaused where an open circuit breaker lets another one through to try.
    """
    execution = new_execution(
        pattern_id=webhook.pattern_id,
        snapshot_id=webhook.snapshot_id,
        version_number=webhook.version_number,
        mode=Mode.LIVE,
        trigger=Trigger.WEBHOOK,
        event=event,
        time_limit_s=webhook.time_limit_s,
        concurrency=webhook.concurrency,
        awaited=webhook.is_awaited,
    )
    arrival = Arrival(execution, key)
    run_id = take_in_trial(arrival) if webhook.is_trial else take_in(arrival)
    if run_id is None:
        raise WebhookPaused
    return Started(run_id, is_duplicate=run_id != execution.pk)
