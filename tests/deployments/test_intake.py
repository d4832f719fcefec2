"""Runs that webhook requests start at the same moment."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test import Client, RequestFactory

from deployments.actions.start_webhook_run import LiveWebhook, Started, start_webhook_run
from deployments.intake import Arrival, _insert, take_in
from deployments.models import Deployment
from dragops_site.wsgi_handler import Handler
from executions import bell
from executions.actions.start_execution import new_execution
from executions.models import Execution
from executions.status import Mode, Trigger
from patterns.models import Pattern
from tests.patterns.graphs import started_by_webhook
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def webhook(deployed: Callable[..., Pattern]) -> LiveWebhook:
    return _live(deployed(started_by_webhook()))


def _live(pattern: Pattern, **fields: Any) -> LiveWebhook:
    version = Deployment.objects.select_related("version").get(pk=pattern.pk).version
    assert version
    return LiveWebhook(
        **{
            "pattern_id": pattern.pk,
            "snapshot_id": version.snapshot_id,
            "version_number": 1,
            "response_mode": "immediate",
            "time_limit_s": 60,
            **fields,
        }
    )


def _arrival(webhook: LiveWebhook, key: str = "", **fields: Any) -> Arrival:
    start: Any = {
        "pattern_id": webhook.pattern_id,
        "snapshot_id": webhook.snapshot_id,
        "version_number": 1,
        "mode": Mode.LIVE,
        "trigger": Trigger.WEBHOOK,
        "event": {},
    }
    return Arrival(new_execution(**{**start, **fields}), key)


def test_run_has_what_the_deployment_says_of_runs(deployed: Callable[..., Pattern]) -> None:
    pattern = deployed(started_by_webhook())
    Deployment.objects.filter(pk=pattern.pk).update(time_limit_s=77, concurrency_limit=3)
    assert Client().post(f"/webhooks/{pattern.webhook_id}", {}, content_type="application/json").status_code == 202
    run = Execution.objects.get()
    assert (run.time_limit_s, run.time_left.total_seconds(), run.concurrency) == (77, 77, 3)


def test_runs_that_come_at_once_are_all_there(webhook: LiveWebhook) -> None:
    started = at_once(*[partial(start_webhook_run, webhook, {"n": number}) for number in range(30)])
    assert all(isinstance(one, Started) and not one.is_duplicate for one in started)
    runs = Execution.objects.in_bulk([one.run_id for one in started])
    assert [runs[one.run_id].event["n"] for one in started] == list(range(30))


def test_request_to_a_pattern_that_is_deleted_meanwhile_fails_alone(webhook: LiveWebhook) -> None:
    gone = LiveWebhook(uuid4(), webhook.snapshot_id, 1, "immediate", 60)
    actions = [partial(start_webhook_run, gone if number % 3 == 0 else webhook, {}) for number in range(18)]
    outcomes = at_once(*actions)
    failed = [position for position, outcome in enumerate(outcomes) if isinstance(outcome, IntegrityError)]
    assert failed == [position for position in range(18) if position % 3 == 0]
    assert Execution.objects.count() == 12


def test_group_that_holds_one_key_several_times_starts_one_run(webhook: LiveWebhook) -> None:
    arrivals = [_arrival(webhook, key) for key in ("a", "b", "a", "", "a", "")]
    run_ids = _insert(arrivals)
    a, b = arrivals[0].execution.pk, arrivals[1].execution.pk
    assert run_ids == [a, b, a, arrivals[3].execution.pk, a, arrivals[5].execution.pk]
    assert set(Execution.objects.values_list("pk", flat=True)) == set(run_ids)


def test_workers_are_called_once_the_runs_are_there_and_nobody_waits_for_it(webhook: LiveWebhook, valkey: Any) -> None:
    take_in(_arrival(webhook))
    assert not valkey.exists(bell.BELL)
    bell.ring_owed()
    assert valkey.getdel(bell.BELL)
    bell.ring_owed()  # there is nothing new
    assert not valkey.exists(bell.BELL)
    assert not connection.in_atomic_block


@pytest.mark.urls("deployments.webhook_urls")
def test_answer_to_a_webhook_comes_before_the_workers_are_called(webhook: LiveWebhook, valkey: Any) -> None:
    environ = RequestFactory().post(f"/webhooks/{Pattern.objects.get().webhook_id}", {}).environ
    answer = Handler()(environ, lambda status, headers: None)
    assert b"accepted" in b"".join(answer)
    assert not valkey.exists(bell.BELL)
    answer.close()  # as the web server does once it has sent it
    assert valkey.exists(bell.BELL)


def test_run_takes_one_statement_and_with_a_key_a_transaction(
    webhook: LiveWebhook, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        take_in(_arrival(webhook))
    with django_assert_num_queries(5):  # begin, the key's two, insert, commit
        take_in(_arrival(webhook, "a"))
