"""Retrying and running again over the API."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from deployments.actions import pause, undeploy
from deployments.models import Deployment
from executions.models import Execution
from executions.status import Wait
from patterns.models import Pattern
from tests.api.made import deployed, run

LATER = timezone.now() + timedelta(hours=1)


@pytest.fixture
def pattern(editor: Any) -> Pattern:
    return deployed(editor).pattern


@pytest.fixture
def client(api_as: Any, operator: Any) -> Any:
    return api_as(operator)


def _post(client: Any, path: str, body: Any = None) -> tuple[int, Any]:
    answer = client.post(f"/api/runs/{path}", body, format="json")
    told = answer.json()
    return answer.status_code, told.get("data") or told["error"]


# --- Retry ------------------------------------------------------------------------------------------------------------
def test_retry_queues_a_further_attempt(client: Any, pattern: Pattern) -> None:
    failed = run(pattern, "failed", error_type="Gone", error_message="no")
    status, told = _post(client, f"{failed.pk}/retry")
    assert (status, told["status"], told["attempt"], told["error"]) == (202, "queued", 2, None)
    assert (told["waitsFor"], told["readyAt"]) == ("worker", None)


def test_retry_from_the_start_begins_a_new_epoch(client: Any, pattern: Pattern) -> None:
    failed = run(pattern, "dead_letter")
    assert _post(client, f"{failed.pk}/retry", {"anew": True})[0] == 202
    assert Execution.objects.get(pk=failed.pk).epoch == 1


@pytest.mark.parametrize("status", ["completed", "running", "queued"])
def test_retry_of_what_has_not_failed_is_409_with_the_status(client: Any, pattern: Pattern, status: str) -> None:
    code, told = _post(client, f"{run(pattern, status).pk}/retry")
    assert (code, told["code"], told["details"]) == (409, "CONFLICT", {"status": status})


@pytest.mark.parametrize("body", [{"anew": "yes"}, {"anew": None}, {"anew": 1}, []])
def test_retry_that_makes_no_sense_is_422(client: Any, pattern: Pattern, body: Any) -> None:
    failed = run(pattern, "failed")
    assert _post(client, f"{failed.pk}/retry", body)[0] == 422
    assert Execution.objects.get(pk=failed.pk).status == "failed"


@pytest.mark.parametrize("verb", ["retry", "rerun"])
def test_test_of_a_draft_needs_the_role_that_testing_needs(
    client: Any, api_as: Any, editor: Any, pattern: Pattern, verb: str
) -> None:
    test = run(pattern, "failed", mode="test", version_number=None)
    assert _post(client, f"{test.pk}/{verb}")[0] == 403
    assert _post(api_as(editor), f"{test.pk}/{verb}")[0] == 202


@pytest.mark.parametrize("run_id", [str(uuid4()), "1", "%00"])
@pytest.mark.parametrize("verb", ["retry", "rerun"])
def test_verb_on_no_run_is_404(client: Any, run_id: str, verb: str) -> None:
    status, told = _post(client, f"{run_id}/{verb}")
    assert (status, told["code"]) == (404, "RUN_NOT_FOUND")


# --- Rerun ------------------------------------------------------------------------------------------------------------
def test_rerun_starts_a_new_run_that_names_the_old_one(client: Any, pattern: Pattern) -> None:
    old = run(pattern, "failed", event={"body": 1})
    status, told = _post(client, f"{old.pk}/rerun")
    assert (status, told["status"], told["rerunOf"]) == (202, "queued", str(old.pk))
    assert (told["eventData"], told["triggeredBy"], told["id"] != str(old.pk)) == ({"body": 1}, "manual", True)
    assert _post(client, f"{old.pk}/rerun", {"event": {"body": 2}})[1]["eventData"] == {"body": 2}


@pytest.mark.parametrize("event", [None, 5, [], "x"])
def test_rerun_with_an_event_that_is_none_is_422(client: Any, pattern: Pattern, event: Any) -> None:
    assert _post(client, f"{run(pattern).pk}/rerun", {"event": event})[0] == 422
    assert Execution.objects.count() == 1


def test_rerun_is_409_where_nothing_is_live(client: Any, editor: Any, pattern: Pattern) -> None:
    old = run(pattern)
    pause(Deployment.objects.get(pk=pattern.pk), editor)
    assert _post(client, f"{old.pk}/rerun")[1]["code"] == "DEPLOYMENT_PAUSED"
    undeploy(pattern, editor)
    assert _post(client, f"{old.pk}/rerun")[1]["code"] == "NOT_DEPLOYED"


# --- Redrive ----------------------------------------------------------------------------------------------------------
def test_redrive_of_named_runs_counts_those_it_could_not_retry(client: Any, pattern: Pattern) -> None:
    ids = [str(run(pattern, status).pk) for status in ("dead_letter", "failed", "completed")]
    status, told = _post(client, "redrive", {"ids": ids})
    assert (status, told) == (200, {"retried": 2, "skipped": 1, "remaining": 0, "nextCursor": None})


def test_redrive_by_filter_goes_on_by_its_cursor(client: Any, pattern: Pattern) -> None:
    for _ in range(3):
        run(pattern, "dead_letter")
    body: dict[str, Any] = {"filter": {"patternId": str(pattern.pk)}, "limit": 2}
    _, first = _post(client, "redrive", body)
    assert (first["retried"], first["remaining"], bool(first["nextCursor"])) == (2, 1, True)
    _, second = _post(client, "redrive", {**body, "cursor": first["nextCursor"]})
    assert (second["retried"], second["remaining"], second["nextCursor"]) == (1, 0, None)


def test_redrive_finds_by_every_condition_of_the_history(client: Any, pattern: Pattern) -> None:
    run(pattern, "failed", error_type="Gone", error_message="no route", trigger="webhook")
    run(pattern, "failed", error_type="Other")
    conditions = {"status": ["failed"], "errorType": "Gone", "q": "route", "triggeredBy": "webhook", "mode": "live"}
    times = {"since": "2020-01-01T00:00:00Z", "until": LATER.isoformat()}
    assert _post(client, "redrive", {"filter": {**conditions, **times}})[1]["retried"] == 1


def test_redrive_on_the_current_version_starts_new_runs_once(client: Any, pattern: Pattern) -> None:
    dead = run(pattern, "dead_letter")
    body = {"filter": {}, "onCurrentVersion": True}
    assert _post(client, "redrive", body)[1]["retried"] == 1
    assert _post(client, "redrive", body)[1]["retried"] == 0
    dead.refresh_from_db()
    assert (dead.status, Execution.objects.filter(rerun_of=dead).count()) == ("dead_letter", 1)


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        [],
        {"ids": [], "filter": {}},
        {"ids": ["x"]},
        {"ids": "all"},
        {"ids": [str(uuid4())] * 1_001},
        {"filter": None},
        {"filter": []},
        {"filter": {"pattern": "misspelt"}},
        {"filter": {"status": ["completed"]}},
        {"filter": {"status": ["running"]}},
        {"filter": {"patternId": "x"}},
        {"filter": {}, "limit": 0},
        {"filter": {}, "limit": 1_001},
        {"filter": {}, "cursor": "x"},
        {"filter": {}, "onCurrentVersion": "yes"},
        {"filter": {}, "all": True},
    ],
)
def test_redrive_that_makes_no_sense_is_422_and_retries_nothing(client: Any, pattern: Pattern, body: Any) -> None:
    run(pattern, "dead_letter")
    assert _post(client, "redrive", body)[0] == 422
    assert not Execution.objects.filter(status="queued").exists()


# --- What runs tell of it ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("waits_for", "ready_at", "told"),
    [
        (Wait.RETRY, LATER, True),
        (Wait.TIME, LATER, True),
        (Wait.WEBHOOK, LATER, True),
        (Wait.WEBHOOK, LATER + timedelta(days=365), False),
        (Wait.CALLEE, LATER, False),
    ],
)
def test_parked_run_tells_what_it_waits_for_and_until_when(
    api_as: Any, viewer: Any, pattern: Pattern, waits_for: str, ready_at: Any, told: bool
) -> None:
    parked = run(pattern, "queued", waits_for=waits_for, ready_at=ready_at)
    data = api_as(viewer).get(f"/api/runs/{parked.pk}").json()["data"]
    assert (data["waitsFor"], data["readyAt"] is not None) == (waits_for, told)


def test_runs_are_found_by_the_type_of_their_error(api_as: Any, viewer: Any, pattern: Pattern) -> None:
    found = run(pattern, "failed", error_type="Gone")
    run(pattern, "failed", error_type="GoneToo")
    rows = api_as(viewer).get("/api/runs?errorType=Gone").json()["data"]
    assert [row["id"] for row in rows] == [str(found.pk)]
