"""Deployments over the API."""

from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from deployments.actions import deploy, pause
from executions import presence
from executions.models import Execution
from executions.worker import drain
from patterns.actions import create_pattern
from patterns.models import Pattern
from tests.api.made import BROKEN, deployed, ids, run
from tests.graphs import graph, node
from tests.patterns.graphs import started_by_webhook

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture
def as_editor(api_as: Any, editor: Any) -> Any:
    return api_as(editor)


def _draft(editor: Any, drawing: dict[str, Any] | None = None) -> Pattern:
    return create_pattern(editor, "Orders", graph=drawing or started_by_webhook())


def test_deploy_answers_with_version_and_triggers(as_editor: Any, editor: Any) -> None:
    pattern = _draft(editor)
    body = {"environmentId": None, "nodeDefinitions": [{"any": "thing"}]}
    answer = as_editor.post(f"/api/patterns/{pattern.pk}/deploy", body)
    assert (answer.status_code, answer.json()["data"]) == (
        200,
        {
            "deploymentId": str(pattern.pk),
            "status": "active",
            "versionNumber": 1,
            "triggers": [{"type": "webhook", "nodeId": "hook"}],
        },
    )


def test_deploy_takes_no_body_at_all(as_editor: Any, editor: Any) -> None:
    assert as_editor.post(f"/api/patterns/{_draft(editor).pk}/deploy").status_code == 200


def test_deploy_of_a_broken_draft_is_422_with_all_problems(as_editor: Any, editor: Any) -> None:
    answer = as_editor.post(f"/api/patterns/{_draft(editor, BROKEN).pk}/deploy")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "COMPILE_FAILED")
    assert {"code", "severity", "message", "nodeId", "pin", "edgeId"} == set(error["details"][0])


def test_undeploy_says_so_and_is_409_the_second_time(as_editor: Any, editor: Any) -> None:
    address = f"/api/patterns/{deployed(editor).pk}/deploy"
    assert as_editor.delete(address).json()["data"] == {"status": "undeployed"}
    again = as_editor.delete(address)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "NOT_DEPLOYED")


def test_deployment_of_a_pattern_is_told_in_short(as_editor: Any, editor: Any) -> None:
    deployment = deployed(editor)
    told = as_editor.get(f"/api/patterns/{deployment.pk}/deployment").json()["data"]
    assert set(told) == {"deploymentId", "status", "versionNumber", "confirmedAt", "createdAt"}
    assert (told["deploymentId"], told["status"], told["versionNumber"]) == (str(deployment.pk), "active", 1)
    assert told["confirmedAt"].endswith("Z")


def test_deployment_of_a_pattern_never_deployed_is_404(as_editor: Any, editor: Any) -> None:
    answer = as_editor.get(f"/api/patterns/{_draft(editor).pk}/deployment")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "DEPLOYMENT_NOT_FOUND")


def test_versions_are_listed_newest_first(as_editor: Any, editor: Any, django_assert_num_queries: Any) -> None:
    pattern = _draft(editor)
    for _ in range(5):
        deploy(pattern, editor)
    with django_assert_num_queries(4):  # pattern, rows, count, live version
        answer = as_editor.get(f"/api/patterns/{pattern.pk}/versions?limit=3").json()
    assert [(row["versionNumber"], row["isLive"]) for row in answer["data"]] == [(5, True), (4, False), (3, False)]
    assert answer["meta"] == {
        "page": 1,
        "limit": 3,
        "total": 5,
        "totalPages": 2,
        "nextCursor": answer["meta"]["nextCursor"],
    }
    assert answer["data"][0]["createdBy"] == editor.email


