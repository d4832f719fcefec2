"""The Celery tasks: both take nothing, because what is to be done stands in the database."""

from celery import shared_task
from celery.signals import beat_init, worker_ready, worker_shutdown, worker_shutting_down

from executions import presence, recovery, worker
from executions.clock import Clock


@shared_task(name="executions.tasks.drain")
def drain() -> int:
    """Answer the bell."""
    return worker.drain(presence.current())


@shared_task(name="executions.tasks.sweep")
def sweep() -> int:
    """Look for lost workers, as the clock does."""
    return recovery.sweep(judges=False)


@beat_init.connect
def _keep_time(**_: object) -> None:
    Clock().begin()


@worker_ready.connect
def _appear(**_: object) -> None:
    presence.current()
    recovery.sweep(judges=False)


@worker_shutting_down.connect
def _begin_to_leave(**_: object) -> None:
    presence.leave()


@worker_shutdown.connect
def _leave(**_: object) -> None:
    presence.current().end()
