"""Kills the process groups that `up` leaves behind when it is killed itself. Run as a program, by its path.

It reads the pipe whose only writer is `up`: "+<group>" when a group starts, "-<group>" when it has ended. The end of
the file means that `up` is gone, however it went.
"""

import contextlib
import os
import signal


def read_groups(descriptor: int) -> set[int]:
    """The groups that are still there when the writer has gone."""
    groups: set[int] = set()
    rest = b""
    while chunk := os.read(descriptor, 4096):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            (groups.add if line[:1] == b"+" else groups.discard)(int(line[1:]))
    return groups


def main() -> None:
    for name in ("SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT", "SIGTSTP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    for group in read_groups(0):
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
