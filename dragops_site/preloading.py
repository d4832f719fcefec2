"""What the children of `up` use, imported once before they are forked: they share the memory that it takes."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.urls import reverse

WEB = [
    "django.contrib.messages.storage.fallback",
    "django.contrib.sessions.serializers",
    "dragops_site.supervisor.webserver",
    "dragops_site.wsgi_handler",
]
CELERY = [
    "celery.app.log",
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.backends.base",
    "celery.concurrency.thread",
    "celery.contrib.django.task",
    "celery.events",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.strategy",
    "django_celery_beat.schedulers",
    "dragops_site.broker",
]
OURS = ["deployments.known_secrets", "django.db.models.sql.compiler", "dragops_site.supervisor.services"]


def preload() -> None:
    """Import it all, connecting to nothing and starting no thread."""
    for name in [*WEB, *CELERY, *OURS, *_named_in_settings()]:
        import_module(name)
    reverse(settings.LOGIN_URL)  # imports every view
    _finish_celery()
    gc.collect()
    gc.freeze()  # else the first collection in each child would copy every page


def _named_in_settings() -> list[str]:
    """The modules of the middleware, which makes itself in the web process once the static files are there, and of
    what the clock calls."""
    return [name.rpartition(".")[0] for name in [*settings.MIDDLEWARE, *(name for name, _ in settings.CLOCKWORK)]]


def _finish_celery() -> None:
    from dragops_site.celery import app

    os.environ["CELERY_SKIP_CHECKS"] = "1"  # of every model and address; Celery looks at no result of them
    app.loader.import_default_modules()
    app.finalize()
