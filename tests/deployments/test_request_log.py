"""The request log of a webhook, and its captured requests run later."""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from subprocess import run as run_program
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from deployments import request_log
from deployments.actions import deploy, pause, set_webhook_security, undeploy
from deployments.housekeeping import prune_requests, prune_secrets
from deployments.models import CapturedRequest, Deployment, WebhookRequest, WebhookSecret
from dragops_site.ids import first_id, new_id
from executions.models import Execution
from patterns.actions import create_pattern, delete_pattern
from patterns.models import Pattern
from tests.api.made import BROKEN, run
from tests.patterns.graphs import started_by_hand, started_by_webhook
from tests.server.running import wait_until

pytestmark = pytest.mark.django_db
Deployed = Callable[..., Pattern]


@pytest.fixture(autouse=True)
def _empty_log() -> Iterator[None]:
    request_log._buffer = request_log._Buffer()
    yield
    request_log._buffer = request_log._Buffer()


def _send(pattern: Pattern, raw: bytes = b"{}", method: str = "POST", **headers: str) -> Any:
    url = f"/webhooks/{pattern.webhook_id}"
    return Client().generic(method, url, raw, content_type="application/json", headers=headers)


def _logged(pattern: Pattern, client: Any, **query: Any) -> tuple[list[dict[str, Any]], str | None]:
    request_log.flush()
    answer = client.get(f"/api/webhooks/{pattern.webhook_id}/requests", query)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"], answer.json()["meta"]["nextCursor"]


def _codes(rows: list[dict[str, Any]]) -> list[str]:
    return [row["code"] for row in rows]


# --- What is logged -------------------------------------------------------------------------------------------------
def test_log_shows_every_request_with_the_reason_of_each_refusal(
    deployed: Deployed, api_as: Any, viewer: Any, editor: Any, settings: Any, valkey: Any
) -> None:
    settings.WEBHOOK_BODY_BYTES = 100
    pattern = deployed(started_by_webhook())
    expected = [(202, "ACCEPTED", "accepted"), (202, "DUPLICATE", "duplicate")]
    for _ in expected:
        _send(pattern, **{"X-Request-Id": "1"})
    _send(pattern, method="OPTIONS")
    _send(pattern, b"{")
    _send(pattern, b"x" * 101)
    expected += [(405, "METHOD_NOT_ALLOWED", "refused"), (400, "BAD_JSON", "refused")]
    expected += [(413, "BODY_TOO_LARGE", "refused")]
    Deployment.objects.update(rate_limit=1)
    for _ in range(2):
        _send(pattern)
    expected += [(202, "ACCEPTED", "accepted"), (429, "RATE_LIMITED", "refused")]
    set_webhook_security(pattern, "dragops", editor)
    _send(pattern)
    set_webhook_security(pattern, None, editor)
    pause(pattern.deployment, editor)
    _send(pattern)
    undeploy(pattern, editor)
    _send(pattern)
    expected += [(401, "BAD_SIGNATURE", "refused"), (503, "DEPLOYMENT_PAUSED", "refused")]
    expected += [(202, "CAPTURED", "captured")]

    rows, more = _logged(pattern, api_as(viewer), limit=100)

    found = [(row["status"], row["code"], row["outcome"]) for row in reversed(rows)]
    assert (found, more) == (expected, None)
    assert all(row["reason"] for row in rows if row["outcome"] == "refused")
    assert {row["runId"] for row in rows[-2:]} == {str(Execution.objects.earliest("id").pk)}


def test_row_says_when_from_where_how_and_how_large(deployed: Deployed, api_as: Any, viewer: Any) -> None:
    pattern = deployed(started_by_webhook())
    _send(pattern, b"{" * 10, "PATCH")
    (row,), _ = _logged(pattern, api_as(viewer))
    assert (row["method"], row["address"], row["size"], row["runId"]) == ("PATCH", "127.0.0.1", 10, None)
    assert row["receivedAt"].endswith("Z")


