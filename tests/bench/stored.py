"""What the database of a server holds, read past the server: when runs ended, and how large they are."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.bench.load import Refused

ENDED = "('completed', 'failed', 'timeout', 'dead_letter', 'canceled')"


class Database:
    """The database of a data folder, or the PostgreSQL at `url`. Each question has a connection of its own."""

    def __init__(self, data_dir: Path, url: str = "") -> None:
        self._file, self.url = data_dir / "dragops.sqlite3", url

    @property
    def name(self) -> str:
        return "postgresql" if self.url else "sqlite"

    def ends(self, pattern_id: str) -> dict[str, float]:
        """When each run of the pattern that has completed did so, in seconds of the epoch, by its id."""
        question = (
            f"SELECT id, ended_at FROM executions_execution WHERE {self._of(pattern_id)} AND status = 'completed'"
        )
        return {str(UUID(str(run))): _seconds(ended) for run, ended in self._ask(question)}

    def wait_ended(self, pattern_id: str, count: int, seconds: float) -> None:
        """Until so many runs of the pattern have ended. Raises where one has not completed, or not in time."""
        until, found = time.monotonic() + seconds, -1
        condition = f"{self._of(pattern_id)} AND status IN {ENDED}"
        while time.monotonic() < until:
            if (found := self._count(condition)) >= count:
                break
            time.sleep(0.1)
        completed = self._count(f"{self._of(pattern_id)} AND status = 'completed'")
        if found < count or completed < count:
            raise Refused(f"of {count} runs {found} ended within {seconds:.0f} s, and {completed} completed")

    def size(self) -> int:
        """Bytes, with all indexes."""
        if self.url:
            return int(self._ask("SELECT pg_database_size(current_database())")[0][0])
        return int(self._ask("PRAGMA page_count")[0][0]) * int(self._ask("PRAGMA page_size")[0][0])

    def landmarks(self) -> tuple[str, str, str]:
        """The newest execution, one that is older than nineteen of twenty, and the pattern of the newest."""
        old = self._count("1 = 1") * 19 // 20
        question = "SELECT id, pattern_id FROM executions_execution ORDER BY id DESC LIMIT 1 OFFSET {}"
        (newest, pattern), (aged, _) = (self._ask(question.format(at))[0] for at in (0, old))
        return str(UUID(str(newest))), str(UUID(str(aged))), str(UUID(str(pattern)))

    def _count(self, condition: str) -> int:
        return int(self._ask(f"SELECT count(*) FROM executions_execution WHERE {condition}")[0][0])

    def _of(self, pattern_id: str) -> str:
        return f"pattern_id = '{pattern_id if self.url else UUID(pattern_id).hex}'"

    def _ask(self, question: str) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(question)
            return list(cursor.fetchall())

    @property
    def _connect(self) -> Callable[[], Any]:
        if not self.url:
            return lambda: sqlite3.connect(self._file, timeout=20)
        import psycopg2

        return lambda: psycopg2.connect(self.url)


def _seconds(stored: str | datetime) -> float:
    at = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
