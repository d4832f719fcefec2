"""Granian in one process.

Its own command keeps a process that does nothing but watch the one that serves; `up` watches that one already.
"""

from collections.abc import Callable
from typing import Any

from granian.server.mp import MPServer


class OneProcess(MPServer):
    """Serves in the process that calls `serve`, until SIGTERM or SIGINT."""

    def _serve(self, spawn_target: Callable[..., None], target_loader: Callable[..., Any]) -> None:
        self._init_shared_socket()  # type: ignore[no-untyped-call]
        self._spawn_worker(0, spawn_target, target_loader).inner.run()
