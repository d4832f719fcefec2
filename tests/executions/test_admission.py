"""The claim under concurrency limits: never more than may, and nobody held up."""

from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from time import sleep

import pytest
from django.utils import timezone

from deployments.actions import execute
from deployments.models import Deployment
from executions import admission, queue, suspects
from executions.actions.start_execution import new_execution
from executions.models import Execution, Worker
from executions.persistence import leaves_unsynced
from executions.status import Mode, Status, Trigger
from patterns.actions import create_pattern
from patterns.actions.take_snapshot import take_snapshot
from tests.executions.processes import Kept
from tests.graphs import chain, graph, node
from tests.threads import at_once


@pytest.fixture
def line(db):
    """line(count, concurrency) -> the ids of so many queued executions of a pattern of their own, oldest first."""

    def make(count, concurrency=None, **fields):
        pattern = create_pattern(None, "Orders", graph=graph("start: OnStart"))
        fields = {"version_number": 1, "mode": Mode.LIVE, "trigger": Trigger.MANUAL, "time_limit_s": 60, **fields}
        fields |= {"pattern_id": pattern.pk, "snapshot_id": take_snapshot(pattern).pk, "event": None}
        rows = [new_execution(concurrency=concurrency, **fields) for _ in range(count)]
        return [row.pk for row in Execution.objects.bulk_create(rows)]

    return make


def claimed(worker, limit=100):
    return [row.pk for row in queue.claim(worker.worker_id, limit)]


def end(*ids):
    Execution.objects.filter(pk__in=ids).update(status=Status.COMPLETED, ended_at=timezone.now(), worker=None)


@pytest.mark.django_db
def test_claim_takes_no_more_of_a_pattern_than_may_run(line, worker, other):
    runs = line(5, concurrency=2)
    assert claimed(worker) == runs[:2]
    assert claimed(worker) == claimed(other) == []
    end(runs[0])
    assert claimed(other) == [runs[2]]


@pytest.mark.django_db
def test_claim_goes_by_age_across_the_lines(line, worker):
    first, second, third = line(1, concurrency=2), line(1), line(1, concurrency=1)
    assert claimed(worker, 2) == [*first, *second]
    assert claimed(worker, 2) == third


@pytest.mark.django_db
def test_claim_looks_past_a_pattern_that_is_full(line, worker):
    full, limited, free = line(50, concurrency=1), line(2, concurrency=1), line(2)
    assert claimed(worker, 1) == full[:1]
    assert claimed(worker, 2) == [limited[0], free[0]]
    assert claimed(worker, 2) == free[1:]


@pytest.mark.django_db
def test_limits_of_two_patterns_do_not_add_up(line, worker):
    one, two = line(5, concurrency=2), line(5, concurrency=3)
    assert claimed(worker) == [*one[:2], *two[:3]]


@pytest.mark.django_db
def test_parked_run_holds_no_slot_and_needs_one_again(line, worker):
    first, second = line(2, concurrency=1)
    (run,) = queue.claim(worker.worker_id, 1)
    queue.park(worker.worker_id, run, "time", timezone.now() + timedelta(hours=1))
    assert claimed(worker) == [second]
    Execution.objects.filter(pk=first).update(ready_at=timezone.now())
    assert claimed(worker) == []
    end(second)
    assert claimed(worker) == [first]


@pytest.mark.django_db
def test_execution_that_is_given_back_frees_its_slot(line, worker, other):
    runs = line(1, concurrency=1)
    queue.release(worker.worker_id, queue.claim(worker.worker_id, 1))
    assert claimed(other) == runs


@pytest.mark.django_db
def test_runs_without_a_limit_take_no_slot_of_their_pattern(line, worker):
    (live,) = line(1, concurrency=1)
    pattern = Execution.objects.get(pk=live).pattern
    Execution.objects.filter(pk__in=line(2)).update(pattern=pattern, mode=Mode.TEST)
    assert len(claimed(worker)) == 3


@pytest.mark.django_db
def test_limit_that_is_raised_and_dropped_lets_more_begin(line, worker):
    runs = line(5, concurrency=1)
    assert claimed(worker) == runs[:1]
    Execution.objects.update(concurrency=3)
    assert claimed(worker) == runs[1:3]
    Execution.objects.update(concurrency=None)
    assert claimed(worker) == runs[3:]


@pytest.mark.django_db
def test_nothing_is_due_where_all_that_waits_may_not_begin(line, worker):
    assert not admission.is_due()
    line(2, concurrency=1)
    assert admission.is_due()
    claimed(worker)
    assert not admission.is_due()
    line(1)
    assert admission.is_due()
    Execution.objects.filter(concurrency=None).update(ready_at=timezone.now() + timedelta(minutes=1))
    assert not admission.is_due()


@pytest.mark.django_db
def test_claim_without_limits_costs_a_look_and_a_claim(line, worker, django_assert_num_queries):
    line(3)
    with django_assert_num_queries(5 + leaves_unsynced()):
        claimed(worker)  # look, savepoint, select, update, savepoint
    with django_assert_num_queries(1):
        assert claimed(worker) == []


