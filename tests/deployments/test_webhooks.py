"""Webhook intake, from request to answer."""

from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis.exceptions import RedisError

from deployments import rate_limits
from deployments.actions import pause, undeploy
from deployments.models import CapturedRequest
from dragops_site import jsontext, redis
from executions.actions import cancel
from executions.models import Execution
from patterns.actions import create_pattern, delete_pattern
from patterns.models import Pattern
from tests.graphs import graph, node
from tests.patterns.graphs import callable_pattern, started_by_hand, started_by_webhook
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.urls("deployments.webhook_urls")]
Deployed = Callable[..., Pattern]
TRANSACTION = {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def _url(pattern: Pattern) -> str:
    return f"/webhooks/{pattern.webhook_id}"


def _send(url: str, body: Any = None, method: str = "POST", content_type: str = "application/json", **more: Any) -> Any:
    raw = body if isinstance(body, bytes) else jsontext.dumps(body).encode()
    client = Client(enforce_csrf_checks=True)
    return client.generic(method, url, b"" if body is None else raw, content_type=content_type, **more)


def _error(answer: Any) -> tuple[int, str]:
    content = jsontext.loads(answer.content)
    assert content["success"] is False
    assert content["error"]["message"]
    assert (answer["Content-Type"], answer["Content-Security-Policy"]) == ("application/json", "sandbox")
    return answer.status_code, content["error"]["code"]


# --- Accepted -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", METHODS)
def test_request_to_a_live_webhook_starts_an_execution(deployed: Deployed, method: str) -> None:
    pattern = deployed(started_by_webhook())
    answer = _send(_url(pattern) + "?a=1", {"ref": "main"}, method, headers={"X-GitHub-Event": "push"})
    run = Execution.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted", "runId": str(run.pk)})
    assert (answer["X-Run-Id"], answer["X-Content-Type-Options"]) == (str(run.pk), "nosniff")
    assert (run.pattern, run.version_number, run.mode, run.trigger) == (pattern, 1, "live", "webhook")
    assert (run.status, run.awaited, run.started_by) == ("queued", False, None)
    assert (run.event["body"], run.event["query"], run.event["method"]) == ({"ref": "main"}, {"a": "1"}, method)
    assert run.event["headers"]["x-github-event"] == "push"
    assert run.event["url"] == f"http://testserver{_url(pattern)}?a=1"


def test_webhook_is_answered_at_the_address_of_the_pattern_too(deployed: Deployed) -> None:
    pattern = deployed(started_by_webhook())
    assert _send(f"/api/webhooks/{pattern.pk}", {}).status_code == 202
    assert _send(f"/webhooks/{str(pattern.webhook_id).upper()}", {}).status_code == 202
    assert Execution.objects.filter(pattern=pattern).count() == 2


def test_request_to_a_live_webhook_takes_one_query_and_one_insert(deployed: Deployed) -> None:
    pattern = deployed(started_by_webhook())
    with CaptureQueriesContext(connection) as captured:
        assert _send(_url(pattern), {}).status_code == 202
    verbs = [query["sql"].split()[0] for query in captured]
    query = "SELECT" if connection.vendor == "sqlite" else "EXECUTE"  # of a plan that is kept
    assert [verb for verb in verbs if verb not in TRANSACTION] == [query, "INSERT"]


@pytest.mark.parametrize(
    "body",
    [{"text": "\x00 \ud800 😀"}, {"\x00\ud800": 1}, [1, 2], "text", 5, {"n": 2**80}, {"deep": [[[[[]]]]]}],
)
def test_payload_is_stored_as_it_came(deployed: Deployed, body: Any) -> None:
    _send(_url(deployed(started_by_webhook())), body)
    assert Execution.objects.get().event["body"] == body


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_empty_body_is_an_empty_object(deployed: Deployed, content_type: str) -> None:
    assert _send(_url(deployed(started_by_webhook())), content_type=content_type).status_code == 202
    assert Execution.objects.get().event["body"] == {}


def test_form_and_text_arrive_as_object_and_string(deployed: Deployed) -> None:
    pattern = deployed(started_by_webhook())
    _send(_url(pattern), b"a=1&a=2&b=%00", content_type="application/x-www-form-urlencoded")
    _send(_url(pattern), b"\x00\xff", content_type="application/octet-stream")
    bodies = [run.event["body"] for run in Execution.objects.order_by("id")]
    assert bodies == [{"a": ["1", "2"], "b": "\x00"}, "\x00ÿ"]


def test_body_of_fifty_megabytes_is_stored_when_the_limit_allows(deployed: Deployed, settings: Any) -> None:
    settings.WEBHOOK_BODY_BYTES = 50_000_100
    text = "x" * 50_000_000
    assert _send(_url(deployed(started_by_webhook())), {"text": text}).status_code == 202
    assert Execution.objects.get().event["body"] == {"text": text}


def test_credentials_of_the_caller_are_not_stored(deployed: Deployed) -> None:
    _send(_url(deployed(started_by_webhook())), {}, headers={"Authorization": "Bearer hush", "Cookie": "s=hush"})
    assert "hush" not in jsontext.dumps(Execution.objects.get().event)


@pytest.mark.django_db(transaction=True)
def test_immediate_webhook_is_accepted_while_redis_is_away(deployed: Deployed, settings: Any, tmp_path: Any) -> None:
    pattern = deployed(started_by_webhook())
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    redis.client.cache_clear()
    try:
        with pytest.raises(RedisError):
            redis.client().ping()
        assert _send(_url(pattern), {}).status_code == 202
    finally:
        redis.client.cache_clear()
    assert Execution.objects.get().status == "queued"


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_start_an_execution_each(deployed: Deployed) -> None:
    pattern = deployed(started_by_webhook())
    answers = at_once(*[partial(_send, _url(pattern), {"n": number}) for number in range(12)])
    assert {answer.status_code for answer in answers} == {202}
    assert {answer["X-Run-Id"] for answer in answers} == {str(run.pk) for run in Execution.objects.all()}
    assert Execution.objects.count() == 12


# --- Refused --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "PROPFIND", "POSTS"])
def test_other_methods_are_refused_with_those_allowed(deployed: Deployed, method: str) -> None:
    answer = _send(_url(deployed(started_by_webhook())), method=method)
    assert _error(answer) == (405, "METHOD_NOT_ALLOWED")
    assert answer["Allow"] == "GET, POST, PUT, PATCH, DELETE"


def test_head_is_refused(deployed: Deployed) -> None:
    assert Client().head(_url(deployed(started_by_webhook()))).status_code == 405
    assert not Execution.objects.exists()


@pytest.mark.parametrize("prefix", ["/webhooks/", "/api/webhooks/"])
@pytest.mark.parametrize("key", [str(uuid4()), "x", "%00", "..", "%ed%a0%80", "x" * 5_000])
def test_unknown_webhook_is_not_found(prefix: str, key: str) -> None:
    assert _error(_send(prefix + key, {})) == (404, "WEBHOOK_NOT_FOUND")


@pytest.mark.parametrize("key", ["", "a/b", f"{uuid4()}/"])
def test_path_that_names_no_webhook_is_not_found_in_json(key: str) -> None:
    assert _error(_send(f"/webhooks/{key}", {})) == (404, "WEBHOOK_NOT_FOUND")


def test_one_id_does_not_stand_for_the_other(deployed: Deployed) -> None:
    pattern = deployed(started_by_webhook())
    assert _send(f"/webhooks/{pattern.pk}", {}).status_code == 404
    assert _send(f"/api/webhooks/{pattern.webhook_id}", {}).status_code == 404


@pytest.mark.parametrize("drawn", [started_by_hand(), callable_pattern()])
def test_deployed_pattern_without_a_webhook_is_not_found_and_says_so(deployed: Deployed, drawn: Any) -> None:
    assert _error(_send(_url(deployed(drawn)), {})) == (404, "NO_WEBHOOK_TRIGGER")
    assert not (Execution.objects.exists() or CapturedRequest.objects.exists())


def test_paused_webhook_asks_to_come_back(deployed: Deployed, editor: Any) -> None:
    pattern = deployed(started_by_webhook())
    pause(pattern.deployment, editor)
    answer = _send(_url(pattern), {})
    assert _error(answer) == (503, "DEPLOYMENT_PAUSED")
    assert int(answer["Retry-After"]) > 0
    assert not (Execution.objects.exists() or CapturedRequest.objects.exists())


@pytest.mark.parametrize("is_deployed", [True, False])
def test_body_over_the_limit_is_refused(deployed: Deployed, editor: Any, settings: Any, is_deployed: bool) -> None:
    settings.WEBHOOK_BODY_BYTES = 100
    pattern = deployed(started_by_webhook())
    if not is_deployed:
        undeploy(pattern, editor)
    assert _error(_send(_url(pattern), {"a": "x" * 100})) == (413, "BODY_TOO_LARGE")
    assert not (Execution.objects.exists() or CapturedRequest.objects.exists())


def test_body_of_fifty_megabytes_is_refused_by_default(deployed: Deployed) -> None:
    assert _error(_send(_url(deployed(started_by_webhook())), b"x" * 50_000_000)) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"NaN", b"[" * 100_000, b"[" * 300 + b"]" * 300])
