"""The Celery tasks: both take nothing, because what is to be done stands in the database."""

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown

from executions import presence, recovery, worker


@shared_task(name="executions.tasks.drain")
def drain() -> int:
    """Answer the bell."""
    return worker.drain(presence.current())


@shared_task(name="executions.tasks.sweep")
def sweep() -> int:
    """Look for lost workers and lost rings."""
    return recovery.sweep()


@worker_ready.connect
def _appear(**_: object) -> None:
    presence.current()
    recovery.sweep()


@worker_shutdown.connect
def _leave(**_: object) -> None:
    presence.current().end()