@pytest.mark.django_db
def test_claim_costs_the_same_however_long_the_line_of_a_full_pattern_is(line, worker, django_assert_num_queries):
    line(2_000, concurrency=1)
    claimed(worker)
    free = line(1)
    with django_assert_num_queries(6 + leaves_unsynced()):  # with a look at the lines
        assert claimed(worker) == free


@pytest.mark.django_db
def test_suspect_is_claimed_alone_once_it_is_the_oldest(line, worker):
    before, suspect, after = line(1), line(1), line(1)
    Execution.objects.filter(pk__in=suspect).update(recoveries=suspects.SUSPECT_FROM)
    assert claimed(worker) == [*before, *after]
    later = line(1)
    assert claimed(worker) == suspect
    assert claimed(worker) == later


@pytest.mark.django_db
def test_suspect_is_left_where_it_is_while_another_runs_alone(line, worker):
    suspect, after = line(1, recoveries=suspects.SUSPECT_FROM), line(1)
    with suspects.alone():
        assert claimed(worker, 1) == after
        assert claimed(worker, 1) == []
    assert claimed(worker, 1) == suspect


@pytest.mark.django_db(transaction=True)
def test_many_workers_never_run_more_at_a_time_than_may_and_leave_nothing(line):
    limited, free = line(60, concurrency=3), line(30)
    running = Execution.objects.filter(pk__in=limited, status=Status.RUNNING)
    counts, done = [], []

    def work(worker):
        while len(done) < 90:
            rows = queue.claim(worker.pk, 2)
            counts.append(running.count())
            sleep(0.01)
            end(*(row.pk for row in rows))
            done.extend(row.pk for row in rows)

    workers = [Worker.objects.create(name=str(n), pid=n) for n in range(6)]
    assert at_once(*(partial(work, worker) for worker in workers)) == [None] * 6
    assert max(counts) == 3
    assert sorted(done) == [*limited, *free]


# --- With real workers ------------------------------------------------------------------------------------------------
class Meter(ThreadingHTTPServer):
    """A server that answers when its gate opens, and takes its time; it knows how many requests it had in hand."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Metered)
        self.gate = Event()
        self.in_hand, self.most, self.total, self.guard = 0, 0, 0, Lock()

    def count(self, change):
        with self.guard:
            self.in_hand += change
            self.most = max(self.most, self.in_hand)
            self.total += change < 0


class Metered(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.count(+1)
        self.server.gate.wait(30)
        sleep(0.05)
        self.server.count(-1)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *words):
        pass


@pytest.fixture
def meter():
    with Meter() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def six_threads(process_env, valkey):
    """Two worker processes."""
    env = {**process_env, "DRAGOPS_HTTP_ALLOW": "127.0.0.1"}
    with Kept(env, "one", threads=3) as one, Kept(env, "two", threads=3) as two:
        yield one, two


def fetching(meter, trigger="OnStart"):
    return chain(f"start: {trigger}", node("get", "HTTPRequest", url=f"http://127.0.0.1:{meter.server_port}/"))


def all_completed(count):
    return Execution.objects.filter(status=Status.COMPLETED).count() == count


@pytest.mark.django_db(transaction=True)
def test_real_workers_do_no_more_at_a_time_than_may_be(deployed, meter, six_threads):
    limited, free = deployed(fetching(meter), "Limited"), deployed(graph("start: OnStart"), "Free")
    Deployment.objects.filter(pk=limited.pk).update(concurrency_limit=3)
    deployments = [Deployment.objects.get(pk=pattern.pk) for pattern in (limited, free)]
    runs = [execute(one, {}, None) for _ in range(60) for one in deployments]
    six_threads[0].until(lambda: all_completed(60), 60)  # the free ones: all limited ones hang or wait
    six_threads[0].until(lambda: meter.in_hand == 3, 60)  # the third may have been claimed, and not have called yet
    assert meter.total == 0
    meter.gate.set()
    six_threads[0].until(lambda: all_completed(len(runs)), 60)
    assert (meter.most, meter.total) == (3, 60)


@pytest.mark.django_db(transaction=True)
def test_calls_of_a_limited_pattern_stand_in_line_too(deployed, meter, six_threads):
    callee = deployed(fetching(meter, "OnPatternCall"), "Limited")
    Deployment.objects.filter(pk=callee.pk).update(concurrency_limit=1)
    caller = deployed(chain("start: OnStart", node("call", "CallPattern", {"pattern": str(callee.pk)})), "Caller")
    meter.gate.set()
    for _ in range(12):
        execute(Deployment.objects.get(pk=caller.pk), {}, None)
    six_threads[0].until(lambda: all_completed(24), 60)
    assert (meter.most, meter.total) == (1, 12)


@pytest.mark.django_db
def test_next_due_is_the_first_moment_at_which_somebody_may_begin(line):
    now = timezone.now()
    soon, later = now + timedelta(seconds=10), now + timedelta(seconds=20)
    assert admission.next_due(later) is None
    Execution.objects.filter(pk__in=line(1)).update(ready_at=later)
    assert admission.next_due(soon) is None and admission.next_due(later) == later
    Execution.objects.filter(pk__in=line(1, concurrency=1)).update(ready_at=soon)
    assert admission.next_due(later) == soon
