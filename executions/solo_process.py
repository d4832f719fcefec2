"""The process of one execution: `python -m executions.solo_process <execution> <its holder> <file of marks>`."""

import os
import signal
import sys
from collections.abc import Callable
from mmap import mmap
from threading import Thread
from types import FrameType
from uuid import UUID

import django


def main(execution_id: str, holder_id: str, marks: str) -> None:
    django.setup()
    from dragops_site.celery import bound_memory
    from executions import plans
    from executions.batch import Batch
    from executions.marks import BYTES, mark
    from executions.presence import Presence
    from executions.suspects import take_over

    bound_memory()
    memory = mmap(int(marks), BYTES)
    plans.prepare_by(lambda plan, snapshot_id: mark(plan, snapshot_id, memory))
    presence = Presence()
    presence.is_solo = True

    def leave(_number: int, _frame: FrameType | None) -> None:
        presence.leave()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    presence.begin()
    Thread(target=_end_with_parent, args=[presence.leave], daemon=True).start()
    if execution := take_over(UUID(execution_id), UUID(holder_id), presence.worker_id):
        Batch(presence, [execution]).run()
    presence.end()
    os._exit(0)  # an orderly end would wait for what hangs


def _end_with_parent(leave: Callable[[], None]) -> None:
    """Our input ends when the parent does."""
    sys.stdin.buffer.read()
    leave()


if __name__ == "__main__":
    main(*sys.argv[1:])
