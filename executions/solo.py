"""A run that may be what ends the workers, in a process of its own: what it does there it does to nobody else.

The thread that claimed it starts the process, waits for it, and says of what became of it as much as can be seen from
outside: the signal that ended it, and the node that it had in hand.
"""

import logging
import os
import signal
import subprocess
import sys
from datetime import timedelta
from mmap import mmap
from tempfile import TemporaryFile
from time import monotonic
from typing import IO
from uuid import UUID

from django.conf import settings

from executions import suspects
from executions.marks import BYTES, read
from executions.models import Execution, Worker
from executions.persistence import persistently
from executions.presence import Presence
from executions.recovery import Loss, recover, requeue
from executions.status import Status

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.1
START_S = 30.0  # what a new process may take, besides the time of the run
LEAVE_S = 0.4  # within the time that a leaving worker has
AGAIN = timedelta(seconds=5)  # before the next try, where no process could be started


class _InHand:
    """Tells the heartbeat that the execution is not forgotten."""

    def __init__(self, execution: Execution) -> None:
        self._id = execution.pk

    def ids(self) -> set[UUID]:
        return {self._id}

    def flush_if_stale(self) -> None:
        return


def run(host: Presence, execution: Execution) -> None:
    """Run an execution that the process of `host` has claimed, and return when its own process has ended."""
    in_hand = _InHand(execution)
    host.batches.add(in_hand)
    try:
        with suspects.alone(), TemporaryFile() as marks:
            if not host.is_leaving:
                marks.truncate(BYTES)
                _run(host, execution, marks)
        persistently(lambda: _give_back(host, execution))
    finally:
        host.batches.discard(in_hand)


def _give_back(host: Presence, execution: Execution) -> None:
    """Queue it again where its process has not even taken it over."""
    held = Execution.objects.filter(pk=execution.pk, worker_id=host.worker_id, status=Status.RUNNING)
    requeue(held, counts=False, pause=timedelta(0) if host.is_leaving else AGAIN)


def _run(host: Presence, execution: Execution, marks: IO[bytes]) -> None:
    name = f"{host.name[:150]} solo {execution.pk}"
    try:
        process = _start(host, execution, name, marks)
    except OSError:
        log.exception("no process could be started for execution %s", execution.pk)
        return
    _await(host, process, execution.time_left.total_seconds() + START_S)
    if process.returncode:
        loss = _loss(process.returncode, marks)
        log.warning("execution %s has lost its own process: %s", execution.pk, loss)
        counts = not host.is_leaving
        persistently(lambda: recover(Worker.objects.filter(name=name), counts, loss))


def _start(host: Presence, execution: Execution, name: str, marks: IO[bytes]) -> "subprocess.Popen[bytes]":
    words = [str(execution.pk), str(host.worker_id), str(marks.fileno())]
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "executions.solo_process", *words],
        env={**os.environ, "DRAGOPS_WORKER_NAME": name},
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,  # its end tells the process that we are gone
        pass_fds=[marks.fileno()],
    )


def _await(host: Presence, process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Wait for the process; end it when this one leaves, or when it takes longer than it can have any use for."""
    until = monotonic() + seconds
    while not _has_ended(process, LOOK_EVERY_S):
        if host.is_leaving or monotonic() > until:
            process.send_signal(signal.SIGTERM)
            if not _has_ended(process, LEAVE_S):
                process.kill()
                process.wait()
    assert process.stdin is not None  # noqa: S101 - for the type checker
    process.stdin.close()


def _has_ended(process: "subprocess.Popen[bytes]", within_s: float) -> bool:
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def _loss(code: int, marks: IO[bytes]) -> Loss:
    cause = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    with mmap(marks.fileno(), BYTES) as memory:
        return Loss(cause, *read(memory))
