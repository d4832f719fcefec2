"""The doorbell: tells the workers that something is queued.

One drain at a time answers it while the load is light; the bell stays set as long as it looks for more, so that most
executions cost no message. A drain that is about to be slow, or finds more than it can take, calls others. A lost ring
costs seconds, because the clock rings as well; it never costs an execution.
"""

import logging
from collections.abc import Callable
from math import inf
from time import monotonic

from celery import current_app
from django.core.signals import request_finished
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from dragops_site.redis import PREFIX, client

log = logging.getLogger(__name__)

BELL = f"{PREFIX}bell"
HELP = f"{PREFIX}help"
ANSWERED_MS = 2_000  # a drain that died is replaced after so long
HELP_EVERY_MS = 50
SILENT_S = 10.0

_is_owed = False
_silent_until = -inf


def ring_on_commit() -> None:
    """Ring once the rows that are to be found are there."""
    transaction.on_commit(ring)


def ring_after_answer() -> None:
    """Ring once the rows are there, when the request at hand has had its answer: who sent it need not wait for that."""
    transaction.on_commit(_owe)


def ring_owed(**_: object) -> None:
    """Ring now, if a ring is owed. Who waits for a result calls it before that."""
    global _is_owed
    if _is_owed:
        _is_owed = False  # first, so that what is owed meanwhile is not forgotten
        ring()


request_finished.connect(ring_owed)


def _owe() -> None:
    global _is_owed
    _is_owed = True


def ring() -> None:
    """Wake a worker, unless one is already looking."""
    _unless_set(BELL, ANSWERED_MS)


def call_help() -> None:
    """Wake one more worker, but not too often."""
    _unless_set(HELP, HELP_EVERY_MS)


def answer() -> None:
    """A drain says that it is looking."""
    _try(lambda: client().set(BELL, 1, px=ANSWERED_MS))


def hush() -> None:
    """A drain says that it will not look again: from now on a ring wakes another."""
    _try(lambda: client().delete(BELL))


def publish() -> None:
    """Send the message that makes a worker look, whatever the bell says."""
    _try(lambda: current_app.send_task("executions.tasks.drain", expires=10, retry=False))


def _unless_set(key: str, milliseconds: int) -> None:
    if _try(lambda: client().set(key, 1, px=milliseconds, nx=True)):
        publish()


def _try(action: Callable[[], object]) -> object:
    try:
        return action()
    except (RedisError, OperationalError, OSError) as error:
        _tell(error)
        return None


def _tell(error: Exception) -> None:
    """Say that the broker is away, but not at every ring."""
    global _silent_until
    if monotonic() >= _silent_until:
        _silent_until = monotonic() + SILENT_S
        log.warning("the broker does not answer (%s); the clock will ring when it is back", error)
