from dataclasses import dataclass
from typing import Any
from uuid import UUID

from executions.actions.start_execution import start_execution
from executions.models import Execution
from executions.status import Mode, Trigger


@dataclass(frozen=True)
class LiveWebhook:
    """What is needed of a live version to start it: one row of one query."""

    pattern_id: UUID
    snapshot_id: UUID
    version_number: int
    response_mode: str
    time_limit_s: int

    @property
    def is_awaited(self) -> bool:
        return self.response_mode != "immediate"


def start_webhook_run(webhook: LiveWebhook, event: dict[str, Any]) -> Execution:
    """The execution that a request to a live webhook starts; it is in the database when this returns."""
    return start_execution(
        pattern_id=webhook.pattern_id,
        snapshot_id=webhook.snapshot_id,
        version_number=webhook.version_number,
        mode=Mode.LIVE,
        trigger=Trigger.WEBHOOK,
        event=event,
        time_limit_s=webhook.time_limit_s,
        awaited=webhook.is_awaited,
    )
