"""Schedules: registered with what is live; each tick started once, however many look and whatever the clock does."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from deployments.actions import deploy, pause, resume, rollback, undeploy
from deployments.models import Deployment, Notice, Schedule, Tick
from deployments.schedules import dispatch
from deployments.timetable import KEPT, forget_ticks, set_right, shown, tend
from dragops_site.errors import CompileRefused
from executions.actions import cancel
from executions.models import Execution
from executions.presence import Presence
from patterns.actions import create_pattern, save_pattern
from patterns.models import Pattern
from patterns.types import iso
from tests.graphs import graph, node
from tests.patterns.graphs import started_by_hand
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
Deployed = Callable[..., Pattern]
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def scheduled(cron: str = "* * * * *", **properties: str) -> dict[str, Any]:
    tick = node("tick", "OnSchedule", {"schedule": cron, **properties})
    return graph(tick, "say: Log", "tick > say, tick.timestamp > say.message")


def due(pattern: Pattern, at: datetime) -> None:
    """Let the pattern be due next at this moment, as if it had been registered before it."""
    Schedule.objects.filter(pk=pattern.pk).update(next_at=at)


def outcomes(pattern: Pattern) -> list[tuple[str, str]]:
    """The ticks in order: when, and what came of them."""
    return [(f"{t.due_at:%d %H:%M}", t.outcome) for t in Tick.objects.filter(pattern=pattern).order_by("due_at")]


def runs(pattern: Pattern) -> list[Execution]:
    return list(Execution.objects.filter(pattern=pattern).order_by("id"))


# --- What is live decides ---------------------------------------------------------------------------------------------
def test_deploy_registers_the_schedule_of_the_version(deployed: Deployed) -> None:
    pattern = deployed(scheduled("0 9  * * MON-FRI", timeZone="Europe/Berlin", overlap="skip"))
    schedule = Schedule.objects.get(pk=pattern.pk)
    assert (schedule.cron, schedule.time_zone, schedule.overlap) == ("0 9 * * MON-FRI", "Europe/Berlin", "skip")
    assert schedule.next_at > timezone.now()
    assert schedule.next_at == shown(schedule).next_ticks[0]


def test_deploy_with_another_trigger_drops_the_schedule(deployed: Deployed, editor: Any) -> None:
    pattern = deployed(scheduled())
    save_pattern(pattern.pk, 1, graph=started_by_hand())
    deploy(pattern, editor)
    assert not Schedule.objects.exists()
    rollback(pattern.deployment, 1, editor)
    assert Schedule.objects.get().cron == "* * * * *"


def test_redeploy_loses_no_tick_of_a_schedule_that_stays_the_same(deployed: Deployed, editor: Any) -> None:
    pattern = deployed(scheduled())
    due(pattern, NOON)
    deploy(pattern, editor)
    assert Schedule.objects.get().next_at == NOON
    save_pattern(pattern.pk, 1, graph=scheduled("*/2 * * * *"))
    deploy(pattern, editor)
    assert Schedule.objects.get().next_at > timezone.now() - MINUTE


def test_undeploy_drops_the_schedule(deployed: Deployed, editor: Any) -> None:
    pattern = deployed(scheduled())
    undeploy(pattern, editor)
    assert not Schedule.objects.exists()


def test_deploy_refuses_a_schedule_that_cannot_be_kept(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", graph=scheduled("0 0 30 2 *"))
    with pytest.raises(CompileRefused):
        deploy(pattern, editor)
    assert not Schedule.objects.exists()


@pytest.mark.parametrize("verb", [resume, lambda deployment, user: deploy(deployment.pattern, user)])
def test_what_came_due_in_a_pause_is_forgotten_when_it_ends(deployed: Deployed, editor: Any, verb: Any) -> None:
    pattern = deployed(scheduled())
    pause(pattern.deployment, editor)
    due(pattern, timezone.now() - 30 * MINUTE)
    verb(Deployment.objects.get(), editor)
    assert dispatch() == 0
    assert Schedule.objects.get().next_at > timezone.now() - MINUTE


# --- A tick -----------------------------------------------------------------------------------------------------------
def test_tick_starts_a_run_of_the_live_version_with_the_settings_of_the_deployment(
    deployed: Deployed, editor: Any
) -> None:
    pattern = deployed(scheduled())
    Deployment.objects.update(time_limit_s=7, concurrency_limit=2)
    due(pattern, NOON)
    assert dispatch(NOON + timedelta(seconds=1)) == 1
    [run] = runs(pattern)
    assert (run.trigger, run.mode, run.status, run.version_number) == ("schedule", "live", "queued", 1)
    assert (run.event, run.snapshot) == ({"timestamp": "2026-07-01T12:00:00Z"}, pattern.deployment.version.snapshot)
    assert (run.time_limit_s, run.time_left, run.concurrency) == (7, timedelta(seconds=7), 2)
    [tick] = Tick.objects.all()
    assert (tick.due_at, tick.outcome, tick.execution_id) == (NOON, "fired", run.pk)
    assert Schedule.objects.get().next_at == NOON + MINUTE


@pytest.mark.django_db(transaction=True)
def test_run_that_a_tick_started_hands_its_time_to_the_graph(deployed: Deployed, worker: Presence) -> None:
    pattern, moment = deployed(scheduled("0 0 1 1 *")), timezone.now().replace(microsecond=0)
    due(pattern, moment)
    dispatch(moment)  # if the worker's own clock has not done so
    [run] = runs(pattern)
    _await_end(run)
    assert (run.status, run.log.get(node_name="say").message) == ("completed", iso(moment))


@pytest.mark.django_db(transaction=True)
def test_tick_is_run_by_a_worker_within_a_second_of_its_time(deployed: Deployed, worker: Presence) -> None:
    pattern = deployed(scheduled("0 0 1 1 *"))
    moment = timezone.now() + timedelta(seconds=1)
    due(pattern, moment)
    until = monotonic() + 10
    while not runs(pattern) and monotonic() < until:
        sleep(0.02)
    [run] = runs(pattern)
    _await_end(run)
    assert timedelta() <= run.started_at - moment < timedelta(seconds=1)


def _await_end(run: Execution) -> None:
    until = monotonic() + 10
    while not run.is_ended and monotonic() < until:
        sleep(0.02)
        run.refresh_from_db()


def test_nothing_starts_before_its_time(deployed: Deployed) -> None:
    pattern = deployed(scheduled())
    due(pattern, NOON)
    assert dispatch(NOON - timedelta(microseconds=1)) == 0
    assert outcomes(pattern) == []


def test_dispatch_takes_one_query_when_nothing_is_due(deployed: Deployed, django_assert_num_queries: Any) -> None:
    deployed(scheduled("0 0 1 1 *"))
    with django_assert_num_queries(1):
        assert dispatch() == 0


def test_many_schedules_that_are_due_take_few_queries(deployed: Deployed, django_assert_max_num_queries: Any) -> None:
    for number in range(60):
        deployed(scheduled(overlap="skip"), f"Pattern {number}")
    Schedule.objects.update(next_at=NOON)
    with django_assert_max_num_queries(22):  # two batches
        assert dispatch(NOON) == 60
    assert dispatch(NOON) == 0


# --- Once, whoever looks ----------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_tick_fires_once_when_eight_dispatchers_look_at_once(deployed: Deployed) -> None:
    patterns = [deployed(scheduled(), f"Pattern {number}") for number in range(20)]
    Schedule.objects.update(next_at=NOON - 5 * MINUTE)
    started = at_once(*[lambda: dispatch(NOON)] * 8)
    assert sum(started) + dispatch(NOON) == 20 * 6
    for pattern in patterns:
        assert [moment for moment, _ in outcomes(pattern)] == [f"01 {t}" for t in MINUTES]
        assert [run.event["timestamp"] for run in runs(pattern)] == [f"2026-07-01T{t}:00Z" for t in MINUTES]


MINUTES = ["11:55", "11:56", "11:57", "11:58", "11:59", "12:00"]


@pytest.mark.django_db(transaction=True)
def test_tick_fires_once_when_three_processes_look_at_once(deployed: Deployed, process_env: dict[str, str]) -> None:
    for number in range(20):
        deployed(scheduled(), f"Pattern {number}")
    Schedule.objects.update(next_at=timezone.now() - 30 * MINUTE)
    looking = [subprocess.Popen([sys.executable, "-c", LOOK], env=process_env) for _ in range(3)]
    assert [process.wait(timeout=60) for process in looking] == [0, 0, 0]
    fired = list(Tick.objects.values_list("pattern", "due_at", "execution_id"))
    assert len(fired) >= 20 * 30
    assert sorted(fired) == sorted((run.pattern_id, _due_at(run), run.pk) for run in Execution.objects.all())


LOOK = """
import django; django.setup()
from time import monotonic, sleep
from deployments.schedules import dispatch
until = monotonic() + 2
while monotonic() < until:
    dispatch()
    sleep(0.01)
