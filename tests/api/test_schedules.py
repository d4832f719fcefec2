"""Schedules over the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deployments.models import Schedule, Tick
from tests.api.made import deployed
from tests.graphs import graph, node

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def scheduled(cron: str = "0 9 * * MON-FRI", **properties: str) -> dict[str, Any]:
    return graph(node("tick", "OnSchedule", {"schedule": cron, **properties}))


@pytest.fixture
def as_viewer(api_as: Any, viewer: Any) -> Any:
    return api_as(viewer)


def test_deployment_tells_its_schedule_and_the_next_five_ticks(as_viewer: Any, editor: Any) -> None:
    deployment = deployed(editor, drawing=scheduled(timeZone="Europe/Berlin", overlap="skip"))
    told = as_viewer.get(f"/api/deployments/{deployment.pk}").json()["data"]
    assert told["triggers"] == [{"type": "schedule", "nodeId": "tick"}]
    upcoming = told["schedule"].pop("nextTicks")
    assert told["schedule"] == {
        "cron": "0 9 * * MON-FRI",
        "timeZone": "Europe/Berlin",
        "overlap": "skip",
        "description": "At 09:00 on Monday through Friday",
        "problem": "",
    }
    assert upcoming == sorted(upcoming)
    assert (len(upcoming), {moment[13:] for moment in upcoming}) == (5, {":00:00.000Z"})


def test_deployment_without_a_schedule_has_none(as_viewer: Any, editor: Any) -> None:
    assert as_viewer.get(f"/api/deployments/{deployed(editor).pk}").json()["data"]["schedule"] is None


def test_schedule_that_cannot_be_computed_says_why(as_viewer: Any, editor: Any) -> None:
    deployment = deployed(editor, drawing=scheduled())
    Schedule.objects.update(time_zone="Mars/Olympus")
    told = as_viewer.get(f"/api/deployments/{deployment.pk}").json()["data"]["schedule"]
    assert told["nextTicks"] == []
    assert told["problem"].startswith("there is no time zone “Mars/Olympus”")


def test_schedules_of_many_deployments_take_no_query_each(
    as_viewer: Any, editor: Any, django_assert_num_queries: Any
) -> None:
    for number in range(8):
        deployed(editor, f"Pattern {number}", scheduled())
    with django_assert_num_queries(2):  # rows, count
        assert all(row["schedule"] for row in as_viewer.get("/api/deployments").json()["data"])


def test_ticks_are_listed_newest_first_with_what_came_of_them(
    as_viewer: Any, editor: Any, django_assert_num_queries: Any
) -> None:
    deployment = deployed(editor, drawing=scheduled())
    for number, outcome in enumerate(Tick.Outcome.values):
        Tick.objects.create(pattern=deployment.pattern, due_at=NOON + timedelta(hours=number), outcome=outcome)
    with django_assert_num_queries(3):  # pattern, rows, count
        answer = as_viewer.get(f"/api/deployments/{deployment.pk}/ticks?limit=3").json()
    assert [row["outcome"] for row in answer["data"]] == ["missed", "paused", "overlap"]
    assert answer["meta"] == {
        "page": 1,
        "limit": 3,
        "total": 4,
        "totalPages": 2,
        "nextCursor": answer["meta"]["nextCursor"],
    }
    newest = answer["data"][0]
    assert (newest["dueAt"], newest["runId"]) == ("2026-07-01T15:00:00.000Z", None)
    assert newest["reason"] == "Missed: the server was down for too long"


def test_ticks_of_an_unknown_pattern_are_404(as_viewer: Any) -> None:
    answer = as_viewer.get("/api/deployments/x/ticks")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "PATTERN_NOT_FOUND")


def test_schedule_can_be_tried_before_it_is_deployed(as_viewer: Any) -> None:
    told = as_viewer.get("/api/schedules/next", {"cron": "30 2 * * *", "timeZone": "Asia/Kolkata"}).json()["data"]
    assert (told["cron"], told["timeZone"], told["description"]) == ("30 2 * * *", "Asia/Kolkata", "At 02:30 every day")
    assert [moment[10:] for moment in told["nextTicks"]] == ["T21:00:00.000Z"] * 5


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({}, "cron", "required"),
        ({"cron": ""}, "cron", "blank"),
        ({"cron": "61 * * * *"}, "cron", "The minute “61” is not one; it takes 0 to 59"),
        ({"cron": "0 0 30 2 *"}, "cron", "No month “2” has a day “30”"),
        ({"cron": "x" * 201}, "cron", "200 characters"),
        ({"cron": "* * * * *", "timeZone": "Mars"}, "timeZone", "There is no time zone “Mars”"),
        ({"cron": "* * * * *", "timeZone": "../etc/passwd"}, "timeZone", "There is no time zone"),
        ({"cron": "* * * * *\x00"}, "cron", "Null characters"),
    ],
)
def test_schedule_that_makes_no_sense_is_422_with_what_to_write(
    as_viewer: Any, query: dict[str, str], field: str, message: str
) -> None:
    answer = as_viewer.get("/api/schedules/next", query)
    assert answer.status_code == 422
    assert message in str(answer.json()["error"]["details"][field])