def test_request_to_the_address_by_pattern_is_logged_too(deployed: Deployed, api_as: Any, viewer: Any) -> None:
    pattern = deployed(started_by_webhook())
    Client().post(f"/api/webhooks/{pattern.pk}", b"{", content_type="application/json")
    assert _codes(_logged(pattern, api_as(viewer))[0]) == ["BAD_JSON"]


def test_pattern_that_does_not_start_by_webhook_logs_who_calls_it(deployed: Deployed, api_as: Any, viewer: Any) -> None:
    pattern = deployed(started_by_hand())
    _send(pattern)
    assert _codes(_logged(pattern, api_as(viewer))[0]) == ["NO_WEBHOOK_TRIGGER"]


def test_hostile_request_is_logged_as_text(deployed: Deployed, api_as: Any, viewer: Any) -> None:
    pattern = deployed(started_by_webhook())
    Client().generic("X\x00" * 20, f"/webhooks/{pattern.webhook_id}", REMOTE_ADDR="\x00é" * 50)
    (row,), _ = _logged(pattern, api_as(viewer))
    assert len(row["method"]) <= 10
    assert len(row["address"]) <= 45


def test_unknown_address_is_not_logged() -> None:
    assert Client().post("/webhooks/x").status_code == 404
    assert Client().options(f"/webhooks/{new_id()}").status_code == 405
    request_log.flush()
    assert not WebhookRequest.objects.exists()


def test_requests_of_a_pattern_that_was_deleted_are_dropped_and_others_are_not(deployed: Deployed, editor: Any) -> None:
    gone, kept = create_pattern(editor, "Gone"), deployed(started_by_webhook())
    _send(gone, b"{")
    _send(kept, b"{")
    delete_pattern(gone)
    request_log.flush()
    assert WebhookRequest.objects.get().pattern == kept


# --- Written off the request's path ---------------------------------------------------------------------------------
def test_refusal_writes_nothing_while_the_request_waits(
    deployed: Deployed, editor: Any, django_assert_num_queries: Any
) -> None:
    pattern = deployed(started_by_webhook())
    with django_assert_num_queries(1):  # the look at the webhook
        _send(pattern, b"{")
    assert not WebhookRequest.objects.exists()


def test_flood_is_cut_and_counted(deployed: Deployed, caplog: Any) -> None:
    pattern = deployed(started_by_webhook())
    receipt = request_log.Receipt(Client().get("/").wsgi_request, "id", pattern.pk)
    for _ in range(request_log.MOST_WAITING + 5):
        receipt.note(429, "RATE_LIMITED")
    request_log.flush()
    assert "5 webhook requests" in caplog.text
    assert WebhookRequest.objects.filter(pattern=pattern).count() == request_log.KEPT


@pytest.mark.django_db(transaction=True)
def test_log_is_kept_while_the_database_is_away_and_written_when_it_is_back(deployed: Deployed) -> None:
    pattern, table = deployed(started_by_webhook()), WebhookRequest._meta.db_table
    _send(pattern, b"{")
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        with pytest.raises(Exception, match=table):
            request_log.flush()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
    request_log.flush()
    request_log.flush()
    assert WebhookRequest.objects.get().code == "BAD_JSON"


@pytest.mark.django_db(transaction=True)
def test_log_is_written_by_itself(deployed: Deployed, settings: Any) -> None:
    settings.REQUEST_LOG_EVERY_S = 0.05
    pattern = deployed(started_by_webhook())
    for number in range(3):
        _send(pattern, b"{")
        assert wait_until(lambda count=number + 1: WebhookRequest.objects.count() == count, 10)


