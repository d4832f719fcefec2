"""Python code in a sandbox: an interpreter of its own (Monty) in a process of its own, one for each call at a time.

Nothing there leads out: no files, no network, no environment, no imports but those that the interpreter brings along.
What code has left behind in a session ends with that session. A process that crashes, or is used up, is replaced.
"""

import atexit
import math
import os
import resource
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Any

from django.conf import settings
from pydantic_monty import (
    Frame,
    Monty,
    MontyCrashedError,
    MontyError,
    MontyRuntimeError,
    MontySession,
    MontySyntaxError,
    ResourceLimits,
)

from patterns import quitting
from patterns.context import NodeError

MAX_CODE = 100_000
CHECK_S, START_S = 1.0, 10.0
SESSIONS_PER_PROCESS = 100  # then it is replaced, and with it whatever memory it has held on to
MESSAGE, LINE, LAST_PRINTED = 1_000, 100, 1_000
MISSING = ...  # stands for a variable that the code has not set; it is no value
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Ran:
    """What code has left: the value of its last line or `return`, the variables asked for, and what it has printed.

    The values are Python's, not yet those of patterns; a variable that it has not set is MISSING."""

    value: Any
    variables: Mapping[str, Any]
    printed: str


class _Printed:
    """Keeps the beginning of what is printed."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._parts: list[str] = []
        self._is_cut = False

    def __call__(self, _stream: str, text: str) -> None:
        self._is_cut = self._is_cut or len(text) > self._left
        if self._left:
            self._parts.append(text[: self._left])
            self._left = max(0, self._left - len(text))

    @property
    def text(self) -> str:
        return "".join(self._parts).rstrip("\n") + ("\n…" if self._is_cut else "")


# --- Calls ----------------------------------------------------------------------------------------------------------
def run(code: str, inputs: Mapping[str, Any], names: Sequence[str], seconds: float) -> Ran:
    """Run `code` with `inputs` as its variables, and read those that `names` lists. Raises NodeError.

    `seconds` is the time for everything, of which the code itself gets no more than the settings say.
    """
    printed = _Printed(settings.CODE["PRINTED_CHARACTERS"])
    with _session(seconds) as (session, limits):
        try:
            value = session.feed_run(code, inputs=dict(inputs), print_callback=printed)
            return Ran(value, _variables(session, names), printed.text)
        except MontyError as error:
            raise _failure(error, limits, printed.text) from None
        except ValueError as error:  # a value that cannot be handed over
            raise NodeError(f"Code: {error}"[:MESSAGE], "ValueError") from None


def _variables(session: MontySession, names: Sequence[str]) -> dict[str, Any]:
    if not names:
        return {}
    found = session.feed_run(f"[{', '.join(names)}]", external_lookup=dict.fromkeys(names, MISSING))
    return dict(zip(names, found, strict=True))


def check(code: str) -> None:
    """Refuse code that the sandbox cannot read. Raises ValueError, with the line."""
    if len(code) > MAX_CODE:
        raise ValueError(f"it has more than {MAX_CODE:,} characters, which is the limit")
    with suppress(NoSandbox):  # then running it will say so
        if fault := _fault(code):
            raise ValueError(fault)


@lru_cache(maxsize=100)
def _fault(code: str) -> str:
    """What is wrong with the code, as far as reading shows: nothing of what stands after a `return` is run."""
    with _session(CHECK_S) as (session, _):
        try:
            session.feed_run(f"return\n{code}", print_callback=_Printed(0))
        except MontyCrashedError:
            return "it cannot be read: it ends the process that tries"
        except (MontySyntaxError, MontyRuntimeError) as error:
            if isinstance(error.exception(), TimeoutError):
                raise NoSandbox("it could not be read in time") from None
            frames = error.traceback()
            where = f"line {frames[-1].line - 1}: " if frames else ""
            return f"{where}{_message(error)}"[:MESSAGE].rstrip(".")
    return ""


# --- Errors ---------------------------------------------------------------------------------------------------------
class NoSandbox(NodeError):
    """There is no process for the code now."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Code: {why}", "NoSandbox", retryable=True)


def _failure(error: MontyError, limits: ResourceLimits, printed: str) -> NodeError:
    """What people see of an error: its line and that line's text, and what was printed before."""
    if isinstance(error, MontyCrashedError):
        return NodeError("Code: the process of the sandbox has ended before the code did.", "SandboxCrashed")
    if not isinstance(error, MontyRuntimeError | MontySyntaxError):
        return NodeError(f"Code: {error}"[:MESSAGE], "ValueError")
    name = error.display("type-msg").partition(":")[0].strip()
    message = _limit_message(name, _message(error), limits)
    after = f"\nPrinted before: {printed[-LAST_PRINTED:]}" if printed else ""
    return NodeError(f"Code{_place(error.traceback())}: {message}{after}", name[:LINE])


def _message(error: MontyRuntimeError | MontySyntaxError) -> str:
    text = error.display("msg") or error.display("type-msg").partition(":")[0]
    text = text.replace("The monty syntax parser does not yet support", "the sandbox does not know")
    return text if len(text) <= MESSAGE else f"{text[: MESSAGE - 1]}…"


def _place(frames: Sequence[Frame]) -> str:
    """`, line 3 “return 1 / n”` for the innermost line of what was called."""
    if not frames:
        return ""
    text = (frames[-1].source_line or "").strip()
    shown = text if len(text) <= LINE else f"{text[: LINE - 1]}…"
    return f", line {frames[-1].line}" + (f" “{shown}”" if shown else "")


