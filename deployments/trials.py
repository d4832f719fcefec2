"""What became of the runs that open circuit breakers have let through to try, as the clock of every process asks."""

import logging
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from deployments import notices, timetable
from deployments.breaker import CLOSED
from deployments.models import Deployment
from dragops_site.ids import time_of
from executions.models import Execution
from executions.persistence import writing
from executions.status import UNSUCCESSFUL, Status

log = logging.getLogger(__name__)

VANISHED_AFTER = timedelta(minutes=1)  # a trial's row may be written a moment after it was admitted


def judge() -> None:
    """Close the breakers whose trial has completed; where it has failed, the cool-down begins anew."""
    tried = list(Deployment.objects.select_related("pattern").defer("pattern__graph").exclude(breaker_trial=None))
    statuses = dict(Execution.objects.filter(pk__in=[d.breaker_trial for d in tried]).values_list("pk", "status"))
    for deployment in tried:
        with writing():
            _judge(deployment, statuses.get(deployment.breaker_trial) if deployment.breaker_trial else None)


def _judge(deployment: Deployment, status: str | None) -> None:
    now = timezone.now()
    tried = Deployment.objects.filter(pk=deployment.pk, breaker_trial=deployment.breaker_trial)
    if status == Status.COMPLETED:
        _recover(deployment, tried, now)
    elif status in UNSUCCESSFUL:
        tried.update(breaker_trial=None, breaker_opened_at=now, updated_at=now)
    elif status == Status.CANCELED or (status is None and _has_vanished(deployment, now)):
        tried.update(breaker_trial=None)


def _recover(deployment: Deployment, tried: QuerySet[Deployment], now: datetime) -> None:
    timetable.start_again(deployment.pk)
    active = {**CLOSED, "status": Deployment.Status.ACTIVE, "pause_reason": ""}
    if tried.update(**active, breaker_closed_at=now, updated_at=now):
        log.info("pattern %s has recovered, and is resumed", deployment.pk)
        name = notices.name_of(deployment)
        notices.tell(deployment, f"{name} has recovered", "The trial run completed. The deployment is active again.")


def _has_vanished(deployment: Deployment, now: datetime) -> bool:
    trial = deployment.breaker_trial
    return trial is not None and time_of(trial) < now - VANISHED_AFTER
