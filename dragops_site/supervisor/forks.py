"""Children that go on from here instead of becoming another program: what this process has imported, they share.

The parent must have one thread, and no connection to anything.
"""

import contextlib
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Collection
from typing import NoReturn

CAN_FORK = sys.platform == "linux"  # elsewhere system libraries may have begun what does not survive it
MOST_FILES = 1_048_576


class Fork:
    """A forked child, to be waited for as a `subprocess.Popen` is."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._wait(os.WNOHANG)

    def wait(self) -> int | None:
        return self._wait(0)

    def _wait(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def fork(
    live: Callable[[], object],
    announce: Callable[[], None],
    output: int | None = None,
    keep: Collection[int] = (),
) -> Fork:
    """Call `live` in a child that leads a group of its own and ends with that call; returns once it can be signalled.

    The child prints to `output` (else where we print), and has no other file of ours than those to `keep`. It calls
    `announce` before all else. What `live` raises is printed; SystemExit gives the exit code.
    """
    _flush()
    birth, born = os.pipe()
    before = signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())  # until the child has its own handlers
    try:
        pid = os.fork()
        if pid == 0:
            _live(live, lambda: _be_born(announce, output, keep, before))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(born)
        with os.fdopen(birth, "rb") as signs:
            signs.read()  # to its end: the child has closed it, or has ended
    return Fork(pid)


def _live(live: Callable[[], object], be_born: Callable[[], None]) -> NoReturn:
    """Whatever happens, nothing of what the parent would do next is done here."""
    code = 1
    try:
        be_born()
        code = _exit_code(live)
        _flush()
    finally:
        os._exit(code)


def _exit_code(live: Callable[[], object]) -> int:
    try:
        live()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code & 0xFF if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _be_born(
    announce: Callable[[], None], output: int | None, keep: Collection[int], mask: Collection[signal.Signals | int]
) -> None:
    os.setsid()
    announce()
    _forget_handlers()
    _take_streams(output)
    _close_all_but(keep)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _forget_handlers() -> None:
    """As a fresh Python has them: what was ignored still is."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _take_streams(output: int | None) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    if output is not None:
        os.dup2(output, 1)
        os.dup2(output, 2)
    # The parent's own may be closed, or write elsewhere by now.
    sys.stdout, sys.stderr = (
        os.fdopen(number, "w", buffering=1, errors="backslashreplace", closefd=False) for number in (1, 2)
    )


def _close_all_but(keep: Collection[int]) -> None:
    """The objects that own these files live on in the frames below us, which are never left."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    first = 3
    for kept in [*sorted(keep), MOST_FILES if most == resource.RLIM_INFINITY else most]:
        os.closerange(first, kept)
        first = kept + 1


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