def test_deployments_tell_pattern_trigger_and_last_run(as_editor: Any, editor: Any) -> None:
    deployment = deployed(editor, "Orders")
    execution = run(deployment.pattern, "failed", error_type="Error", error_message="no")
    row = as_editor.get("/api/deployments").json()["data"][0]
    assert (row["id"], row["deploymentId"], row["patternId"]) == (str(deployment.pk),) * 3
    assert (row["patternName"], row["status"], row["versionNumber"]) == ("Orders", "active", 1)
    assert row["triggers"] == [{"type": "webhook", "nodeId": "hook"}]
    assert row["webhookUrl"].endswith(str(deployment.pattern.webhook_id))
    assert row["lastRunStatus"] == execution.status
    assert row["lastRunAt"][:19] == execution.created_at.isoformat()[:19]
    assert as_editor.get(f"/api/deployments/{deployment.pk}").json()["data"] == row


def test_deployments_are_found_by_status_and_name(as_editor: Any, editor: Any) -> None:
    orders, mails = deployed(editor, "Orders"), deployed(editor, "100% mails")
    pause(mails, editor)
    assert ids(as_editor.get("/api/deployments")) == [str(mails.pk), str(orders.pk)]
    assert ids(as_editor.get("/api/deployments?status=paused")) == [str(mails.pk)]
    assert ids(as_editor.get("/api/deployments?search=%25")) == [str(mails.pk)]
    assert as_editor.get("/api/deployments?status=broken").status_code == 422
    assert as_editor.get("/api/deployments?page=2&limit=1").json()["meta"] == {
        "page": 2,
        "nextCursor": None,
        "limit": 1,
        "total": 2,
        "totalPages": 2,
    }


def test_deployments_take_the_same_queries_whatever_their_number(
    as_editor: Any, editor: Any, django_assert_num_queries: Any
) -> None:
    for number in range(12):
        run(deployed(editor, f"Pattern {number}").pattern)
    with django_assert_num_queries(2):  # rows, count
        assert len(ids(as_editor.get("/api/deployments?limit=100"))) == 12


def test_patch_sets_the_time_limit(as_editor: Any, editor: Any) -> None:
    deployment = deployed(editor)
    answer = as_editor.patch(f"/api/deployments/{deployment.pk}", {"timeLimitS": 7})
    assert (answer.status_code, answer.json()["data"]["timeLimitS"]) == (200, 7)
    deployment.refresh_from_db()
    assert deployment.time_limit_s == 7


@pytest.mark.parametrize("value", [0, -1, 10**30, "7", 7.5, None, True, [], {}])
def test_patch_refuses_a_time_limit_that_is_none(as_editor: Any, editor: Any, value: Any) -> None:
    answer = as_editor.patch(f"/api/deployments/{deployed(editor).pk}", {"timeLimitS": value})
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (422, ["timeLimitS"])


def test_pause_and_resume_change_the_status_once(as_editor: Any, editor: Any) -> None:
    address = f"/api/deployments/{deployed(editor).pk}"
    paused = as_editor.post(f"{address}/pause", {"reason": "on fire"}).json()["data"]
    assert (paused["status"], paused["pauseReason"]) == ("paused", "on fire")
    assert as_editor.post(f"{address}/pause").json()["error"]["code"] == "CONFLICT"
    assert as_editor.post(f"{address}/resume").json()["data"]["status"] == "active"
    assert as_editor.post(f"{address}/resume").status_code == 409


def test_rollback_makes_an_older_version_live(as_editor: Any, editor: Any) -> None:
    pattern = _draft(editor)
    deploy(pattern, editor)
    deploy(pattern, editor)
    address = f"/api/deployments/{pattern.pk}/rollback"
    assert as_editor.post(address, {"versionNumber": 1}).json()["data"]["versionNumber"] == 1
    missing = as_editor.post(address, {"versionNumber": 99})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "VERSION_NOT_FOUND")


@pytest.mark.parametrize("number", [0, -1, 10**30, "1", 1.0, None, True, [], {}])
def test_rollback_refuses_what_is_no_version_number(as_editor: Any, editor: Any, number: Any) -> None:
    answer = as_editor.post(f"/api/deployments/{deployed(editor).pk}/rollback", {"versionNumber": number})
    assert answer.status_code == 422


