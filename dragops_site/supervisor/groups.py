"""Process groups that end with us: each child leads a group of its own, and a guardian knows them all."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from dragops_site.supervisor.children import Process
from dragops_site.supervisor.forks import Fork, fork

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if sys.platform == "linux" else None


class Guarded:
    """Starts programs in groups of their own. When this process ends without `close`, the guardian kills the groups."""

    def __init__(self) -> None:
        self._groups: set[int] = set()
        self._libc = _libc()
        self._guardian, self._pipe = self._start_guardian()

    @property
    def guardian_pid(self) -> int:
        return self._guardian.pid

    def start(self, command: Sequence[str], env: dict[str, str], output: int) -> "subprocess.Popen[bytes]":
        """Start the command as the leader of a new group, with `output` (a file descriptor) for all it prints."""
        process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=self._announce(os.getpid()),
        )
        self._note(process)
        return process

    def fork(
        self, name: str, live: Callable[[], object], output: int | None = None, keep: Collection[int] = ()
    ) -> Fork:
        """The same with a call for a command (see `forks.fork`); where processes are listed, the child has the name."""
        announce = self._announce(os.getpid())

        def begin() -> None:
            announce()
            if self._libc is not None:
                self._libc.prctl(_PR_SET_NAME, name.encode())

        process = fork(live, begin, output, keep)
        self._note(process)
        return process

    def signal(self, group: int, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS refuses to signal a zombie's group
            os.killpg(group, number)

    def reap(self, process: Process) -> bool:
        """Whether the process has ended. Then its group is gone too: while the leader is unreaped, nobody else can
        have the group's number, and that is when the rest of the group is killed."""
        if not _has_ended(process):
            return False
        self.signal(process.pid, signal.SIGKILL)
        process.wait()
        self._groups.discard(process.pid)
        self._tell(f"-{process.pid}\n")
        return True

    def check_guardian(self) -> bool:
        """Whether the guardian had died; there is a new one then."""
        if self._guardian.poll() is None:
            return False
        os.close(self._pipe)
        self._guardian, self._pipe = self._start_guardian()
        for group in self._groups:
            self._tell(f"+{group}\n")
        return True

    def close(self) -> None:
        """Let the guardian go, with what is left of the groups."""
        os.close(self._pipe)
        self._guardian.wait()

    def _start_guardian(self) -> "tuple[subprocess.Popen[bytes], int]":
        reader, writer = os.pipe()  # closed in every program we start: only this process holds the writing end
        program = [sys.executable, "-I", "-S", str(Path(__file__).with_name("guardian.py"))]
        try:
            silent = subprocess.DEVNULL
            guardian = subprocess.Popen(program, stdin=reader, stdout=silent, stderr=silent, start_new_session=True)
        finally:
            os.close(reader)
        return guardian, writer

    def _note(self, process: Process) -> None:
        self._groups.add(process.pid)
        self._tell(f"+{process.pid}\n")

    def _tell(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # the next guardian is told all groups
            os.write(self._pipe, line.encode())

    def _announce(self, parent: int) -> Callable[[], None]:
        """What the child does before anything else: it tells the guardian its group itself, so that there is no moment
        in which it runs and nobody knows of it; and on Linux it asks to be killed with its parent."""

        def announce() -> None:
            with contextlib.suppress(OSError):
                os.write(self._pipe, b"+%d\n" % os.getpid())
            if self._libc is not None:
                self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
                if os.getppid() != parent:
                    os._exit(1)

        return announce


def _has_ended(process: Process) -> bool:
    """Whether the process has ended; it is left unreaped where the system can look without taking."""
    if process.returncode is not None or not hasattr(os, "waitid"):
        return process.poll() is not None
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True
