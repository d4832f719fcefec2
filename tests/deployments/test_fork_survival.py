"""A fork whose worker is killed in an effect: what was read back is not had again."""

import os
import signal
from typing import Any

import pytest

from deployments.actions import deploy, execute, fork
from deployments.models import Deployment
from executions.models import Execution
from executions.status import Status
from patterns.actions import create_pattern
from tests.executions.processes import Kept
from tests.executions.test_batch import posts, server  # noqa: F401 (a fixture)
from tests.graphs import chain

pytestmark = pytest.mark.django_db(transaction=True)


def test_fork_whose_worker_is_killed_repeats_nothing_that_was_recorded(editor, process_env, valkey, server):  # noqa: F811
    pattern = create_pattern(editor, "Orders", graph=chain("start: OnStart", *(posts(server, n) for n in "abcd")))
    deploy(pattern, editor)
    old = execute(Deployment.objects.get(pk=pattern.pk), None, editor)
    with Kept({**process_env, "DRAGOPS_HTTP_ALLOW": "127.0.0.1"}) as kept:

        def ended(run: Execution) -> bool:
            return Execution.objects.filter(pk=run.pk, ended_at__isnull=False).exists()

        def kill_once() -> None:
            if len(server.keys) == 6:
                os.killpg(kept.process.pid, signal.SIGKILL)

        kept.until(lambda: ended(old), 60)
        assert len(server.keys) == 4
        server.at_request = kill_once
        new = fork(old, 4, editor)  # c
        kept.until(lambda: ended(new), 90)
    found = Execution.objects.get(pk=new.pk)
    assert (found.status, kept.endings) == (Status.COMPLETED, [-signal.SIGKILL])
    sent: list[Any] = server.keys[4:]
    assert set(sent) == {f"{new.pk}-3", f"{new.pk}-4"}  # the one in flight again, by the same key
    assert sent.count(f"{new.pk}-3") == 1
