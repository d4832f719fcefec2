"""A job whose processes are killed in the middle: no portion is done twice, and none is passed over."""

import subprocess
import sys
from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import pytest
from django.utils import timezone

from executions.actions import bulk
from executions.history import Filters
from executions.models import BulkJob, Execution
from executions.status import Status
from tests.executions.processes import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
COUNT = 6_000
WORKS = "import django; django.setup()\nfrom executions.actions import bulk\nwhile True: bulk.work(5)"


@pytest.fixture
def processes(process_env: dict[str, str], valkey: Any) -> Iterator[Any]:
    """processes() -> one more process that works jobs off."""
    begun: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        env = {**process_env, "DJANGO_SETTINGS_MODULE": "tests.executions.harm_settings"}
        begun.append(subprocess.Popen([sys.executable, "-c", WORKS], env=env, cwd=ROOT))
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()
        process.wait()


def until(is_so: Any, seconds: float = 60) -> None:
    end = monotonic() + seconds
    while not is_so():
        assert monotonic() < end
        sleep(0.005)


def test_job_whose_processes_are_killed_does_each_run_once(started: Any, processes: Any) -> None:
    top, now = started(), timezone.now()
    given = {name: getattr(top, name) for name in ("pattern", "snapshot", "mode", "trigger", "version_number")}
    given |= {"status": Status.FAILED, "started_at": now, "ended_at": now}
    Execution.objects.bulk_create([Execution(**given) for _ in range(COUNT)], batch_size=500)
    Execution.objects.filter(pk=top.pk).delete()
    job = bulk.begin("retry", filters=Filters(), user=None)

    def done() -> int:
        return BulkJob.objects.values_list("done", flat=True).get(pk=job.pk)

    at_work, kills = [processes(), processes()], 0
    while BulkJob.objects.filter(pk=job.pk, state__in=bulk.OPEN).exists() and kills < 6:
        before = done()
        until(lambda before=before: done() > before or not _is_open(job))
        at_work.pop(0).kill()
        kills += 1
        at_work.append(processes())
    until(lambda: not _is_open(job))
    job.refresh_from_db()
    assert kills > 1
    assert (job.state, job.done, job.skipped, job.moved) == ("done", COUNT, 0, COUNT // 200)
    assert Execution.objects.filter(status=Status.QUEUED, attempt=2).count() == COUNT


def _is_open(job: BulkJob) -> bool:
    return BulkJob.objects.filter(pk=job.pk, state__in=bulk.OPEN).exists()
