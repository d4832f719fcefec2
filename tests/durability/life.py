"""The nursery: a process that has imported everything and opened nothing, and bears a worker process for each order.

An order is a line of JSON on standard input: the name of the worker and the point at which it dies. The worker lives
when one more line has come. Standard output tells, in lines that begin with the worker's pid, when it was born, what it
did, and how it ended.
"""

import gc
import json
import os
import sys
from importlib import import_module
from time import sleep
from typing import Any

import django

from tests.durability.sabotage import WAYS

LOOK_EVERY_S = 0.005


def main() -> None:
    django.setup()
    _import_all()
    gc.freeze()  # else the first collection in each child would copy every page
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _live(order)
        _, status = os.waitpid(pid, 0)
        _say(pid, f"ended {os.waitstatus_to_exitcode(status)}")


def _import_all() -> None:
    for name in ("deployments.callees", "deployments.policies", "dragops_site.celery", "executions.worker"):
        import_module(name)
    if way := os.environ.get("SABOTAGE"):
        WAYS[way]()


def _live(order: dict[str, Any]) -> None:
    """Work as a worker process does when the bell has rung, until no run is open."""
    from executions import batch, suspects, worker
    from executions.presence import Presence
    from tests.durability.kills import Fate, Kill, watch

    pid = os.getpid()
    _say(pid, "born")
    sys.stdin.readline()  # the server has been told whom to kill
    suspects.SUSPECT_FROM = 10_000  # runs that are killed at every step are no suspects here
    batch.REST_S = order["rests"]
    fate = Fate(Kill(*order["kill"]) if order["kill"] else None, order["passed"], lambda text: _say(pid, text))
    watch(fate)
    presence = Presence(order["name"])
    presence.begin()
    while _is_any_open():
        if not worker.drain(presence):
            sleep(LOOK_EVERY_S)
    _say(pid, f"met {json.dumps(fate.counts)}")
    os._exit(0)  # as suddenly as a kill: who comes next finds the worker's row


def _is_any_open() -> bool:
    from executions.models import Execution
    from executions.status import ENDED

    return Execution.objects.exclude(status__in=ENDED).exists()


def _say(pid: int, text: str) -> None:
    os.write(1, f"{pid} {text}\n".encode())


if __name__ == "__main__":
    main()
