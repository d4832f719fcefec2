from dataclasses import dataclass
from typing import Any
from uuid import UUID

from deployments.intake import Arrival, take_in
from executions.actions.start_execution import new_execution
from executions.status import Mode, Trigger


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
    run_id = take_in(Arrival(execution, key))
    return Started(run_id, is_duplicate=run_id != execution.pk)
