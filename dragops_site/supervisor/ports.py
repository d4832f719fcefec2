"""Whether an address can be listened on."""

import errno
import socket
import time

from dragops_site.supervisor.folder import Unusable

PATIENCE_S = 1.0  # the processes of a server that was killed just now need a moment to end


def check(host: str, port: int) -> None:
    """Raises Unusable, with the reason, when nothing can listen there."""
    until = time.monotonic() + PATIENCE_S
    while error := _trouble(host, port):
        if error.errno != errno.EADDRINUSE or time.monotonic() > until:
            raise Unusable(_explain(host, port, error))
        time.sleep(0.1)


def _trouble(host: str, port: int) -> OSError | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen()
    except UnicodeError:
        return socket.gaierror(socket.EAI_NONAME, "not a host name")
    except OSError as error:
        return error
    return None


def _explain(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use by another program. Choose another one with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} may not be used by this user. Choose one above 1023 with --port."
    return f"Cannot listen on {host}, port {port}: {error.strerror or error}."
