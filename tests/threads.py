"""Several threads that do things at the same moment, each with its own connection."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from django.db import connection


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What each action returned, or what it raised, in order."""
    outcomes: list[Any] = [None] * len(actions)
    start = Barrier(len(actions))

    def run(position: int) -> None:
        start.wait()
        try:
            outcomes[position] = actions[position]()
        except BaseException as error:
            outcomes[position] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=[position]) for position in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