def test_execute_is_202_with_the_queued_run(as_editor: Any, editor: Any) -> None:
    deployment = deployed(editor)
    answer = as_editor.post(f"/api/deployments/{deployment.pk}/execute", {"event": {"body": {"a": 1}}})
    told = answer.json()["data"]
    assert (answer.status_code, told["status"], told["triggeredBy"], told["mode"]) == (202, "queued", "manual", "live")
    assert (told["eventData"], told["deploymentId"]) == ({"body": {"a": 1}}, str(deployment.pk))


def test_execute_is_202_when_the_wait_is_over_first(as_editor: Any, editor: Any) -> None:
    answer = as_editor.post(f"/api/deployments/{deployed(editor).pk}/execute", {"wait": 0.1})
    assert (answer.status_code, answer.json()["data"]["status"]) == (202, "queued")


@pytest.mark.django_db(transaction=True)
def test_execute_is_200_with_the_result_when_the_run_ends_in_time(as_editor: Any, editor: Any) -> None:
    stops = node("stop", "Stop", result={"value": 7})
    deployment = deployed(editor, drawing=graph("start: OnStart", stops, "start > stop"))
    stop = Event()
    worker = Thread(target=_work_until, args=[stop])
    worker.start()
    answer = as_editor.post(f"/api/deployments/{deployment.pk}/execute", {"wait": 20})
    stop.set()
    worker.join()
    told = answer.json()["data"]
    assert (answer.status_code, told["status"], told["error"]) == (200, "completed", None)
    assert (told["result"], told["attempt"], told["parentId"], told["rootId"]) == ({"value": 7}, 1, None, None)


def _work_until(stop: Event) -> None:
    here = presence.Presence()
    here.begin()
    while not stop.wait(0.02):
        drain(here)
    here.end()
    connection.close()


def test_execute_is_409_while_paused_or_not_deployed(as_editor: Any, editor: Any) -> None:
    deployment = deployed(editor)
    address = f"/api/deployments/{deployment.pk}/execute"
    pause(deployment, editor)
    assert as_editor.post(address).json()["error"]["code"] == "DEPLOYMENT_PAUSED"
    as_editor.delete(f"/api/patterns/{deployment.pk}/deploy")
    assert as_editor.post(address).json()["error"]["code"] == "NOT_DEPLOYED"
    assert not Execution.objects.exists()


@pytest.mark.parametrize(
    "body", [{"wait": -1}, {"wait": 61}, {"wait": "5"}, {"wait": True}, {"wait": []}, {"event": []}, {"event": "x"}]
)
def test_execute_refuses_what_makes_no_sense_and_starts_nothing(as_editor: Any, editor: Any, body: Any) -> None:
    answer = as_editor.post(f"/api/deployments/{deployed(editor).pk}/execute", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION")
    assert not Execution.objects.exists()


def test_test_run_of_the_draft_is_202_without_a_deployment(as_editor: Any, editor: Any) -> None:
    pattern = _draft(editor)
    answer = as_editor.post(f"/api/patterns/{pattern.pk}/run", {"event": {"body": {}}})
    told = answer.json()["data"]
    assert (answer.status_code, told["mode"], told["deploymentId"], told["versionNumber"]) == (202, "test", None, None)
    assert told["patternId"] == str(pattern.pk)


def test_test_run_of_a_broken_draft_is_422(as_editor: Any, editor: Any) -> None:
    answer = as_editor.post(f"/api/patterns/{_draft(editor, BROKEN).pk}/run")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "COMPILE_FAILED")


@pytest.mark.parametrize("tail", ["pause", "resume", "rollback", "execute"])
@pytest.mark.parametrize("pattern_id", [str(uuid4()), "x", "%00"])
def test_unknown_deployment_is_404(as_editor: Any, tail: str, pattern_id: str) -> None:
    answer = as_editor.post(f"/api/deployments/{pattern_id}/{tail}", {"versionNumber": 1})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "DEPLOYMENT_NOT_FOUND")
