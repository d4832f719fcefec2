"""Code nodes in real worker processes: the processes of the sandbox come and go with those of the workers."""

import signal
from pathlib import Path

import pytest

from executions.actions import cancel
from executions.status import Status
from tests.executions.processes import Kept, eventually
from tests.executions.test_time_limit import START_S, is_there, row
from tests.graphs import chain, graph, node

pytestmark = pytest.mark.django_db(transaction=True)
BUSY = "while True: pass"
END_S = 30


def running(source, **typed):
    return graph(
        "start: OnStart",
        node("code", "Code", {"code": source}, **typed),
        "stop: Stop",
        "start > code, code > stop, code.output > stop.result",
    )


@pytest.fixture
def env(process_env):
    return {**process_env, "DRAGOPS_CODE_SECONDS": "60"}


def sandboxes_of(pid):
    """The processes of the sandbox that a process has started, with the time that each has used, in ticks."""
    found = {}
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            name, _, rest = Path(f"/proc/{child}/stat").read_text().rpartition(")")
            if name.endswith("(monty") and rest.split()[0] != "Z":
                found[int(child)] = sum(map(int, rest.split()[11:13]))
    return found


def busy_sandbox_of(kept):
    """The process that runs the endless code, once it does."""
    kept.until(lambda: any(used > 20 for used in sandboxes_of(kept.process.pid).values()), START_S)
    return max(sandboxes_of(kept.process.pid).items(), key=lambda found: found[1])[0]


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_worker_runs_code(started, env, valkey):
    with Kept(env) as kept:
        runs = [started(running("[n * 2 for n in input]", input=[1, 2])) for _ in range(20)]
        kept.until(lambda: all(row(run).is_ended for run in runs), START_S)
        assert [row(run).result for run in runs] == [[2, 4]] * 20
        assert kept.endings == []


def test_suspect_runs_code_in_its_own_process(suspect, env, valkey):
    with Kept(env) as kept:
        execution = suspect(running("sum(input)", input=[1, 2]))
        kept.until(lambda: row(execution).is_ended, START_S)
        assert (row(execution).status, row(execution).result) == (Status.COMPLETED, 3)


def test_canceled_run_does_not_wait_for_its_code_whose_process_is_ended(started, env, valkey):
    with Kept(env) as kept:
        execution = started(running(BUSY))
        busy = busy_sandbox_of(kept)
        cancel(execution.pk)
        kept.until(lambda: row(execution).status == Status.CANCELED, END_S)
        kept.until(lambda: is_gone(busy), END_S)
        after = started(running("1 + 1"))
        kept.until(lambda: row(after).result == 2, END_S)
        assert kept.endings == []


def test_worker_that_leaves_does_not_wait_for_code_and_takes_its_process_along(started, env, valkey):
    with Kept(env) as kept:
        started(running(BUSY))
        busy = busy_sandbox_of(kept)
        kept.process.send_signal(signal.SIGTERM)
        eventually(lambda: kept.process.poll() is not None, END_S)
        eventually(lambda: is_gone(busy), END_S)


def test_code_is_run_again_by_the_next_worker_when_its_own_was_killed_and_no_process_stays(
    started, process_env, valkey
):
    with Kept({**process_env, "DRAGOPS_CODE_SECONDS": "3"}) as kept:
        kept.until(is_there, START_S)
        execution = started(running(BUSY))
        busy = busy_sandbox_of(kept)
        kept.process.send_signal(signal.SIGKILL)
        kept.process.wait()
        eventually(lambda: is_gone(busy), END_S)
        kept.until(lambda: row(execution).is_ended, 2 * START_S)
        found = row(execution)
        assert (found.status, found.error_type, found.recoveries) == (Status.FAILED, "TimeoutError", 1)


def test_code_among_other_nodes_is_run_by_a_worker_and_logged(started, env, valkey):
    drawn = chain("start: OnStart", node("code", "Code", {"code": "print('hello')"}), node("stop", "Stop", result=1))
    with Kept(env) as kept:
        execution = started(drawn)
        kept.until(lambda: row(execution).is_ended, START_S)
        assert row(execution).log.get(node_name="code").message == "hello"
