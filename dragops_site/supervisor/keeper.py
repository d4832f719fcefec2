"""Keeps children running: one loop, one thread, no Django."""

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FrameType

from dragops_site.supervisor import targets
from dragops_site.supervisor.children import Child, Process, Program
from dragops_site.supervisor.errands import errand
from dragops_site.supervisor.forks import CAN_FORK
from dragops_site.supervisor.groups import Guarded

GRACE_S = 1.2  # between the request to end and the kill
FOUNDATION_GRACE_S = 0.3
LOOK_EVERY_S = 0.1  # for readiness, while it is awaited
PULSE_EVERY_S = 5.0
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Keeper:
    """Starts programs, restarts those that die, prints their lines under their names, and stops them all.

    `emit(name, line)` prints. Use as a context manager in the main thread: from its beginning it takes the signals
    that ask to stop, and leaving it stops everything.
    """

    def __init__(self, emit: Callable[[str, str], None]) -> None:
        self._emit = emit
        self._children: list[Child] = []
        self._guarded = Guarded()
        self._selector = selectors.DefaultSelector()
        self._stopping = False
        self._hurried = False
        self._interruptible = False
        self._pulse_due = 0.0
        self._bell, self._wakeup = socket.socketpair()
        self._bell.setblocking(False)
        self._wakeup.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)

    def __enter__(self) -> "Keeper":
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, program: Program) -> None:
        child = Child(program)
        self._children.append(child)
        self._start(child)

    def errand(self, name: str, work: Callable[[], str]) -> contextlib.AbstractContextManager[Callable[[], str]]:
        """Have the work done aside (see `errands`)."""
        return errand(self._guarded, f"up: {name}", work)

    def pids(self) -> dict[str, int]:
        """The processes that run now, by the name of their program."""
        return {child.name: child.process.pid for child in self._children if child.process}

    def run(self, is_ready: Callable[[], bool], ready: Callable[[], None]) -> None:
        """Keep the children until a signal asks to stop. `ready` is called once, when `is_ready` first says so."""
        waiting = True
        while not self._stopping:
            if waiting and is_ready():
                waiting = False
                ready()
            self._turn(LOOK_EVERY_S if waiting else PULSE_EVERY_S)
            self._end_the_still()
            self._restart()

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """For long work before `run`: a signal that asks to stop ends it by KeyboardInterrupt. Elsewhere signals only
        leave a note, because an exception in the middle of starting a process would lose that process."""
        self._interruptible = True
        try:
            yield
        finally:
            self._interruptible = False
        if self._stopping:  # an exception raised in a destructor is lost
            raise KeyboardInterrupt

    def stop(self) -> None:
        """End every child: those that stand on others first, each group asked, then killed."""
        self._stopping = True
        for foundation, grace in ((False, GRACE_S), (True, FOUNDATION_GRACE_S)):
            self._end([c for c in self._children if c.program.foundation is foundation], grace)
        self._guarded.close()
        self._selector.close()
        self._unlisten()

    # --- signals ----------------------------------------------------------------------------------------------------
    def _listen(self) -> None:
        signal.set_wakeup_fd(self._wakeup.fileno(), warn_on_full_buffer=False)
        self._before = {signal.SIGCHLD: signal.signal(signal.SIGCHLD, lambda *_: None)}
        for number in STOP_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores SIGHUP: leave it so
                self._before[number] = signal.signal(number, self._asked_to_stop)

    def _unlisten(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        self._bell.close()
        self._wakeup.close()

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._hurried = self._stopping  # asked twice
        self._stopping = True
        if self._interruptible:
            self._interruptible = False
            raise KeyboardInterrupt

    # --- the loop ---------------------------------------------------------------------------------------------------
    def _turn(self, timeout: float | None) -> None:
        """Wait for output, a death, a signal or the next restart; then see to what there is."""
        due = [child.due - time.monotonic() for child in self._children if child.process is None]
        if due and not self._stopping:
            timeout = min(max(0.0, min(due)), timeout if timeout is not None else 3600)
        for key, _ in self._selector.select(timeout):
            if isinstance(key.data, Child):
                self._print(key.data)
            else:
                with contextlib.suppress(BlockingIOError):
                    self._bell.recv(4096)
        self._reap()

    def _print(self, child: Child) -> bool:
        """Print what the child has printed; whether there may be more."""
        lines = child.read_lines()
        for line in filter(child.program.prints, lines or []):
            self._emit(child.name, line)
        if lines is None:
            self._forget_output(child)
        return bool(lines)

    def _forget_output(self, child: Child) -> None:
        if child.output is not None:
            for line in filter(child.program.prints, child.last_line()):
                self._emit(child.name, line)
            self._selector.unregister(child.output)
            os.close(child.output)
            child.output = None

    def _reap(self) -> None:
        if self._guarded.check_guardian() and not self._stopping:
            self._emit("up", "the guardian had ended; there is a new one")
        for child in self._children:
            process = child.process
            if process is None or not self._guarded.reap(process):
                continue
            while self._print(child):
                pass
            self._forget_output(child)
            delay = child.ended()
            child.last_end = ending = _ending(process.returncode)
            if not self._stopping:
                self._emit("up", f"{child.name} {ending}; starting it again in {delay:.1f} s")

    def _end_the_still(self) -> None:
        """Kill what lives and does not move: it was stopped, or hangs so that nothing in it can end it."""
        if time.monotonic() < self._pulse_due:
            return
        self._pulse_due = time.monotonic() + PULSE_EVERY_S
        for child in self._children:
            if child.process and child.pulse and child.pulse.is_gone():
                self._emit("up", f"{child.name} has not moved for half a minute; ending it")
                self._signal([child], signal.SIGKILL)

    def _restart(self) -> None:
        for child in self._children:
            if child.process is None and child.due <= time.monotonic() and not self._stopping:
                self._start(child)

    def _start(self, child: Child) -> None:
        reader, writer = os.pipe()
        try:
            process = self._begin(child.program, child.last_end, writer)
        except OSError as error:
            os.close(reader)
            self._emit("up", f"{child.name} did not start: {error}")
            child.ended()
            return
        finally:
            os.close(writer)
        os.set_blocking(reader, False)
        child.started(process, reader)
        self._selector.register(reader, selectors.EVENT_READ, child)

    def _begin(self, program: Program, last_end: str, output: int) -> Process:
        own = {**program.env, "DRAGOPS_LAST_END": last_end}
        if program.target and CAN_FORK:
            return self._guarded.fork(f"up: {program.name}", lambda: _go_on(program.target, own), output)
        command = program.command or targets.command(program.target)
        return self._guarded.start(command, {**os.environ, **own}, output)

    def _end(self, children: Iterable[Child], grace: float) -> None:
        living = [child for child in children if child.process]
        self._signal(living, signal.SIGTERM)
        until = time.monotonic() + grace
        while any(child.process for child in living) and time.monotonic() < until and not self._hurried:
            self._turn(min(0.05, max(0.0, until - time.monotonic())))
        self._signal(living, signal.SIGKILL)
        while any(child.process for child in living):
            self._turn(0.01)

    def _signal(self, children: Iterable[Child], number: signal.Signals) -> None:
        for child in children:
            if child.process:
                self._guarded.signal(child.process.pid, number)


def _go_on(target: Sequence[str], env: dict[str, str]) -> None:
    os.environ.update(env)
    targets.call(target)


def _ending(code: int | None) -> str:
    if code is None:
        return "ended"
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
