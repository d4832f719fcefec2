"""Requests that come again: by which key they are known, and what they are answered."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from deployments.actions import undeploy
from deployments.housekeeping import prune_deliveries
from deployments.idempotency import key_of
from deployments.models import Delivery
from dragops_site import jsontext
from executions.actions import cancel
from executions.models import Execution
from patterns.actions import create_pattern
from patterns.models import Pattern
from tests.graphs import graph, node
from tests.patterns.graphs import started_by_webhook
from tests.threads import at_once

db = pytest.mark.django_db
Deployed = Callable[..., Pattern]
KEY = {"X-Idempotency-Key": "order-1"}
STRIPE = {"id": "evt_1", "object": "event"}
SLACK = {"event_id": "Ev1", "type": "event_callback"}


def _send(pattern: Pattern, body: Any = None, headers: dict[str, str] = KEY, method: str = "POST") -> Any:
    raw = jsontext.dumps({} if body is None else body).encode()
    url = f"/webhooks/{pattern.webhook_id}"
    return Client().generic(method, url, raw, content_type="application/json", headers=headers)


# --- The key --------------------------------------------------------------------------------------------------------
def _key(scheme: str = "", body: Any = None, **headers: str) -> str:
    return key_of(scheme, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def test_key_is_a_hash_of_the_first_header_that_says_which_request_it_is() -> None:
    order = ["x_idempotency_key", "x_request_id", "x_github_delivery", "webhook_id"]
    keys = [_key(**dict.fromkeys(order[position:], "same")) for position in range(4)]
    assert len(set(keys)) == 4
    assert {len(key) for key in keys} == {64}
    assert _key(x_idempotency_key="a", x_request_id="b") == _key(x_idempotency_key="a", x_request_id="c")


@pytest.mark.parametrize("value", ["a", "é", "\ud800", "x" * 100_000])
def test_key_is_the_same_for_the_same_value_alone(value: str) -> None:
    assert _key(x_idempotency_key=value) == _key(x_idempotency_key=value)
    assert _key(x_idempotency_key=value) != _key(x_idempotency_key=value + "2")


@pytest.mark.parametrize("headers", [{}, {"x_idempotency_key": ""}, {"x_own_id": "1"}, {"x_slack_retry_num": "1"}])
@pytest.mark.parametrize("scheme", ["", "dragops", "github", "stripe", "slack", "standard"])
def test_request_that_names_itself_by_nothing_has_no_key(scheme: str, headers: dict[str, str]) -> None:
    for body in (None, {}, [], "evt_1", {"id": "evt_1"}, {"object": "event"}, {"object": "event", "id": 5}):
        assert _key(scheme, body, **headers) == ""


@pytest.mark.parametrize(("scheme", "body"), [("stripe", STRIPE), ("slack", SLACK)])
def test_id_in_the_body_counts_where_its_signature_is_checked(scheme: str, body: Any) -> None:
    assert _key(scheme, body)
    assert _key("", body) == ""


@pytest.mark.parametrize(
    ("scheme", "body", "headers"),
    [("stripe", STRIPE, {}), ("slack", SLACK, {}), ("standard", {}, {"webhook_id": "msg_1"})],
)
def test_id_that_is_signed_goes_before_headers_that_are_not(scheme: str, body: Any, headers: dict[str, str]) -> None:
    keys = {_key(scheme, body, x_request_id=number, x_idempotency_key=number, **headers) for number in "12"}
    assert len(keys) == 1


# --- Requests that come again ---------------------------------------------------------------------------------------
@db
def test_second_request_gets_the_first_ones_run_and_starts_nothing(deployed: Deployed) -> None:
    pattern = deployed(started_by_webhook())
    first, second = _send(pattern, {"n": 1}), _send(pattern, {"n": 2})
    run = Execution.objects.get()
    assert (first.status_code, first.json()) == (202, {"status": "accepted", "runId": str(run.pk)})
    assert (second.status_code, second.json()) == (202, {**first.json(), "duplicate": True})
    assert (second["X-Run-Id"], run.event["body"]) == (str(run.pk), {"n": 1})


@db
@pytest.mark.parametrize("header", ["X-Idempotency-Key", "X-Request-Id", "X-GitHub-Delivery", "webhook-id"])
def test_requests_are_one_by_the_same_value_of_the_same_header(deployed: Deployed, header: str) -> None:
    pattern = deployed(started_by_webhook())
    sent = [_send(pattern, headers={header: value}).json()["runId"] for value in ("a", "a", "b")]
    assert (sent[0] == sent[1], sent[1] == sent[2]) == (True, False)


@db
def test_same_key_means_another_request_to_another_pattern(deployed: Deployed) -> None:
    runs = {_send(deployed(started_by_webhook())).json()["runId"] for _ in range(2)}
    assert len(runs) == 2


@db
def test_requests_without_a_key_are_all_different(deployed: Deployed) -> None:
    pattern = deployed(started_by_webhook())
    for _ in range(3):
        assert "duplicate" not in _send(pattern, headers={}).json()
    assert (Execution.objects.count(), Delivery.objects.count()) == (3, 0)


@db
def test_key_holds_for_a_day_and_may_then_be_used_anew(deployed: Deployed) -> None:
    pattern = deployed(started_by_webhook())
    first = _send(pattern).json()["runId"]
    now = timezone.now()
    Delivery.objects.update(created_at=now - timedelta(hours=23, minutes=59))
    assert _send(pattern).json()["runId"] == first
    Delivery.objects.update(created_at=now - timedelta(hours=24))
    again = _send(pattern).json()
    assert (again["runId"] == first, "duplicate" in again) == (False, False)
    assert _send(pattern).json() == {**again, "duplicate": True}
    assert (Delivery.objects.count(), Execution.objects.count()) == (1, 2)


@db
def test_key_holds_though_its_run_was_deleted(deployed: Deployed) -> None:
    pattern = deployed(started_by_webhook())
    first = _send(pattern).json()["runId"]
    Execution.objects.all().delete()
    assert _send(pattern).json() == {"status": "accepted", "runId": first, "duplicate": True}


@db
def test_refused_and_captured_requests_leave_no_key(deployed: Deployed, editor: Any) -> None:
    pattern = deployed(started_by_webhook())
    url = f"/webhooks/{pattern.webhook_id}"
    assert Client().post(url, b"{", content_type="application/json", headers=KEY).status_code == 400
    undeploy(pattern, editor)
    assert _send(pattern).json()["status"] == "captured"
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_run_that_could_not_be_stored_leaves_no_key(deployed: Deployed) -> None:
    pattern, table = deployed(started_by_webhook()), Execution._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        assert _send(pattern).status_code == 503
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
    assert not Delivery.objects.exists()
    assert "duplicate" not in _send(pattern).json()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_used_up", [False, True])
def test_requests_at_once_with_the_same_key_start_one_run(deployed: Deployed, is_used_up: bool) -> None:
    pattern = deployed(started_by_webhook())
    if is_used_up:
        _send(pattern)
        Delivery.objects.update(created_at=timezone.now() - timedelta(days=2))
        Execution.objects.all().delete()
    answers = at_once(*[partial(_send, pattern, {"n": number}) for number in range(20)])
    run = Execution.objects.get()
    assert {(answer.status_code, answer.json()["runId"]) for answer in answers} == {(202, str(run.pk))}
    assert sum("duplicate" not in answer.json() for answer in answers) == 1
    assert Delivery.objects.get().execution_id == run.pk


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_with_few_keys_start_a_run_for_each_key(deployed: Deployed) -> None:
    patterns = [deployed(started_by_webhook()) for _ in range(2)]
    sends = [
        partial(_send, patterns[number % 2], headers={"X-Request-Id": str(number % 6)}) for number in range(24)
    ]  # fmt: skip
    answers = at_once(*sends)
    assert {answer.status_code for answer in answers} == {202}
    assert Execution.objects.count() == Delivery.objects.count() == 6
    assert {answer.json()["runId"] for answer in answers} == {str(run.pk) for run in Execution.objects.all()}


# --- Requests that wait ---------------------------------------------------------------------------------------------
def _answering(mode: str, *parts: Any) -> dict[str, Any]:
    return graph(node("hook", "OnWebhook", {"responseMode": mode}), *parts)


STOPS = ("stop: Stop", "hook > stop, hook.body > stop.result")
RESPONDS = (node("respond", "RespondToWebhook", statusCode=201, body="made"), "hook > respond")


@pytest.mark.django_db(transaction=True)
def test_last_node_gives_every_request_the_result_of_the_first(deployed: Deployed, worker: Any) -> None:
    pattern = deployed(_answering("lastNode", *STOPS))
    answers = at_once(*[partial(_send, pattern, {"n": 1}) for _ in range(5)])
    answers.append(_send(pattern, {"n": 2}))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b'{"n":1}')}
    assert {answer["X-Run-Id"] for answer in answers} == {str(Execution.objects.get().pk)}


@pytest.mark.django_db(transaction=True)
def test_response_node_gives_every_request_the_response_of_the_first(deployed: Deployed, worker: Any) -> None:
    pattern = deployed(_answering("responseNode", *RESPONDS))
    answers = at_once(*[partial(_send, pattern) for _ in range(5)])
    answers.append(_send(pattern))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, b"made")}
    assert Execution.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_late_request_whose_response_is_gone_gets_the_run_id(deployed: Deployed, worker: Any, valkey: Any) -> None:
    pattern = deployed(_answering("responseNode", *RESPONDS))
    first = _send(pattern)
    while not Execution.objects.filter(status="completed"):
        pass
    valkey.flushdb()
    late = _send(pattern)
    assert (late.status_code, late.json()) == (
        202,
        {"status": "accepted", "runId": first["X-Run-Id"], "duplicate": True},
    )


@db
@pytest.mark.parametrize("mode", ["lastNode", "responseNode"])
def test_request_whose_run_was_deleted_gets_its_id(deployed: Deployed, valkey: Any, settings: Any, mode: str) -> None:
    settings.WEBHOOK_WAIT_S = 0.2
    pattern = deployed(_answering(mode, *STOPS))
    first = _send(pattern)
    assert first.status_code == 504
    assert _send(pattern).status_code == 504
    cancel(Execution.objects.get().pk)
    Execution.objects.all().delete()
    valkey.flushdb()
    settings.WEBHOOK_WAIT_S = 60
    gone = _send(pattern)
    assert (gone.status_code, gone.json()) == (
        202,
        {"status": "accepted", "runId": first["X-Run-Id"], "duplicate": True},
    )


# --- Housekeeping ---------------------------------------------------------------------------------------------------
@db
def test_keys_are_forgotten_after_a_day(editor: Any) -> None:
    pattern, now = create_pattern(editor, "Orders"), timezone.now()
    for number, hours in enumerate([0, 23, 24, 48]):
        moment = now - timedelta(hours=hours)
        Delivery.objects.create(pattern=pattern, key=str(number), execution_id=pattern.pk, created_at=moment)
    assert (prune_deliveries(), prune_deliveries()) == (2, 0)
    assert set(Delivery.objects.values_list("key", flat=True)) == {"0", "1"}


@db
def test_keys_are_forgotten_however_many_they_are(editor: Any) -> None:
    pattern, old = create_pattern(editor, "Orders"), timezone.now() - timedelta(days=2)
    rows = [Delivery(pattern=pattern, key=str(n), execution_id=pattern.pk, created_at=old) for n in range(2_500)]
    Delivery.objects.bulk_create(rows)
    assert prune_deliveries() == 2_500
