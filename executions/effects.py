"""Effects that block, each in a thread of its own: a run that is canceled, or out of time, does not wait for them."""

from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any

from patterns import quitting

_left: set["Effect"] = set()
_lock = Lock()


def left_behind() -> int:
    """How many threads are still busy with effects that nobody waits for any more."""
    with _lock:
        return len(_left)


class Effect:
    """A call that has begun; `ended` is set when it is over. A plain thread, because one that hangs must neither take
    up a place in a pool nor keep the process from ending."""

    def __init__(self, call: Callable[[], Any], ended: Event) -> None:
        self.result: Any = None
        self.error: Exception | None = None
        self.is_over = False
        self._call = call
        self._ended = ended
        self._thread = Thread(target=self._act, name="effect", daemon=True)
        self._thread.start()

    def abandon(self) -> None:
        """Nobody wants to know how it ends; what can be cut short is."""
        with _lock:
            if self.is_over:
                return
            _left.add(self)
        quitting.quit(self._thread)

    def _act(self) -> None:
        try:
            self.result = self._call()
        except Exception as error:
            self.error = error
        except BaseException as error:
            self.error = RuntimeError(f"{type(error).__name__}: {error}")
        finally:
            with _lock:
                self.is_over = True
                _left.discard(self)
            self._ended.set()
