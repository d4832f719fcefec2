"""Writing to the database: waiting for one's turn, and for the database to come back."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from time import sleep
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
Result = TypeVar("Result")

_turn = RLock()


@contextmanager
def writing() -> Iterator[None]:
    """A transaction that writes.

    SQLite has one writer at a time and polls for its turn, with pauses of up to 100 ms. The threads of a process
    queue up here instead, where the next goes on at once.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with _turn, transaction.atomic():
            yield
    else:
        with transaction.atomic():
            yield


def persistently(work: Callable[[], Result]) -> Result:
    """Call `work` until the database answers. What a run has done must not be lost because it was away.

    Errors that will not pass (a value the database refuses) are raised.
    """
    pause = FIRST_PAUSE_S
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block:  # the whole transaction is the caller's to try again
                raise
            log.warning("the database does not answer (%s); trying again in %.1f s", error, pause)
            connection.close()
            sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