"""


def _due_at(run: Execution) -> datetime:
    return datetime.fromisoformat(run.event["timestamp"])


@pytest.mark.django_db(transaction=True)
def test_deploys_and_dispatchers_do_not_hold_each_other_up(deployed: Deployed, editor: Any) -> None:
    pattern = deployed(scheduled())
    due(pattern, NOON)
    moments = [NOON + number * MINUTE for number in range(40)]

    def look() -> int:
        return sum(dispatch(moment) for moment in moments)

    def redeploy() -> None:
        for _ in range(10):
            deploy(pattern, editor)

    outcome = at_once(look, redeploy, look, redeploy)
    assert [found for found in outcome if isinstance(found, BaseException)] == []
    dispatch(moments[-1])
    assert len(outcomes(pattern)) == len(runs(pattern)) == 40


def test_tick_is_not_fired_again_when_the_clock_was_put_back(deployed: Deployed, editor: Any) -> None:
    pattern = deployed(scheduled())
    due(pattern, NOON)
    assert dispatch(NOON) == 1
    assert dispatch(NOON - HOUR) == 0
    due(pattern, NOON)  # as a deploy would say while the clock is behind
    assert dispatch(NOON) == 0
    assert (outcomes(pattern), len(runs(pattern))) == ([("01 12:00", "fired")], 1)
    assert Schedule.objects.get().next_at == NOON + MINUTE


# --- After downtime ---------------------------------------------------------------------------------------------------
def test_ticks_missed_within_the_last_hour_fire_and_older_ones_are_one_missed_tick(deployed: Deployed) -> None:
    pattern = deployed(scheduled())
    due(pattern, NOON - 3 * DAY)
    assert dispatch(NOON + timedelta(seconds=30)) == 60
    found = outcomes(pattern)
    assert found[:2] == [("01 11:00", "missed"), ("01 11:01", "fired")]
    assert (len(found), found[-1]) == (61, ("01 12:00", "fired"))


@pytest.mark.parametrize(
    ("cron", "since", "expected"),
    [
        ("0 * * * *", NOON - HOUR, [("01 11:00", "missed"), ("01 12:00", "fired")]),
        ("0 * * * *", NOON - HOUR + MINUTE, [("01 12:00", "fired")]),
        ("0 4 * * *", NOON - 5 * DAY, [("01 04:00", "missed")]),
        ("30 11 * * *", NOON - 5 * DAY, [("30 11:30", "missed"), ("01 11:30", "fired")]),
        ("0 0 1 1 *", NOON - 400 * DAY, [("01 00:00", "missed")]),
        ("0 0 1 1 *", datetime(1990, 1, 1, tzinfo=UTC), [("01 00:00", "missed")]),
    ],
)
def test_downtime_costs_what_is_older_than_an_hour(
    deployed: Deployed, cron: str, since: datetime, expected: list[tuple[str, str]]
) -> None:
    pattern = deployed(scheduled(cron))
    due(pattern, next(moment for moment in _every_minute(since) if _is_tick(cron, moment)))
    dispatch(NOON)
    assert outcomes(pattern) == expected


def _every_minute(since: datetime) -> Any:
    return (since + number * MINUTE for number in range(1_000_000))


def _is_tick(cron: str, moment: datetime) -> bool:
    minute, hour, day, month, _ = cron.split()
    shown = (moment.minute, moment.hour, moment.day, moment.month)
    return all(field in ("*", str(value)) for field, value in zip((minute, hour, day, month), shown, strict=True))


def test_downtime_of_years_is_looked_through_at_once(deployed: Deployed) -> None:
    pattern = deployed(scheduled())
    due(pattern, NOON - 3650 * DAY)
    before = timezone.now()
    assert dispatch(NOON) == 60
    assert timezone.now() - before < timedelta(seconds=5)


# --- What keeps a tick from firing ------------------------------------------------------------------------------------
def test_ticks_are_skipped_while_paused(deployed: Deployed, editor: Any) -> None:
    pattern = deployed(scheduled())
    pause(pattern.deployment, editor)
    due(pattern, NOON - MINUTE)
    assert dispatch(NOON) == 0
    assert outcomes(pattern) == [("01 11:59", "paused"), ("01 12:00", "paused")]
    assert Schedule.objects.get().next_at == NOON + MINUTE


def test_tick_is_the_trial_of_a_circuit_breaker_that_has_cooled_down(deployed: Deployed) -> None:
    pattern = deployed(scheduled())
    _open_breaker(cooled_for=timedelta(seconds=1))
    due(pattern, NOON - MINUTE)
    assert dispatch(NOON) == 1
    assert outcomes(pattern) == [("01 11:59", "paused"), ("01 12:00", "fired")]
    assert Deployment.objects.get().breaker_trial == runs(pattern)[0].pk
    assert dispatch(NOON + MINUTE) == 0


def test_tick_is_skipped_while_the_circuit_breaker_cools_down(deployed: Deployed) -> None:
    pattern = deployed(scheduled())
    _open_breaker(cooled_for=-timedelta(seconds=30))
    due(pattern, NOON)
    assert dispatch(NOON) == 0
    assert outcomes(pattern) == [("01 12:00", "paused")]


@pytest.mark.django_db(transaction=True)
def test_circuit_breaker_gets_one_trial_when_many_look_at_once(deployed: Deployed) -> None:
    pattern = deployed(scheduled())
    _open_breaker(cooled_for=timedelta(seconds=1))
    due(pattern, NOON - 10 * MINUTE)
    assert sum(at_once(*[lambda: dispatch(NOON)] * 6)) == 1
    assert [outcome for _, outcome in outcomes(pattern)] == ["paused"] * 10 + ["fired"]


def _open_breaker(cooled_for: timedelta) -> None:
    opened_at = timezone.now() - timedelta(seconds=60) - cooled_for
    Deployment.objects.update(status="paused", breaker_opened_at=opened_at, breaker_cooldown_s=60)


def test_overlap_skip_leaves_out_a_tick_while_the_last_run_is_open(deployed: Deployed) -> None:
    pattern = deployed(scheduled(overlap="skip"))
    due(pattern, NOON - MINUTE)
    assert dispatch(NOON) == 1
    assert outcomes(pattern) == [("01 11:59", "fired"), ("01 12:00", "overlap")]
    assert dispatch(NOON + MINUTE) == 0
    cancel(runs(pattern)[0].pk)
    assert dispatch(NOON + 2 * MINUTE) == 1
    assert [outcome for _, outcome in outcomes(pattern)] == ["fired", "overlap", "overlap", "fired"]


def test_overlap_skip_minds_no_run_that_was_started_otherwise(deployed: Deployed) -> None:
    pattern = deployed(scheduled(overlap="skip"))
    due(pattern, NOON)
    dispatch(NOON)
    Execution.objects.update(trigger="manual")
    assert dispatch(NOON + MINUTE) == 1


def test_overlap_allow_starts_a_run_beside_the_last(deployed: Deployed) -> None:
    pattern = deployed(scheduled())
    due(pattern, NOON - MINUTE)
    assert dispatch(NOON) == 2


@pytest.mark.parametrize(("cron", "zone"), [("61 * * * *", "UTC"), ("* * * * *", "Mars/Olympus"), ("", "")])
def test_broken_schedule_is_stopped_and_told_of_and_holds_up_no_other(deployed: Deployed, cron: str, zone: str) -> None:
    broken, sound = deployed(scheduled(), "Broken"), deployed(scheduled(), "Sound")
    Schedule.objects.filter(pk=broken.pk).update(cron=cron, time_zone=zone, next_at=NOON - HOUR)
    due(sound, NOON)
    assert dispatch(NOON) == 1
    assert dispatch(NOON) == 0
    assert (outcomes(sound), outcomes(broken)) == ([("01 12:00", "fired")], [])
    [notice] = Notice.objects.all()
    assert (notice.deployment_id, notice.subject) == (broken.pk, "The schedule of “Broken” has stopped")


# --- Once an hour -----------------------------------------------------------------------------------------------------
def _ticks(pattern: Pattern, *moments: datetime) -> None:
    Tick.objects.bulk_create([Tick(pattern=pattern, due_at=moment, outcome="fired") for moment in moments])


def test_ticks_are_kept_for_a_month(deployed: Deployed) -> None:
    pattern = deployed(scheduled())
    _ticks(pattern, NOON - 31 * DAY, NOON - 29 * DAY)
    assert forget_ticks(NOON) == 1
    assert [tick.due_at for tick in Tick.objects.all()] == [NOON - 29 * DAY]


def test_latest_thousand_ticks_of_each_pattern_are_kept(deployed: Deployed) -> None:
    busy, other = deployed(scheduled(), "Busy"), deployed(scheduled(), "Other")
    _ticks(busy, *(NOON - number * MINUTE for number in range(KEPT + 5)))
    _ticks(other, NOON - 25 * DAY)
    assert forget_ticks(NOON) == 5
    assert Tick.objects.filter(pattern=busy).order_by("due_at")[0].due_at == NOON - (KEPT - 1) * MINUTE
    assert Tick.objects.filter(pattern=other).count() == 1


def test_schedule_that_a_clock_far_ahead_moved_on_is_moved_back(deployed: Deployed) -> None:
    pattern = deployed(scheduled())
    due(pattern, NOON)
    assert dispatch(NOON + 365 * DAY) == 60
    assert set_right(NOON) == 1
    assert Schedule.objects.get().next_at == NOON + MINUTE
    assert set_right(NOON) == 0
    assert dispatch(NOON + MINUTE) == 1


def test_housekeeping_leaves_alone_what_is_due_or_broken(deployed: Deployed) -> None:
    pattern = deployed(scheduled())
    due(pattern, NOON)
    Schedule.objects.filter(pk=deployed(scheduled(), "Broken").pk).update(cron="no", next_at=None)
    assert tend() == 0
    assert Schedule.objects.get(pk=pattern.pk).next_at == NOON


def test_index_serves_the_look_at_what_is_due(deployed: Deployed) -> None:
    deployed(scheduled())
    if connection.vendor == "postgresql":  # which reads a small table whole
        connection.cursor().execute("SET LOCAL enable_seqscan = off")
    assert "deployments_schedule_next_at" in Schedule.objects.filter(next_at__lte=NOON).explain()
