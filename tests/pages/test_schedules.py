from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deployments.models import Deployment, Schedule, Tick
from tests.pages.made import a_deployment, a_run

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def a_schedule(**fields: Any) -> Deployment:
    deployment = a_deployment(trigger="OnSchedule")
    given = {"cron": "0 9 * * MON-FRI", "time_zone": "Asia/Kolkata", "next_at": NOON, **fields}
    Schedule.objects.create(pattern=deployment.pattern, **given)
    return deployment


def page_of(browser: Any, deployment: Deployment) -> str:
    return browser.get(f"/deployments/{deployment.pk}").content.decode()


def test_page_shows_the_schedule_and_its_next_ticks_in_its_zone(client_as: Any, viewer: Any) -> None:
    html = page_of(client_as(viewer), a_schedule())
    assert "<code>0 9 * * MON-FRI</code>" in html
    assert "At 09:00 on Monday through Friday" in html
    assert html.count(", 09:00 IST") == 5
    assert html.count("T03:30:00.000Z") == 5


def test_page_shows_what_came_of_the_last_ticks(client_as: Any, viewer: Any) -> None:
    deployment = a_schedule()
    run = a_run(deployment.pattern)
    Tick.objects.create(pattern=deployment.pattern, due_at=NOON, outcome="fired", execution_id=run.pk)
    Tick.objects.create(pattern=deployment.pattern, due_at=NOON - timedelta(hours=1), outcome="paused")
    html = page_of(client_as(viewer), deployment)
    assert f'href="/executions/{run.pk}">Fired</a>' in html
    assert "Skipped: paused" in html


def test_page_says_why_a_schedule_cannot_be_kept(client_as: Any, viewer: Any) -> None:
    html = page_of(client_as(viewer), a_schedule(time_zone="Mars/<b>"))
    assert "there is no time zone “Mars/&lt;b&gt;”" in html


def test_page_of_another_deployment_has_no_schedule(client_as: Any, viewer: Any) -> None:
    assert 'id="schedule"' not in page_of(client_as(viewer), a_deployment())


def test_page_takes_as_many_queries_for_many_ticks_as_for_one(client_as: Any, viewer: Any) -> None:
    deployment, browser, counts = a_schedule(), client_as(viewer), []
    for number in range(2, 30, 20):
        for minutes in range(number):
            due = NOON + timedelta(minutes=number * 100 + minutes)
            Tick.objects.create(pattern=deployment.pattern, due_at=due, outcome="paused")
        page_of(browser, deployment)
        with CaptureQueriesContext(connection) as made:
            page_of(browser, deployment)
        counts.append(len(made))
    assert counts[0] == counts[1]