# --- Pages ----------------------------------------------------------------------------------------------------------
def _mixed(pattern: Pattern, count: int) -> list[str]:
    """Requests of which every third started a run, among runs that no request started; newest first."""
    made: list[str] = []
    for number in range(count):
        run(pattern, trigger="manual")
        if number % 3:
            row = WebhookRequest.objects.create(
                pattern=pattern, received_at=timezone.now(), method="POST", status=429, code="RATE_LIMITED"
            )
        else:
            row = run(pattern)
        made.insert(0, str(row.pk))
    return made


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_show_every_request_once_in_order(deployed: Deployed, api_as: Any, viewer: Any, limit: int) -> None:
    pattern = deployed(started_by_webhook())
    _mixed(deployed(started_by_webhook()), 4)
    made, found, cursor = _mixed(pattern, 20), [], ""
    while cursor is not None:
        rows, cursor = _logged(pattern, api_as(viewer), limit=limit, cursor=cursor)
        assert len(rows) <= limit
        found += [row["id"] for row in rows]
    assert found == made


def test_requests_are_filtered_by_outcome(deployed: Deployed, api_as: Any, viewer: Any) -> None:
    pattern = deployed(started_by_webhook())
    for code, status in [("CAPTURED", 202), ("DUPLICATE", 202), ("DUPLICATE", 504), ("BAD_JSON", 400)]:
        now = timezone.now()
        WebhookRequest.objects.create(pattern=pattern, received_at=now, method="POST", status=status, code=code)
    run(pattern)
    counts = {"accepted": 1, "refused": 1, "captured": 1, "duplicate": 2}
    for outcome, count in counts.items():
        rows, _ = _logged(pattern, api_as(viewer), outcome=outcome)
        assert [row["outcome"] for row in rows] == [outcome] * count


