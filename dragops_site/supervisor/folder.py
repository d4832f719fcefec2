"""The data folder: made for its owner alone, held by one server at a time, keeper of the secret keys."""

import fcntl
import os
import secrets
import tempfile
from pathlib import Path


class Unusable(Exception):
    """The server cannot run like this; the message is for people."""


class DataFolder:
    """An open data folder. It stays ours until `close`, or until this process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Make and lock the folder; raises Unusable with the reason."""
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                pass
            self._lock = os.open(path / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unusable(f"The data folder {path} cannot be written: {error.strerror}.") from None
        self._take()

    def close(self) -> None:
        os.close(self._lock)

    def secret_key(self) -> str:
        """The key of this installation, made on first use; DRAGOPS_SECRET_KEY goes before it."""
        if key := os.environ.get("DRAGOPS_SECRET_KEY"):
            return key
        return self._kept("secret_key", 50)

    def encryption_keys(self) -> str:
        """What seals secrets in the database, made on first use; DRAGOPS_ENCRYPTION_KEYS goes before it."""
        if keys := os.environ.get("DRAGOPS_ENCRYPTION_KEYS"):
            return keys
        return self._kept("encryption_key", 32)

    def server_id(self) -> str:
        """Tells this server from others that share its database, even under the same host name."""
        return self._kept("server_id", 6)

    def _kept(self, name: str, size: int) -> str:
        """The random text in the file of that name, made on first use."""
        path = self.path / name
        if not path.exists() or not path.read_text().strip():
            fresh = path.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(size))
            fresh.rename(path)
        return path.read_text().strip()

    def _take(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._lock, 20).decode(errors="replace").strip() or "?"
            os.close(self._lock)
            raise Unusable(
                f"The data folder {self.path} is in use by another server (process {holder}). "
                "Stop that one, or give this one another folder with --data-dir."
            ) from None
        os.ftruncate(self._lock, 0)
        os.write(self._lock, f"{os.getpid()}\n".encode())
