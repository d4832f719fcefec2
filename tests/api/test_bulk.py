"""Many runs at once over the API and from the pages, and the deletion of one."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from executions.actions import bulk
from executions.models import BulkJob, Execution
from patterns.models import Pattern
from tests.api.made import deployed, entry, run


@pytest.fixture
def pattern(editor: Any) -> Pattern:
    return deployed(editor).pattern


@pytest.fixture
def client(api_as: Any, operator: Any) -> Any:
    return api_as(operator)


@pytest.fixture
def page(client: Any, operator: Any) -> Client:
    browser = Client()
    browser.force_login(operator)
    return browser


def _post(client: Any, body: Any, path: str = "") -> tuple[int, Any]:
    answer = client.post(f"/api/runs/bulk{path}", body, format="json")
    told = answer.json()
    return answer.status_code, told.get("data") or told["error"]


# --- API --------------------------------------------------------------------------------------------------------------
def test_job_is_begun_followed_and_done(client: Any, pattern: Pattern) -> None:
    run(pattern, "failed")
    run(pattern, "completed")
    status, job = _post(client, {"verb": "retry", "filter": {"patternId": str(pattern.pk)}})
    assert (status, job["state"], job["total"]) == (202, "waiting", 1)
    bulk.work()
    told = client.get(f"/api/runs/bulk/{job['id']}").json()["data"]
    assert (told["state"], told["done"], told["skipped"], told["problem"]) == ("done", 1, 0, None)
    assert _post(client, None, f"/{job['id']}/stop")[0] == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"verb": "drop", "filter": {}},
        {"verb": "retry"},
        {"verb": "retry", "ids": []},
        {"verb": "retry", "ids": ["x"]},
        {"verb": "retry", "ids": [str(uuid4())], "filter": {}},
        {"verb": "retry", "filter": {"statuss": ["failed"]}},
        {"verb": "retry", "filters": {}},
        {"verb": "retry", "filter": {"status": ["completed"]}},
        {"verb": "retry", "ids": [str(uuid4()) for _ in range(1_001)]},
    ],
)
def test_body_that_is_not_understood_is_refused(client: Any, pattern: Pattern, body: Any) -> None:
    run(pattern, "failed")
    assert _post(client, body)[0] == 422
    assert not BulkJob.objects.exists()


def test_a_hundred_thousand_ids_are_refused(client: Any, pattern: Pattern) -> None:
    assert _post(client, {"verb": "retry", "ids": [str(uuid4())] * 100_000})[0] == 422


def test_deletion_needs_an_editor(client: Any, pattern: Pattern) -> None:
    assert _post(client, {"verb": "delete", "filter": {}})[0] == 403


@pytest.mark.parametrize("job", ["x", str(uuid4())])
def test_unknown_job_is_not_found(client: Any, job: str) -> None:
    assert client.get(f"/api/runs/bulk/{job}").status_code == 404
    assert _post(client, None, f"/{job}/stop")[0] == 404


def test_run_that_has_ended_is_deleted_with_its_log(api_as: Any, editor: Any, pattern: Pattern) -> None:
    found = run(pattern, "failed")
    entry(found, 1)
    client = api_as(editor)
    assert client.delete(f"/api/runs/{found.pk}").status_code == 204
    assert client.delete(f"/api/runs/{found.pk}").status_code == 404


def test_open_run_and_a_callee_of_one_are_not_deleted(api_as: Any, editor: Any, pattern: Pattern) -> None:
    caller = run(pattern, "running")
    callee = run(pattern, "completed", parent=caller, root=caller, parent_key="1")
    for each in (caller, callee):
        assert api_as(editor).delete(f"/api/runs/{each.pk}").status_code == 409
    assert Execution.objects.count() == 2


# --- Pages ------------------------------------------------------------------------------------------------------------
def test_selected_runs_are_canceled_and_can_be_brought_back(page: Client, pattern: Pattern) -> None:
    ids = [str(run(pattern, "queued").pk) for _ in range(2)]
    back = "/executions?status=queued&job=old"
    answer = page.post("/executions/bulk", {"verb": "cancel", "ids": ids, "next": back})
    job = BulkJob.objects.get()
    assert answer["Location"] == f"/executions?status=queued&job={job.pk}"
    told = page.get(f"/executions/bulk/{job.pk}", headers={"HX-Request": "true"})
    assert (told.status_code, "Canceled 2 executions." in told.text, "Retry these" in told.text) == (286, True, True)
    page.post(f"/executions/bulk/{job.pk}/undo", {"next": back})
    assert Execution.objects.filter(status="queued", attempt=2).count() == 2


def test_all_that_match_are_worked_off_while_the_page_follows(page: Client, pattern: Pattern) -> None:
    run(pattern, "failed")
    page.post("/executions/bulk", {"verb": "retry", "all": "1", "status": "failed", "pattern": str(pattern.pk)})
    job = BulkJob.objects.get()
    told = page.get(f"/executions/bulk/{job.pk}", headers={"HX-Request": "true"})
    assert (told.status_code, "Retrying: 0 of 1" in told.text, "every 1s" in told.text) == (200, True, True)
    assert "<html" in page.get(f"/executions/bulk/{job.pk}").text


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"verb": "retry"},
        {"verb": "drop", "all": "1"},
        {"verb": "retry", "ids": ["x"]},
        {"verb": "retry", "all": "1", "statuss": "failed"},
        {"verb": "delete", "all": "1"},
    ],
)
def test_form_that_is_not_understood_does_nothing(page: Client, pattern: Pattern, given: Any) -> None:
    run(pattern, "failed")
    answer = page.post("/executions/bulk", {**given, "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/executions"
    assert not BulkJob.objects.exists()
