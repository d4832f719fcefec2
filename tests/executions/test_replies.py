"""Waiting for a run: its response, its end, the time limit, and Redis away."""

from threading import Thread
from time import monotonic, sleep

import pytest
from django.db import connection

from dragops_site import redis as our_redis
from executions import bell, replies
from executions.models import Execution
from executions.status import Status
from patterns.context import Response
from tests.graphs import chain, node

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def no_redis(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    our_redis.client.cache_clear()
    yield
    our_redis.client.cache_clear()


def responding(body):
    answer = node("answer", "RespondToWebhook", statusCode=201, headers={"x-a": "b"}, body=body)
    return chain("start: OnStart", answer, node("stop", "Stop", result="done"))


def in_thread(work):
    def run():
        work()
        connection.close()

    thread = Thread(target=run)
    thread.start()
    return thread


def test_response_is_delivered_before_the_run_ends(started, worker, valkey):
    execution = started(responding("hello"), awaited=True)
    worker.work()
    assert replies.wait_for_response(execution.pk, 5) == Response(201, {"x-a": "b"}, "hello")


def test_waiter_that_came_first_is_woken(started, worker, valkey):
    execution = started(responding("hello"), awaited=True)
    found = []
    thread = in_thread(lambda: found.append(replies.wait_for_result(execution.pk, 10)))
    sleep(0.1)
    worker.work()
    thread.join()
    assert (found[0].status, found[0].result) == (Status.COMPLETED, "done")


def test_everybody_who_waits_gets_the_response_and_so_does_who_comes_later(started, worker, valkey):
    execution = started(responding("hello"), awaited=True)
    found = []
    threads = [in_thread(lambda: found.append(replies.wait_for_response(execution.pk, 10))) for _ in range(5)]
    sleep(0.1)
    worker.work()
    for thread in threads:
        thread.join()
    found.append(replies.wait_for_response(execution.pk, 5))
    assert [response.body for response in found] == ["hello"] * 6
    assert replies.wait_for_result(execution.pk, 5).result == "done"


def test_result_is_delivered_past_a_response(started, worker, valkey):
    execution = started(responding("hello"), awaited=True)
    worker.work()
    assert replies.wait_for_result(execution.pk, 5).result == "done"


def test_run_that_ends_without_a_response_ends_the_wait_at_once(started, worker, valkey):
    execution = started(awaited=True)
    worker.work()
    began = monotonic()
    assert replies.wait_for_response(execution.pk, 10) is None
    assert monotonic() - began < 5


def test_end_whose_message_was_lost_is_found_in_the_row(started, worker, valkey):
    execution = started(awaited=True)
    worker.work()
    valkey.flushdb()
    assert replies.wait_for_result(execution.pk, 20).status == Status.COMPLETED


def test_wait_ends_with_its_time(started, valkey):
    execution = started(awaited=True)
    assert replies.wait_for_result(execution.pk, 0.1) is None
    assert replies.wait_for_response(execution.pk, 0.1) is None
    assert replies.wait_for_response(execution.pk, 0) is None


@pytest.mark.parametrize("body", ["\x00\ud800", b"\xff", {"$binary": "a"}, {"$binary": "aGk="}, None])
def test_any_body_is_delivered_as_it_was(valkey, started, body):
    execution = started(awaited=True)
    replies.send_response(execution.pk, Response(200, {}, body))
    assert replies.wait_for_response(execution.pk, 5).body == body


def test_run_that_nobody_awaits_leaves_nothing_in_redis(started, worker, valkey):
    started(responding("hello"))
    worker.work()
    assert not [key for key in valkey.scan_iter() if b"reply" in key]


def test_what_was_not_fetched_is_forgotten_in_time(started, worker, valkey):
    started(responding("hello"), awaited=True)
    worker.work()
    (key,) = [key for key in valkey.scan_iter() if b"reply" in key]
    assert 0 < valkey.ttl(key) <= replies.KEPT_S


def test_result_is_found_in_the_row_when_redis_is_away(no_redis, started, worker):
    execution = started(awaited=True)
    worker.work()
    assert replies.wait_for_result(execution.pk, 5).status == Status.COMPLETED
    assert replies.wait_for_response(execution.pk, 5) is None


def test_run_whose_response_cannot_be_delivered_goes_on_and_says_so(no_redis, started, worker):
    execution = started(responding("hello"), awaited=True)
    worker.work()
    found = Execution.objects.get(pk=execution.pk)
    assert (found.status, found.result) == (Status.COMPLETED, "done")
    entry = found.log.get(node_name="answer")
    assert (entry.level, entry.message) == (
        "warning",
        "The waiting request could not be answered: the broker is away.",
    )


def test_execution_is_accepted_when_redis_is_away(no_redis, started):
    assert started().status == Status.QUEUED


def test_bell_wakes_one_worker_however_often_it_rings(valkey, settings):
    for _ in range(5):
        bell.ring()
    assert valkey.llen(settings.CELERY_TASK_DEFAULT_QUEUE) == 1
    bell.hush()
    bell.ring()
    assert valkey.llen(settings.CELERY_TASK_DEFAULT_QUEUE) == 2


def test_bell_stays_silent_while_a_drain_is_looking(valkey, settings):
    bell.answer()
    bell.ring()
    assert valkey.llen(settings.CELERY_TASK_DEFAULT_QUEUE) == 0


def test_start_rings_only_after_its_transaction_is_committed(valkey, settings, started):
    from django.db import transaction

    with transaction.atomic():
        started()
        assert valkey.llen(settings.CELERY_TASK_DEFAULT_QUEUE) == 0
    assert valkey.llen(settings.CELERY_TASK_DEFAULT_QUEUE) == 1
