"""A server's door that a test can shut: a TCP proxy before PostgreSQL, Redis or Valkey."""

import socket
from contextlib import suppress
from threading import Lock, Thread
from typing import Any


class Door:
    """Listens on a port of its own and passes everything on. While it is shut, connections are cut and refused."""

    def __init__(self, target: Any) -> None:
        """`target`: an address (host, port), or the path of a socket."""
        self._target = target
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = 0
        self.open()

    def open(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port), reuse_port=True)
        self.port = listener.getsockname()[1]
        with self._lock:
            self._listener = listener
        Thread(target=self._accept, args=[listener], daemon=True).start()

    def shut(self) -> None:
        with self._lock:
            listener, self._listener = self._listener, None
            cut, self._open = self._open, set()
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for end in cut:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = self._connect()
            except OSError:
                return
            with self._lock:
                if listener is not self._listener:  # shut in between
                    near.close()
                    far.close()
                    return
                self._open |= {near, far}
            for ends in ((near, far), (far, near)):
                Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _connect(self) -> socket.socket:
        if isinstance(self._target, tuple):
            return socket.create_connection(self._target)
        far = socket.socket(socket.AF_UNIX)
        far.connect(str(self._target))
        return far

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open -= {source, target}
