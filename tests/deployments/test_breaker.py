"""The circuit breaker: its rules, when it opens, the one trial, and who closes it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from deployments import breaker, trials
from deployments.actions import deploy, execute, pause, resume, undeploy
from deployments.breaker_rules import Breaker, Count, in_words, reason
from deployments.callees import live_version
from deployments.models import Deployment, Notice
from dragops_site.errors import Paused
from dragops_site.ids import new_id
from executions.ends import settle
from executions.models import Execution
from executions.persistence import writing
from executions.status import ENDED, Status
from patterns.context import NodeError
from patterns.models import Pattern
from tests.api.made import run
from tests.graphs import graph
from tests.patterns.graphs import started_by_hand, started_by_webhook
from tests.threads import at_once

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


# --- The rules ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("failed", "total", "opens"),
    [(0, 0, False), (4, 4, False), (5, 5, True), (5, 10, True), (4, 10, False), (49, 100, False), (50, 100, True)],
)
def test_breaker_opens_at_the_share_of_enough_runs(failed: int, total: int, opens: bool) -> None:
    assert Breaker(share=50, minimum=5, window_s=60, cooldown_s=60).opens_at(Count(failed, total)) is opens


def test_breaker_of_a_hundred_percent_opens_only_where_all_have_failed() -> None:
    strict = Breaker(share=100, minimum=1, window_s=60, cooldown_s=60)
    assert strict.opens_at(Count(3, 3))
    assert not strict.opens_at(Count(999, 1_000))


@pytest.mark.parametrize(("closed_s_ago", "counted_s"), [(None, 60), (600, 60), (60, 60), (5, 5)])
def test_breaker_counts_its_window_and_nothing_from_before_it_closed(closed_s_ago: int | None, counted_s: int) -> None:
    rules = Breaker(share=50, minimum=5, window_s=60, cooldown_s=60)
    closed_at = None if closed_s_ago is None else NOW - timedelta(seconds=closed_s_ago)
    assert rules.counts_from(NOW, closed_at) == NOW - timedelta(seconds=counted_s)


def test_reason_says_how_many_failed_within_what_time() -> None:
    said = reason(Count(12, 20), Breaker(share=50, minimum=10, window_s=300, cooldown_s=60))
    assert said == "Circuit breaker: 12 of the last 20 runs (60 %) failed within 5 minutes."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (90, "90 seconds"), (60, "1 minute"), (3_600, "1 hour"), (172_800, "2 days"), (0, "0 seconds")],
)
def test_seconds_are_said_in_the_largest_unit_that_says_them_whole(seconds: int, words: str) -> None:
    assert in_words(seconds) == words


# --- Opening --------------------------------------------------------------------------------------------------------
@pytest.fixture
def guarded(deployed: Callable[..., Pattern]) -> Deployment:
    """Opens when half of at least four runs have failed."""
    pattern = deployed(started_by_hand())
    settings = {"breaker_share": 50, "breaker_minimum": 4, "breaker_window_s": 300, "breaker_cooldown_s": 60}
    Deployment.objects.filter(pk=pattern.pk).update(**settings, breaker_closed_at=None)
    return Deployment.objects.get(pk=pattern.pk)


def end(deployment: Deployment, *statuses: str, **fields: Any) -> list[Execution]:
    """Runs that end so, one after another, as a worker would write it."""
    return [_end(deployment, status, fields) for status in statuses]


def _end(deployment: Deployment, status: str, fields: dict[str, Any]) -> Execution:
    if Status(status) in ENDED:
        fields = {"ended_at": timezone.now(), **fields}
    with transaction.atomic():
        ended = run(deployment.pattern, status, **fields)
        settle([ended])
    return ended


def now(deployment: Deployment) -> Deployment:
    return Deployment.objects.get(pk=deployment.pk)


def test_breaker_opens_with_the_failure_that_makes_the_share_and_says_why(guarded: Deployment) -> None:
    end(guarded, "completed", "completed", "failed")
    assert now(guarded).status == "active"
    end(guarded, "timeout")
    found = now(guarded)
    assert (found.status, found.breaker_trial) == ("paused", None)
    assert found.breaker_opened_at is not None
    assert found.pause_reason == "Circuit breaker: 2 of the last 4 runs (50 %) failed within 5 minutes."
    notice = Notice.objects.get()
    assert (notice.deployment_id, notice.subject) == (guarded.pk, "“Orders” is paused by its circuit breaker")
    assert "In 1 minute the next run is let through to try." in notice.text


@pytest.mark.parametrize("status", ["failed", "timeout", "dead_letter"])
def test_breaker_counts_every_bad_end(guarded: Deployment, status: str) -> None:
    end(guarded, *[status] * 4)
    assert now(guarded).status == "paused"


def test_breaker_does_not_count_test_runs_canceled_runs_and_open_ones(guarded: Deployment) -> None:
    end(guarded, *["failed"] * 9, mode="test", version_number=None)
    end(guarded, *["canceled"] * 9)
    end(guarded, *["queued"] * 9)
    end(guarded, *["failed"] * 3)
    assert now(guarded).status == "active"


def test_breaker_does_not_count_what_ended_before_its_window(guarded: Deployment) -> None:
    before = timezone.now() - timedelta(seconds=301)
    end(guarded, *["failed"] * 9, ended_at=before, started_at=before)
    end(guarded, *["failed"] * 3)
    assert now(guarded).status == "active"


def test_breaker_finds_the_runs_that_ended_behind_a_long_queue(guarded: Deployment) -> None:
    failed = [run(guarded.pattern, "failed") for _ in range(3)]
    end(guarded, *["queued"] * 300)
    assert failed
    end(guarded, "failed")
    assert now(guarded).status == "paused"


def test_breaker_that_is_switched_off_never_opens(guarded: Deployment) -> None:
    Deployment.objects.update(breaker_share=None)
    end(guarded, *["failed"] * 20)
    assert now(guarded).status == "active"


def test_breaker_looks_at_its_own_pattern_alone(guarded: Deployment, deployed: Callable[..., Pattern]) -> None:
    other = Deployment.objects.get(pk=deployed(started_by_hand(), "Other").pk)
    end(other, *["failed"] * 20)
    assert (now(guarded).status, now(other).status) == ("active", "active")


@pytest.mark.django_db(transaction=True)
def test_breaker_opens_once_when_two_workers_decide_at_once(guarded: Deployment) -> None:
    end(guarded, *["failed"] * 3)
    at_once(*(partial(end, guarded, "failed") for _ in range(4)))
    assert now(guarded).status == "paused"
    assert Notice.objects.count() == 1


# --- The trial ------------------------------------------------------------------------------------------------------
@pytest.fixture
def opened(guarded: Deployment) -> Deployment:
    end(guarded, *["failed"] * 4)
    return now(guarded)


@pytest.fixture
def cool(opened: Deployment) -> Deployment:
    """Its breaker has cooled down."""
    Deployment.objects.update(breaker_opened_at=timezone.now() - timedelta(seconds=61))
    return now(opened)


def test_open_breaker_lets_nothing_through_before_it_has_cooled_down(opened: Deployment) -> None:
    assert not breaker.is_cool(opened)
    assert not breaker.admit_trial(opened.pk, new_id())
    assert 0 < breaker.cools_for_s(opened_at=opened.breaker_opened_at, cooldown_s=60) <= 60


def test_cool_breaker_lets_one_run_through(cool: Deployment) -> None:
    assert breaker.is_cool(cool)
    trial = new_id()
    assert breaker.admit_trial(cool.pk, trial)
    assert not breaker.admit_trial(cool.pk, new_id())
    assert (now(cool).breaker_trial, breaker.is_cool(now(cool))) == (trial, False)


def test_deployment_that_a_person_paused_lets_nothing_through(guarded: Deployment, editor: Any) -> None:
    pause(guarded, editor)
    assert not breaker.is_cool(now(guarded))
    assert not breaker.admit_trial(guarded.pk, new_id())


@pytest.mark.django_db(transaction=True)
def test_cool_breaker_lets_one_of_many_through_at_once(cool: Deployment, editor: Any) -> None:
    outcomes = at_once(*(partial(execute, cool, {}, editor) for _ in range(5)))
    started = [one for one in outcomes if isinstance(one, Execution)]
    assert [type(one) for one in outcomes if one not in started] == [Paused] * 4
    assert [one.pk for one in started] == [now(cool).breaker_trial]
    assert Execution.objects.filter(status="queued").count() == 1


@pytest.fixture
def hook(cool: Deployment, editor: Any) -> Deployment:
    """The same, started by a webhook."""
    Pattern.objects.filter(pk=cool.pk).update(graph=started_by_webhook())
    deploy(cool.pattern, editor)
    opened_at = timezone.now() - timedelta(seconds=61)
    Deployment.objects.filter(pk=cool.pk).update(status="paused", breaker_opened_at=opened_at)
    return now(cool)


def test_request_is_the_trial_of_a_cool_breaker_and_the_next_one_is_refused(hook: Deployment, client: Any) -> None:
    address = f"/webhooks/{hook.pattern.webhook_id}"
    first, second = client.post(address), client.post(address)
    assert (first.status_code, second.status_code) == (202, 503)
    assert str(now(hook).breaker_trial) == first.json()["runId"]
    assert Execution.objects.filter(status="queued").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_of_many_requests_at_once_is_the_trial(hook: Deployment) -> None:
    address = f"/webhooks/{hook.pattern.webhook_id}"
    codes = at_once(*[lambda: Client().post(address).status_code] * 5)
    assert sorted(codes) == [202, 503, 503, 503, 503]
    assert Execution.objects.filter(status="queued").count() == 1


def test_duplicate_of_the_trial_is_answered_with_its_run(hook: Deployment, client: Any) -> None:
    address = f"/webhooks/{hook.pattern.webhook_id}"
    first = client.post(address, headers={"X-Idempotency-Key": "k"})
    Deployment.objects.update(breaker_trial=None)
    again = client.post(address, headers={"X-Idempotency-Key": "k"})
    assert (again.status_code, again.json()["runId"]) == (202, first.json()["runId"])
    assert now(hook).breaker_trial is None


def test_request_is_refused_while_the_breaker_is_hot(hook: Deployment, client: Any) -> None:
    Deployment.objects.update(breaker_opened_at=timezone.now())
    assert client.post(f"/webhooks/{hook.pattern.webhook_id}").status_code == 503
    assert not Execution.objects.filter(status="queued").exists()


def test_execute_is_refused_while_the_breaker_is_hot(opened: Deployment, editor: Any) -> None:
    with pytest.raises(Paused):
        execute(opened, {}, editor)
    assert not Execution.objects.filter(status="queued").exists()


def test_call_is_the_trial_of_a_callee_whose_breaker_has_cooled_down(deployed: Callable[..., Pattern]) -> None:
    callee = deployed(graph("start: OnPatternCall"), "Callee")
    Deployment.objects.filter(pk=callee.pk).update(
        status="paused", breaker_opened_at=timezone.now() - timedelta(hours=1)
    )
    admitted = live_version(str(callee.pk))
    assert Deployment.objects.get(pk=callee.pk).breaker_trial == admitted.execution_id
    with pytest.raises(NodeError, match="is paused"):
        live_version(str(callee.pk))


def tried(deployment: Deployment, status: str) -> Deployment:
    """Its trial has come to this, and was looked at."""
    trial = run(deployment.pattern, status)
    assert breaker.admit_trial(deployment.pk, trial.pk)
    trials.judge()
    return now(deployment)


def test_trial_that_completes_resumes_the_deployment(cool: Deployment) -> None:
    found = tried(cool, "completed")
    assert (found.status, found.pause_reason, found.breaker_opened_at, found.breaker_trial) == (
        "active",
        "",
        None,
        None,
    )
    assert Notice.objects.latest("id").subject == "“Orders” has recovered"


def test_failures_before_the_recovery_do_not_open_the_breaker_again(cool: Deployment) -> None:
    tried(cool, "completed")
    end(cool, *["failed"] * 3)
    assert now(cool).status == "active"
    end(cool, "failed")
    assert now(cool).status == "paused"


@pytest.mark.parametrize("status", ["failed", "timeout", "dead_letter"])
def test_trial_that_fails_begins_the_cool_down_anew(cool: Deployment, status: str) -> None:
    found = tried(cool, status)
    assert (found.status, found.breaker_trial, breaker.is_cool(found)) == ("paused", None, False)
    assert Notice.objects.count() == 1


@pytest.mark.parametrize("status", ["queued", "running"])
def test_trial_that_has_not_ended_is_waited_for(cool: Deployment, status: str) -> None:
    found = tried(cool, status)
    assert (found.status, found.breaker_trial is None) == ("paused", False)


def test_trial_that_is_canceled_makes_way_for_another(cool: Deployment) -> None:
    found = tried(cool, "canceled")
    assert (found.breaker_trial, breaker.is_cool(found)) == (None, True)


def test_trial_that_vanishes_makes_way_for_another_after_a_minute(cool: Deployment) -> None:
    assert breaker.admit_trial(cool.pk, new_id())
    trials.judge()
    assert now(cool).breaker_trial is not None
    Deployment.objects.update(breaker_trial="01900000-0000-7000-8000-000000000000")
    trials.judge()
    assert breaker.is_cool(now(cool))


@pytest.mark.django_db(transaction=True)
def test_trial_is_judged_once_when_several_processes_look(cool: Deployment) -> None:
    trial = run(cool.pattern, "completed")
    assert breaker.admit_trial(cool.pk, trial.pk)
    assert at_once(*[trials.judge] * 4) == [None] * 4
    assert now(cool).status == "active"
    assert Notice.objects.filter(subject__contains="recovered").count() == 1


def test_look_for_trials_costs_one_query_when_there_are_none(
    opened: Deployment, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        trials.judge()


# --- People ---------------------------------------------------------------------------------------------------------
def test_resume_by_hand_closes_the_breaker_and_counts_anew(opened: Deployment, editor: Any) -> None:
    resume(opened, editor)
    found = now(opened)
    assert (found.status, found.breaker_opened_at, found.breaker_trial) == ("active", None, None)
    end(opened, *["failed"] * 3)
    assert now(opened).status == "active"


def test_pause_by_hand_turns_the_pause_of_the_breaker_into_a_persons(cool: Deployment, editor: Any) -> None:
    pause(cool, editor, "Later.")
    found = now(cool)
    assert (found.status, found.pause_reason, found.breaker_opened_at) == ("paused", "Later.", None)
    assert not breaker.is_cool(found)


def test_deploy_and_undeploy_close_the_breaker(opened: Deployment, editor: Any) -> None:
    deploy(opened.pattern, editor)
    assert (now(opened).status, now(opened).breaker_opened_at) == ("active", None)
    end(opened, *["failed"] * 4)
    assert now(opened).status == "paused"
    undeploy(opened.pattern, editor)
    assert (now(opened).status, now(opened).breaker_opened_at) == ("undeployed", None)


def test_database_refuses_an_open_breaker_of_a_deployment_that_is_not_paused(opened: Deployment) -> None:
    with pytest.raises(IntegrityError), writing():
        Deployment.objects.update(status="active")
