"""Writing to the database: waiting for one's turn, and for the database to come back."""

import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import RLock
from time import sleep
from typing import TypeVar

from django.db import DatabaseError, Error, InterfaceError, OperationalError, connection, transaction

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
Result = TypeVar("Result")

_turn = RLock()


@contextmanager
def turn() -> Iterator[None]:
    """The turn to write, for one statement: it is a transaction by itself.

    SQLite has one writer at a time and polls for its turn, with pauses of up to 100 ms that leave the processors idle.
    Threads and processes queue up here instead, where the next goes on at once. A process that dies gives up its turn.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with _turn, _turn_of_processes(str(connection.settings_dict["NAME"])):
            yield
    else:
        yield


@contextmanager
def writing() -> Iterator[None]:
    """A transaction that writes."""
    with turn(), transaction.atomic():
        yield


def leaves_unsynced() -> bool:
    """Whether `unsynced` makes a difference: SQLite waits for the disk at no commit."""
    return connection.vendor == "postgresql"


def unsynced() -> None:
    """Let the transaction at hand commit without waiting for the disk: all see it, and it is on the disk once a later
    transaction is."""
    if leaves_unsynced():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")


@contextmanager
def _turn_of_processes(database: str) -> Iterator[None]:
    gate = _gate(f"{database}-turn", os.getpid())
    fcntl.flock(gate, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(gate, fcntl.LOCK_UN)


@cache
def _gate(path: str, pid: int) -> int:
    """The file whose lock is the turn; of each process its own, because a fork would share the lock."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def is_away(error: Exception) -> bool:
    """Whether the database did not answer, so that another try may succeed."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    # psycopg2 raises the bare class where the connection broke in the midst of an answer.
    return type(error) is DatabaseError and (connection.connection is None or not connection.is_usable())


def reading(work: Callable[[], Result]) -> Result:
    """Call `work`, which reads; on a new connection once more where this one is broken. That spares the look whether it
    lives, which comes before the first query of a request and costs PostgreSQL as much as a short query."""
    was_open = connection.connection is not None  # a new one that fails would only fail again, and take its time for it
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return work()
    except Error as error:
        if not was_open or connection.in_atomic_block or not is_away(error):
            raise
        connection.close()
        return work()


def persistently(work: Callable[[], Result]) -> Result:
    """Call `work` until the database answers. What a run has done must not be lost because it was away.

    Errors that will not pass (a value the database refuses) are raised.
    """
    pause = FIRST_PAUSE_S
    while True:
        try:
            return work()
        except Error as error:
            # Within a transaction the whole of it is the caller's to try again.
            if connection.in_atomic_block or not is_away(error):
                raise
            log.warning("the database does not answer (%s); trying again in %.1f s", error, pause)
            connection.close()
            sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)


def persistently_apart(work: Callable[[], Result]) -> Result:
    """`persistently`, for the thread of an effect: it may wait long for the other side, and keeps no connection."""
    try:
        return persistently(work)
    finally:
        if not connection.in_atomic_block:
            connection.close()