def _limit_message(name: str, message: str, limits: ResourceLimits) -> str:
    """The limits of the sandbox, in our words."""
    seconds, memory = limits["max_feed_duration_secs"] or 0, limits["max_memory"] or 0
    if name == "TimeoutError" and message.startswith("feed time limit"):
        return f"it took longer than {seconds:.3g} s, which is the limit"
    if name == "TimeoutError" and message.startswith("sleep limit"):
        return "it may not sleep; a Delay node waits without holding a worker"
    if name == "MemoryError" and "memory limit" in message:
        return f"it needs more memory than {memory // 2**20} MB, which is the limit"
    if name == "UnicodeEncodeError" and message.endswith("surrogates not allowed"):
        return "a text holds half of a character (a lone surrogate), which the sandbox does not take"
    return message


# --- Sessions -------------------------------------------------------------------------------------------------------
class _Worker:
    """The process that serves a session, which another thread may end."""

    def __init__(self) -> None:
        self.is_ended = False
        self.pid: int | None = None
        self._lock = Lock()

    def end(self) -> None:
        with self._lock:
            self.is_ended = True
            if self.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)

    @contextmanager
    def serving(self, pid: int | None) -> Iterator[None]:
        """Within, `end` kills this process. Afterwards it may serve others."""
        self.pid = pid
        try:
            if self.is_ended:
                raise NoSandbox("nobody waits for it any more")
            yield
        finally:
            with self._lock:
                self.pid = None


@contextmanager
def _session(seconds: float) -> Iterator[tuple[MontySession, ResourceLimits]]:
    """A new session with its limits, in a process that serves nobody else. Raises NodeError."""
    until, worker, pool = monotonic() + seconds, _Worker(), _current_pool()
    with quitting.ended_by(worker.end), pool.place(seconds):
        limits = _limits(until - monotonic())
        with pool.checkout(limits) as session:
            pid = session.worker_pid
            _bound_time(pid, limits["max_feed_duration_secs"] or 0)
            with worker.serving(pid):
                yield session, limits


def _limits(seconds: float) -> ResourceLimits:
    return {
        "max_feed_duration_secs": max(0.001, min(settings.CODE["SECONDS"], seconds)),
        "max_memory": settings.CODE["MEMORY_MB"] * 2**20,
        "max_recursion_depth": settings.CODE["RECURSION_DEPTH"],
        "max_total_sleep_secs": 0,
    }


def _bound_time(pid: int | None, seconds: float) -> None:
    """Let the kernel end the process should it be busy for longer: nobody else does once ours was killed."""
    if pid is None or not hasattr(resource, "prlimit"):
        return
    with suppress(OSError, ValueError):
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used = (int(times[11]) + int(times[12])) / _TICKS_PER_S
        _, hard = resource.prlimit(pid, resource.RLIMIT_CPU)
        resource.prlimit(pid, resource.RLIMIT_CPU, (math.ceil(used + seconds) + 1, hard))


# --- The pool -------------------------------------------------------------------------------------------------------
class _Pool:
    """The processes of the sandbox that belong to this process; started when they are needed."""

    def __init__(self) -> None:
        self.size = settings.CODE["PROCESSES"]
        self._places = BoundedSemaphore(self.size)
        self._monty = Monty(
            min_processes=0,
            max_processes=self.size,
            checkout_timeout=START_S,  # a place is free, so that this only bounds the start of a process
            max_checkouts_per_worker=SESSIONS_PER_PROCESS,
        )
        self._monty.__enter__()

    def close(self) -> None:
        self._monty.__exit__(None, None, None)

    @contextmanager
    def place(self, seconds: float) -> Iterator[None]:
        """Wait until one of the processes is free."""
        if not self._places.acquire(timeout=max(0.0, seconds)):
            raise NoSandbox(f"all {self.size} processes of the sandbox were busy for {seconds:.3g} s")
        try:
            yield
        finally:
            self._places.release()

    @contextmanager
    def checkout(self, limits: ResourceLimits) -> Iterator[MontySession]:
        checked_out = self._monty.checkout(limits=limits, script_name="code")
        try:
            session = checked_out.__enter__()
        except (OSError, RuntimeError, MontyError) as error:
            raise NoSandbox(f"the sandbox cannot be started: {error}") from None
        try:
            yield session
        finally:
            checked_out.__exit__(None, None, None)


_pool: _Pool | None = None
_lock = Lock()
_inherited: list[_Pool] = []


def _current_pool() -> _Pool:
    global _pool
    with _lock:
        if _inherited:
            raise NoSandbox("this process was forked from one that had a sandbox, and can have none")
        if _pool is None:
            try:
                _pool = _Pool()
            except (OSError, RuntimeError, MontyError) as error:
                raise NoSandbox(f"the sandbox cannot be started: {error}") from None
        return _pool


def renew() -> None:
    """End the processes that are idle. The next call makes new ones, by the settings of that time."""
    global _pool
    with _lock:
        if _pool is not None:
            _pool.close()
        _pool = None


def _forget() -> None:
    """In a child that was forked: the threads that serve its parent's pool are not there, and any call would hang."""
    global _pool, _lock
    if _pool is not None:
        _inherited.append(_pool)  # not to be closed from here
    _pool, _lock = None, Lock()


os.register_at_fork(after_in_child=_forget)
atexit.register(quitting.quit_all)
