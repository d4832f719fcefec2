"""Asks the web server whether it is ready, without ever waiting for it."""

import contextlib
import socket
import time

PATIENCE_S = 5.0


class Probe:
    """One HTTP question at a time. `look` starts it or looks for the answer, and returns at once."""

    def __init__(self, host: str, port: int, path: str, host_header: str) -> None:
        self._address = (host, port)
        self._request = f"GET {path} HTTP/1.1\r\nHost: {host_header}\r\nConnection: close\r\n\r\n".encode()
        self._connection: socket.socket | None = None
        self._asked = 0.0
        self.status = 0  # of the latest answer

    def look(self) -> bool:
        """Whether the latest answer is 200."""
        try:
            if self._connection is None:
                self._ask()
            elif self._answered():
                self.close()
        except OSError:
            self.close()
        return self.status == 200

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
            self._connection = None

    def _ask(self) -> None:
        self._connection = socket.create_connection(self._address, timeout=0.2)  # our own machine: accepts or refuses
        self._connection.sendall(self._request)
        self._connection.setblocking(False)
        self._asked = time.monotonic()

    def _answered(self) -> bool:
        assert self._connection is not None  # noqa: S101 - for the type checker; look() has seen to it
        try:
            start = self._connection.recv(64)
        except BlockingIOError:
            return time.monotonic() - self._asked > PATIENCE_S
        words = start.split(b" ", 2)
        self.status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
        return True
