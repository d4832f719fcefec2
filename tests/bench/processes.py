"""What the processes of a server use, by /proc."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: Iterable[int]) -> dict[int, float]:
    """The processor time of each process that is there, in user and system mode."""
    return {pid: (fields[11] + fields[12]) / TICKS for pid in pids if (fields := _stat(pid))}


def spent(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """The processor time between two looks; a process that has ended in between takes its own along."""
    return sum(max(0.0, seconds - before.get(pid, 0.0)) for pid, seconds in after.items())


def memory_mb(pids: Iterable[int]) -> float:
    """What the processes hold together; a page that several share counts once."""
    return sum(map(_proportional_kb, pids)) / 1024


def children(pid: int) -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and _parent(int(entry.name)) == pid]


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return fields[1] if fields else 0


def _stat(pid: int) -> list[int]:
    """The fields after the program's name, from the state on; the state itself as 0."""
    try:
        words = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
    return [0, *map(int, words[1:])]


def _proportional_kb(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
