"""What the children of `up` do: web, worker and beat, each for as long as its process lives."""

import logging
import os
import resource
import warnings
from collections.abc import Callable
from typing import Any

from dragops_site.celery import app
from dragops_site.supervisor import fleet


def web(host: str, port: str) -> None:
    """Serve the pages and the API."""
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from dragops_site.supervisor.webserver import OneProcess

    OneProcess(
        "dragops_site.wsgi:application",
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        blocking_threads=fleet.WEB_THREADS,
        backpressure=fleet.connections(resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
        log_level=LogLevels.warning,
    ).serve(target_loader=_application, wrap_loader=False)


def _application() -> Callable[..., Any]:
    from dragops_site.wsgi import application

    return application


def worker() -> None:
    """Run executions, under the name in DRAGOPS_WORKER_NAME, until SIGTERM asks to leave."""
    _skip_checks()
    warnings.filterwarnings("ignore", "You're running the worker")  # as root: meant for pickled messages; ours are JSON
    celery_worker = app.Worker(
        hostname=os.environ["DRAGOPS_WORKER_NAME"],
        pool_cls="threads",
        concurrency=fleet.WORKER_THREADS,
        loglevel=logging.WARNING,
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    celery_worker.start()
    raise SystemExit(celery_worker.exitcode)


def beat() -> None:
    """Keep the time."""
    _skip_checks()
    app.Beat(quiet=True, loglevel=logging.WARNING).run()


def _skip_checks() -> None:
    """Celery makes Django check every model and address before it starts, and looks at no result."""
    os.environ["CELERY_SKIP_CHECKS"] = "1"
