"""A POST with an Idempotency-Key is done once, however often it is sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from deployments import housekeeping
from dragops_site import idempotency
from dragops_site.models import KeptAnswer
from executions.models import Execution
from patterns.models import Pattern
from tests.api.made import deployed, run

KEY = {"Idempotency-Key": "order-1017"}


def _created(client: Any, name: str = "Orders", **headers: str) -> Any:
    return client.post("/api/patterns", {"name": name}, headers=headers or KEY)


def test_request_sent_again_is_answered_as_before_and_done_once(api_as: Any, editor: Any) -> None:
    client = api_as(editor)
    first, again = _created(client), _created(client)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert idempotency.REPLAYED not in first
    assert again[idempotency.REPLAYED] == "true"
    assert Pattern.objects.count() == 1


def test_requests_without_a_key_are_each_done(api_as: Any, editor: Any) -> None:
    client = api_as(editor)
    assert len({client.post("/api/patterns", {"name": "Orders"}).json()["data"]["id"] for _ in range(2)}) == 2
    assert not KeptAnswer.objects.exists()


def test_key_of_another_request_is_422(api_as: Any, editor: Any) -> None:
    client = api_as(editor)
    _created(client)
    for other in (_created(client, "Returns"), client.post("/api/patterns/import", {"name": "Orders"}, headers=KEY)):
        assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert Pattern.objects.count() == 1


def test_key_of_another_person_means_another_request(api_as: Any, editor: Any, admin: Any) -> None:
    assert _created(api_as(editor)).json()["data"]["id"] != _created(api_as(admin)).json()["data"]["id"]


def test_key_of_a_request_that_was_refused_is_free_again(api_as: Any, editor: Any) -> None:
    client = api_as(editor)
    assert client.post("/api/patterns", {"name": ""}, headers=KEY).status_code == 422
    assert not KeptAnswer.objects.exists()
    assert _created(client).status_code == 201


@pytest.mark.parametrize("key", ["", " " * 201, "Grüße", "a\tb"])
def test_key_that_is_none_is_400(api_as: Any, editor: Any, key: str) -> None:
    answer = _created(api_as(editor), **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")
    assert not Pattern.objects.exists()


def test_key_needs_the_role_each_time(api_as: Any, editor: Any) -> None:
    _created(api_as(editor))
    editor.role = "viewer"
    editor.save()
    assert _created(api_as(editor)).status_code == 403


def test_run_executed_again_with_its_key_is_the_same(api_as: Any, editor: Any) -> None:
    client, address = api_as(editor), f"/api/deployments/{deployed(editor).pk}/execute"
    answers = [client.post(address, {"event": {"body": 1}}, headers=KEY) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {202}
    assert answers[0].json()["data"]["id"] == answers[1].json()["data"]["id"]
    assert answers[1][idempotency.REPLAYED] == "true"
    assert Execution.objects.count() == 1


def test_answer_that_holds_a_secret_is_not_kept(api_as: Any, editor: Any) -> None:
    client, webhook = api_as(editor), f"/api/webhooks/{deployed(editor).pk}"
    client.put(f"{webhook}/security", {"scheme": "github"})
    secret = client.post(f"{webhook}/rotate-secret", {}, headers=KEY).json()["data"]["secret"]
    again = client.post(f"{webhook}/rotate-secret", {}, headers=KEY)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "CONFLICT")
    assert secret not in str(list(KeptAnswer.objects.values()))


def test_keys_are_forgotten_after_a_day(api_as: Any, editor: Any) -> None:
    client = api_as(editor)
    _created(client)
    assert housekeeping.prune_answers() == 0
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert housekeeping.prune_answers() == 1
    _created(client)
    assert Pattern.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_same_request_at_the_same_time_is_done_once(api_as: Any, editor: Any) -> None:
    failed = run(deployed(editor).pattern, "failed")

    def rerun(_: int) -> tuple[int, str]:
        try:
            answer = api_as(editor).post(f"/api/runs/{failed.pk}/rerun", {}, headers=KEY)
            return answer.status_code, answer.json()["data"]["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(rerun, range(24)))
    assert len(answers) == 1 and answers.pop()[0] == 202
    assert Execution.objects.exclude(pk=failed.pk).count() == 1
