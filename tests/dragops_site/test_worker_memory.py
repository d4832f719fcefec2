"""A worker bounds its own memory."""

import subprocess
import sys

import pytest

GATHER = """
from celery.signals import worker_init
import dragops_site.celery
worker_init.send(None)
kept = []
try:
    while len(kept) < 400:
        kept.append(bytearray(10_000_000))
except MemoryError:
    print("refused", len(kept))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not enforce the limit")
def test_worker_gets_a_memory_error_when_it_gathers_without_end() -> None:
    done = subprocess.run([sys.executable, "-c", GATHER], capture_output=True, text=True, timeout=60)
    word, count = done.stdout.split()
    assert word == "refused"
    assert 100 < int(count) < 200
