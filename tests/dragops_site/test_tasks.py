"""What a thread of a worker keeps between two tasks."""

import pytest
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import task_postrun, task_prerun
from django.db import connection

from dragops_site.celery import app
from executions.tasks import drain

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker():
    """What Celery hooks to the signals of a worker, which keep only a weak reference to it."""
    fixup = DjangoWorkerFixup(app)
    fixup.install()
    yield fixup
    task_prerun.disconnect(fixup.on_task_prerun)
    task_postrun.disconnect(fixup.on_task_postrun)


def one_task():
    task_prerun.send(sender=drain)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    task_postrun.send(sender=drain)
    return connection.connection


def test_thread_keeps_its_connection_from_task_to_task(worker):
    kept = one_task()
    assert kept is not None
    assert [one_task() for _ in range(5)] == [kept] * 5


def test_connection_that_is_too_old_is_let_go_before_a_task(worker):
    kept = one_task()
    connection.close_at = 0
    assert one_task() is not kept


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a file does not break")
def test_connection_that_has_broken_is_replaced_before_a_task(worker):
    one_task()
    connection.connection.close()
    assert one_task() is not None
