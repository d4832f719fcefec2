"""A file that shows how a worker process is: the kernel frees its lock when the process ends, its time says when it
last moved. Who shares the data folder sees at once what others learn only when a lease runs out."""

import contextlib
import fcntl
import os
from hashlib import sha256
from pathlib import Path
from time import sleep

TRIES = 20


def path_of(data_dir: Path, name: str) -> Path:
    """The file of the worker of that name."""
    return data_dir / "workers" / sha256(name.encode()).hexdigest()[:32]


def is_held(path: Path) -> bool | None:
    """Whether the process lives; None where nothing is known of it, as on another machine."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _take(descriptor: int, tries: int) -> bool:
    """Lock the file, though others may look at it just now, which takes them a moment."""
    for _ in range(tries):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sleep(0.01)
        else:
            return True
    return False


class Lifeline:
    """Held by a process for as long as it lives. A folder that cannot be written is no reason not to work."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def hold(self, tries: int = TRIES) -> bool:
        """Whether the lock is ours now."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        if not _take(descriptor, tries):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def move(self) -> None:
        """Show that the process is not stuck. A predecessor of the same name that took its time to end is followed."""
        if self._descriptor is None:
            self.hold(tries=1)
        else:
            with contextlib.suppress(OSError):
                os.utime(self._descriptor)

    def let_go(self) -> None:
        """The process leaves in peace."""
        if self._descriptor is not None:
            self.path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None