def test_broken_json_is_refused_with_what_is_wrong(deployed: Deployed, raw: bytes) -> None:
    assert _error(_send(_url(deployed(started_by_webhook())), raw)) == (400, "BAD_JSON")
    assert not Execution.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_request_that_the_database_cannot_take_is_never_accepted(deployed: Deployed) -> None:
    pattern = deployed(started_by_webhook())
    table = Execution._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        answer = _send(_url(pattern), {})
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
    assert _error(answer) == (503, "UNAVAILABLE")
    assert int(answer["Retry-After"]) > 0


@pytest.mark.skipif(connection.vendor == "sqlite", reason="a file does not go away")
@pytest.mark.django_db(transaction=True)
def test_request_that_finds_its_connection_to_the_database_broken_is_accepted_on_a_new_one(deployed: Deployed) -> None:
    url = _url(deployed(started_by_webhook()))
    connection.connection.close()  # behind Django's back, as a restart of the server does
    assert _send(url, {}).status_code == 202
    assert Execution.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_request_tries_once_to_reach_a_database_that_is_away(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, tries = _url(deployed(started_by_webhook())), []

    def refused(_: Any) -> None:
        tries.append(1)
        raise OperationalError("away")

    connection.close()
    with monkeypatch.context() as patched:
        patched.setattr(connection, "get_new_connection", refused)
        answer = _send(url, {})
    assert _error(answer) == (503, "UNAVAILABLE")
    assert tries == [1]
    assert _send(url, {}).status_code == 202


@pytest.mark.django_db(transaction=True)
def test_request_is_never_accepted_when_the_connection_is_lost_before_it_is_stored(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = _url(deployed(started_by_webhook()))
    with monkeypatch.context() as patched:
        patched.setattr(rate_limits, "check", lambda _: connection.connection.close())
        answer = _send(url, {})
    connection.close()
    assert _error(answer) == (503, "UNAVAILABLE")
    assert not Execution.objects.exists()
    assert _send(url, {}).status_code == 202


# --- Captured -------------------------------------------------------------------------------------------------------
def test_request_to_a_pattern_that_was_never_deployed_is_captured(editor: Any) -> None:
    pattern = create_pattern(editor, "Draft", graph=started_by_webhook())
    answer = _send(_url(pattern), {"a": "\x00\ud800"})
    captured = CapturedRequest.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"status": "captured", "id": str(captured.pk)})
    assert (captured.pattern, captured.event["body"]) == (pattern, {"a": "\x00\ud800"})
    assert not Execution.objects.exists()


