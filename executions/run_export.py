"""An execution as one JSON document, to keep or to hand on: what the API tells of it, with its whole log."""

from collections.abc import Iterator

from dragops_site import jsontext
from executions.models import Execution, LogEntry
from executions.serializers import LogEntryData, run_data

BATCH = 200  # entries that are in memory at a time


def pieces(run: Execution) -> Iterator[bytes]:
    """The text of the document, bit by bit: a log may hold more than fits into memory."""
    yield jsontext.dumps(run_data(run)).removesuffix("}").encode() + b',"log":['
    separator = b""
    for entries in _batches(run):
        for entry in LogEntryData(entries, many=True).data:
            yield separator + jsontext.dumps(entry).encode()
            separator = b",\n"
    yield b"]}\n"


def _batches(run: Execution) -> Iterator[list[LogEntry]]:
    after = 0
    while entries := _after(run, after):
        yield entries
        after = entries[-1].seq


def _after(run: Execution, seq: int) -> list[LogEntry]:
    return list(LogEntry.objects.filter(execution=run, seq__gt=seq).defer("outcome", "key").order_by("seq")[:BATCH])
