"""The Celery app: the doorbell and the worker; what is to be done stands in the database."""

import os
import resource
from typing import Any

from celery import Celery
from celery.signals import task_prerun, worker_init
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dragops_site.settings")

app = Celery("dragops", amqp="dragops_site.broker:AMQP")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

WORKER_BYTES = 2_000_000_000


@worker_init.connect
def bound_memory(**_: Any) -> None:
    """A run that keeps gathering values gets a MemoryError, before the machine kills whatever is largest."""
    most = resource.getrlimit(resource.RLIMIT_DATA)[1]
    within = WORKER_BYTES if most == resource.RLIM_INFINITY else min(WORKER_BYTES, most)
    resource.setrlimit(resource.RLIMIT_DATA, (within, most))


@task_prerun.connect
def tidy_connections(**_: Any) -> None:
    """What a web server does before a request: let go of connections that are old or broken, and of no others."""
    close_old_connections()
