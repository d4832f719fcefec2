"""Writing that waits for the database to come back."""

import logging
from collections.abc import Callable
from time import sleep

from django.db import InterfaceError, OperationalError, connection

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0


def persistently(write: Callable[[], None]) -> None:
    """Call `write` until the database answers. What a run has done must not be lost because it was away.

    Errors that will not pass (a value the database refuses) are raised.
    """
    pause = FIRST_PAUSE_S
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block:  # the whole transaction is the caller's to try again
                raise
            log.warning("the database does not answer (%s); trying again in %.1f s", error, pause)
            connection.close()
            sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