@pytest.mark.parametrize("query", [{"cursor": "x"}, {"outcome": "x"}, {"limit": 0}, {"cursor": "x" * 500}])
def test_query_that_makes_no_sense_is_refused(deployed: Deployed, api_as: Any, viewer: Any, query: Any) -> None:
    pattern = deployed(started_by_webhook())
    answer = api_as(viewer).get(f"/api/webhooks/{pattern.pk}/requests", query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION")


def test_page_takes_few_queries(
    deployed: Deployed, api_as: Any, viewer: Any, django_assert_max_num_queries: Any
) -> None:
    pattern = deployed(started_by_webhook())
    _mixed(pattern, 30)
    with django_assert_max_num_queries(6):
        _logged(pattern, api_as(viewer), limit=100)


# --- Housekeeping ---------------------------------------------------------------------------------------------------
def _rows(pattern: Pattern, ids: list[UUID]) -> None:
    WebhookRequest.objects.bulk_create(
        WebhookRequest(id=key, pattern=pattern, received_at=timezone.now(), method="GET", status=404, code="X")
        for key in ids
    )


def test_log_keeps_the_last_week_and_the_newest_of_each_pattern(deployed: Deployed) -> None:
    many, few = deployed(started_by_webhook()), deployed(started_by_webhook())
    old = timezone.now() - timedelta(days=7, minutes=1)
    _rows(many, newest := [new_id() for _ in range(request_log.KEPT + 50)])
    _rows(few, [UUID(int=first_id(old).int + number) for number in range(3)])
    _rows(few, recent := [UUID(int=first_id(old + timedelta(minutes=2)).int + number) for number in range(3)])
    assert prune_requests() == 53
    assert set(many.webhook_requests.values_list("pk", flat=True)) == set(newest[50:])
    assert set(few.webhook_requests.values_list("pk", flat=True)) == set(recent)
    assert prune_requests() == 0


def test_expired_secrets_are_forgotten(deployed: Deployed) -> None:
    pattern, now = deployed(started_by_webhook()), timezone.now()
    for expires_at in (None, now + timedelta(hours=1), now - timedelta(seconds=1)):
        WebhookSecret.objects.create(pattern=pattern, sealed="x", expires_at=expires_at)
    assert (prune_secrets(), WebhookSecret.objects.count()) == (1, 2)


def test_clock_calls_the_housekeeping(settings: Any) -> None:
    assert "deployments.housekeeping.prune" in dict(settings.CLOCKWORK)


# --- Captured requests ----------------------------------------------------------------------------------------------
@pytest.fixture
def captured(editor: Any) -> CapturedRequest:
    pattern = create_pattern(editor, "Orders", graph=started_by_webhook())
    _send(pattern, b'{"n": 5}')
    return CapturedRequest.objects.get()


def _run(captured: CapturedRequest, client: Any) -> Any:
    return client.post(f"/api/webhooks/{captured.pattern.webhook_id}/captured/{captured.pk}/run")


def test_captured_requests_are_listed_newest_first(captured: CapturedRequest, api_as: Any, viewer: Any) -> None:
    _send(captured.pattern, b'"' + b"x" * 100_000 + b'"')
    rows = api_as(viewer).get(f"/api/webhooks/{captured.pattern_id}/captured").json()["data"]
    assert [row["id"] for row in rows][1] == str(captured.pk)
    assert (rows[1]["event"]["body"], "$cut" in rows[0]["event"]) == ({"n": 5}, True)


def test_captured_request_runs_on_the_live_version(
    captured: CapturedRequest, api_as: Any, editor: Any, operator: Any
) -> None:
    deploy(captured.pattern, editor)
    answer = _run(captured, api_as(operator))
    assert answer.status_code == 202
    started = Execution.objects.get(pk=answer.json()["data"]["id"])
    assert (started.mode, started.version_number, started.trigger, started.started_by) == (
        "live",
        1,
        "manual",
        operator,
    )
    assert started.event == captured.event


def test_captured_request_runs_the_draft_where_nothing_is_deployed(
    captured: CapturedRequest, api_as: Any, editor: Any
) -> None:
    answer = _run(captured, api_as(editor))
    assert answer.status_code == 202
    assert (Execution.objects.get().mode, Execution.objects.get().event["body"]) == ("test", {"n": 5})


def test_draft_is_not_run_by_those_who_may_not_test_it(captured: CapturedRequest, api_as: Any, operator: Any) -> None:
    answer = _run(captured, api_as(operator))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert not Execution.objects.exists()


def test_captured_request_is_not_run_while_paused_or_broken(
    captured: CapturedRequest, api_as: Any, editor: Any
) -> None:
    deploy(captured.pattern, editor)
    pause(Deployment.objects.get(), editor)
    assert _run(captured, api_as(editor)).json()["error"]["code"] == "DEPLOYMENT_PAUSED"
    undeploy(captured.pattern, editor)
    Pattern.objects.update(graph=BROKEN)
    assert _run(captured, api_as(editor)).json()["error"]["code"] == "COMPILE_FAILED"


def test_captured_request_of_another_webhook_is_not_found(
    captured: CapturedRequest, deployed: Deployed, api_as: Any, editor: Any
) -> None:
    other = deployed(started_by_webhook())
    for key in (str(captured.pk), "x", str(new_id())):
        answer = api_as(editor).post(f"/api/webhooks/{other.pk}/captured/{key}/run")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "CAPTURED_REQUEST_NOT_FOUND")


def test_page_runs_a_captured_request_of_any_size(
    captured: CapturedRequest, client_as: Any, editor: Any, settings: Any
) -> None:
    deploy(captured.pattern, editor)
    settings.WEBHOOK_BODY_BYTES = 10  # with its headers it is larger than a body may be
    path = f"/triggers/webhooks/{captured.pattern_id}/captured/{captured.pk}/run"
    assert client_as(editor).post(path).status_code == 302
    assert Execution.objects.get().event == captured.event


@pytest.mark.django_db(transaction=True)
def test_process_that_ends_leaves_no_thread_behind(process_env: dict[str, str], deployed: Deployed) -> None:
    pattern = deployed(started_by_webhook())
    code = f"""
import django; django.setup()
from django.test import Client
Client().generic("POST", "/webhooks/{pattern.webhook_id}", b"{{", content_type="application/json")
"""
    done = run_program([sys.executable, "-c", code], env={**os.environ, **process_env}, timeout=60, capture_output=True)
    assert done.returncode == 0, done.stderr