def test_request_to_an_undeployed_pattern_is_captured(deployed: Deployed, editor: Any) -> None:
    pattern = deployed(started_by_webhook("responseNode"))
    undeploy(pattern, editor)
    assert _send(f"/api/webhooks/{pattern.pk}").json()["status"] == "captured"


def test_captured_requests_are_kept_up_to_the_latest_few_of_each_pattern(editor: Any, settings: Any) -> None:
    settings.CAPTURED_REQUESTS_KEPT = 3
    other, pattern = create_pattern(editor, "Other"), create_pattern(editor, "Draft")
    _send(_url(other), 0)
    for number in range(5):
        _send(_url(pattern), number)
    assert [captured.event["body"] for captured in pattern.captured_requests.all()] == [4, 3, 2]
    assert other.captured_requests.count() == 1


@pytest.mark.django_db(transaction=True)
def test_captured_requests_are_kept_up_to_the_number_when_they_come_at_once(editor: Any, settings: Any) -> None:
    settings.CAPTURED_REQUESTS_KEPT = 3
    pattern = create_pattern(editor, "Draft")
    answers = at_once(*[partial(_send, _url(pattern), number) for number in range(8)])
    assert {answer.status_code for answer in answers} == {202}
    assert pattern.captured_requests.count() == 3


