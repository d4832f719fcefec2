"""A Celery app of its own, beside the product's."""

import os
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING
from uuid import UUID

from celery import Celery

if TYPE_CHECKING:  # Django is not ready when Celery imports this
    from executions.models import Execution
    from executions.presence import Presence

app = Celery("floor", amqp="dragops_site.broker:AMQP", set_as_current=False)
app.config_from_object("django.conf:settings", namespace="CELERY")

_alone = Lock()


@app.task(name="floor.nothing")
def nothing() -> None:
    """What a message for each execution would cost at least."""


@app.task(name="floor.run")
def run(execution_id: str) -> None:
    """What a message for each execution costs in full: it is claimed, run and written by itself, by the product's
    engine and into its tables, so that nothing but the way to it differs."""
    from executions.batch import Batch

    with _alone:  # the first call registers it
        worker = _worker()
    Batch(worker, _claimed(UUID(execution_id), worker.worker_id)).run()


def _claimed(execution_id: UUID, worker_id: UUID) -> "list[Execution]":
    from django.utils import timezone

    from executions.models import Execution
    from executions.status import Status

    now, found = timezone.now(), Execution.objects.filter(pk=execution_id)
    rows = list(found.select_related("pattern"))
    claim = {"status": Status.RUNNING, "worker": worker_id, "started_at": now, "deadline_at": now + rows[0].time_left}
    return rows if found.filter(status=Status.QUEUED).update(**claim) else []


@cache
def _worker() -> "Presence":
    """A worker without a heart: nothing else looks for executions here."""
    from executions.presence import Presence

    worker = Presence(f"floor {os.getpid()}")
    worker._register()
    return worker