def test_request_to_a_deleted_pattern_is_not_found(editor: Any) -> None:
    pattern = create_pattern(editor, "Draft")
    url = _url(pattern)
    delete_pattern(pattern)
    assert _error(_send(url, {})) == (404, "WEBHOOK_NOT_FOUND")


# --- Waiting for the answer -----------------------------------------------------------------------------------------
def _answering(mode: str, *parts: dict[str, Any] | str) -> dict[str, Any]:
    return graph(node("hook", "OnWebhook", {"responseMode": mode}), *parts)


STOPS = ("stop: Stop", "hook > stop, hook.body > stop.result")
FAILS = (node("fail", "ThrowError", message="It broke.", type="Boom"), "hook > fail")


@pytest.mark.parametrize("body", [{"a": "\x00\ud800"}, [1, 2], "text"])
def test_last_node_answers_with_the_result(deployed: Deployed, worker: Any, body: Any) -> None:
    answer = _send(_url(deployed(_answering("lastNode", *STOPS))), body)
    run = Execution.objects.get()
    assert (answer.status_code, jsontext.loads(answer.content)) == (200, body)
    assert (run.status, run.awaited, answer["X-Run-Id"]) == ("completed", True, str(run.pk))
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("mode", ["lastNode", "responseNode"])
def test_waiting_request_learns_that_the_run_failed(deployed: Deployed, worker: Any, mode: str) -> None:
    answer = _send(_url(deployed(_answering(mode, *FAILS))), {})
    assert _error(answer) == (500, "RUN_FAILED")
    content = jsontext.loads(answer.content)
    assert (content["runId"], content["error"]["message"]) == (str(Execution.objects.get().pk), "It broke.")
    assert content["error"]["details"] == {"type": "Boom", "message": "It broke.", "nodeId": "fail", "nodeName": "fail"}


def test_response_node_mode_without_a_response_says_how_the_run_ended(deployed: Deployed, worker: Any) -> None:
    answer = _send(_url(deployed(_answering("responseNode", *STOPS))), {})
    assert (answer.status_code, answer.json()) == (200, {"status": "completed", "runId": answer["X-Run-Id"]})


@pytest.mark.parametrize("mode", ["lastNode", "responseNode"])
def test_waiting_request_gets_504_and_the_run_id_when_no_worker_comes(
    deployed: Deployed, valkey: Any, settings: Any, mode: str
) -> None:
    settings.WEBHOOK_WAIT_S = 0.3
    answer = _send(_url(deployed(_answering(mode, *STOPS))), {})
    assert _error(answer) == (504, "RUN_NOT_ENDED")
    run = Execution.objects.get()
    assert (jsontext.loads(answer.content)["runId"], run.status) == (str(run.pk), "queued")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mode", ["lastNode", "responseNode"])
def test_waiting_request_learns_that_the_run_was_canceled(deployed: Deployed, valkey: Any, mode: str) -> None:
    pattern = deployed(_answering(mode, *STOPS))

    def cancel_it() -> None:
        while not (run := Execution.objects.first()):
            pass
        cancel(run.pk)
        connection.close()

    thread = Thread(target=cancel_it)
    thread.start()
    answer = _send(_url(pattern), {})
    thread.join()
    assert _error(answer) == (500, "RUN_CANCELED")


def test_respond_to_webhook_answers_with_its_status_headers_and_body(deployed: Deployed, worker: Any) -> None:
    respond = node(
        "respond",
        "RespondToWebhook",
        statusCode=201,
        headers={"Content-Type": "application/json", "X-Own": "é", "Set-Cookie": "a=1"},
        body='{"made": true}',
    )
    answer = _send(_url(deployed(_answering("", respond, "hook > respond"))), {})
    assert (answer.status_code, answer.content) == (201, b'{"made": true}')
    assert (answer["Content-Type"], answer["X-Own"]) == ("application/json", "é")
    assert "Set-Cookie" not in answer
    assert answer["X-Run-Id"] == str(Execution.objects.get().pk)
