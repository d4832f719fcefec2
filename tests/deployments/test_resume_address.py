"""The one-time address at which a run waits for a request."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from dragops_site import jsontext
from executions import hooks
from executions.actions import answer_hook, start_execution
from executions.actions.answer_hook import HookClosed
from executions.models import Execution, Hook
from executions.status import Mode, Trigger
from patterns.actions import take_snapshot
from patterns.models import Pattern
from tests.graphs import graph
from tests.patterns.graphs import started_by_hand
from tests.server.running import wait_until
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.urls("deployments.webhook_urls")]
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
EVENT = {"body": {"ok": True}}


@pytest.fixture
def waiting(deployed: Callable[..., Pattern]) -> Callable[..., Hook]:
    """waiting(waits_for="webhook") -> the hook of a run that is parked at it."""

    def park(waits_for: str = "webhook", **fields: Any) -> Hook:
        pattern = deployed(started_by_hand())
        run = start_execution(
            pattern_id=pattern.pk,
            snapshot_id=take_snapshot(pattern).pk,
            version_number=1,
            mode=Mode.LIVE,
            trigger=Trigger.MANUAL,
            event={},
        )
        later = timezone.now() + timedelta(days=1)
        Execution.objects.filter(pk=run.pk).update(**{"waits_for": waits_for, "ready_at": later, **fields})
        address = hooks.address(run, "wait")
        return Hook.objects.get(token=address.rpartition("/")[2])

    return park


def _url(hook: Hook) -> str:
    return f"/webhooks/resume/{hook.token}"


def _send(url: str, method: str = "POST", raw: bytes = b"", **more: Any) -> Any:
    more = {"content_type": "application/json", **more}
    return Client(enforce_csrf_checks=True).generic(method, url, raw, **more)


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, jsontext.loads(answer.content)["error"]["code"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("waits_for", ["webhook", "several"])
def test_request_answers_the_run_and_wakes_it(waiting: Any, method: str, waits_for: str) -> None:
    hook = waiting(waits_for)
    answer = _send(f"{_url(hook)}?a=1", method, b'{"ok": true}', headers={"X-Own": "1"})
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    hook.refresh_from_db()
    assert hook.closed_at is not None
    assert (hook.event["body"], hook.event["query"], hook.event["method"]) == ({"ok": True}, {"a": "1"}, method)
    assert hook.event["headers"]["x-own"] == "1"
    run = hook.execution
    assert (run.status, run.waits_for) == ("queued", "")
    assert run.ready_at <= timezone.now()


def test_answer_to_a_run_that_has_not_parked_is_kept_for_it(waiting: Any) -> None:
    hook = waiting("", status="running", started_at=timezone.now())
    assert _send(_url(hook), raw=b"{}").status_code == 202
    hook.refresh_from_db()
    assert (hook.event["body"], hook.execution.status) == ({}, "running")
    assert not hooks.lock_open(hook.execution, ["wait"])


@pytest.mark.parametrize("waits_for", ["time", "callee", "retry", ""])
def test_run_that_waits_for_something_else_is_not_woken(waiting: Any, waits_for: str) -> None:
    hook = waiting(waits_for)
    assert _send(_url(hook)).status_code == 202
    hook.refresh_from_db()
    assert hook.execution.ready_at > timezone.now()


def test_second_answer_is_refused_and_changes_nothing(waiting: Any) -> None:
    hook = waiting()
    assert _send(_url(hook), raw=b"1").status_code == 202
    again = _send(_url(hook), raw=b"2")
    assert _code(again) == (410, "HOOK_CLOSED")
    assert "answered already" in again.json()["error"]["message"]
    hook.refresh_from_db()
    assert hook.event["body"] == 1


def test_address_that_the_run_has_given_up_is_gone_and_says_so(waiting: Any) -> None:
    hook = waiting()
    hooks.give_up(hook.execution, "wait")
    answer = _send(_url(hook))
    assert _code(answer) == (410, "HOOK_CLOSED")
    assert "gone on without" in answer.json()["error"]["message"]


@pytest.mark.parametrize("status", ["completed", "canceled", "timeout"])
def test_address_of_a_run_that_has_ended_is_gone(waiting: Any, status: str) -> None:
    now = timezone.now()
    hook = waiting("", status="running", started_at=now)
    Execution.objects.filter(pk=hook.execution_id).update(status=status, ended_at=now)
    assert _code(_send(_url(hook))) == (410, "HOOK_CLOSED")


@pytest.mark.parametrize("token", ["", "x", "x" * 5_000, "%00", "é", "a/b", ".."])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_address_is_not_found(token: str, method: str) -> None:
    assert _code(_send(f"/webhooks/resume/{token}", method)) == (404, "HOOK_NOT_FOUND")
    page = _send(f"/webhooks/resume/{token}", method, headers=BROWSER)
    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", [{}, BROWSER])
def test_looking_at_the_address_answers_nothing(waiting: Any, method: str, headers: dict[str, str]) -> None:
    hook = waiting()
    looked = _send(_url(hook), method, headers=headers)
    assert (looked.status_code, looked["Referrer-Policy"]) == (200, "no-referrer")
    assert "no-store" in looked["Cache-Control"]
    hook.refresh_from_db()
    assert (hook.closed_at, hook.execution.waits_for) == (None, "webhook")


def test_person_confirms_by_the_button_of_the_page(waiting: Any) -> None:
    hook = waiting()
    page = _send(_url(hook), "GET", headers=BROWSER)
    assert b'<form method="post">' in page.content
    form = {"content_type": "application/x-www-form-urlencoded", "headers": BROWSER}
    thanks = _send(_url(hook), **form)
    assert (thanks.status_code, b"Thank you" in thanks.content) == (202, True)
    assert b"answered already" in _send(_url(hook), **form).content
    assert _send(_url(hook), "GET", headers=BROWSER).status_code == 410


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(waiting: Any, method: str) -> None:
    answer = _send(_url(waiting()), method)
    assert (_code(answer), answer["Allow"]) == ((405, "METHOD_NOT_ALLOWED"), "GET, HEAD, POST, PUT")


def test_request_that_cannot_be_read_leaves_the_address_open(waiting: Any, settings: Any) -> None:
    hook = waiting()
    assert _code(_send(_url(hook), raw=b"{")) == (400, "BAD_JSON")
    settings.WEBHOOK_BODY_BYTES = 10
    assert _code(_send(_url(hook), raw=b'"more than that"')) == (413, "BODY_TOO_LARGE")
    assert _send(_url(hook), raw=b"{}").status_code == 202


@pytest.mark.django_db(transaction=True)
def test_one_of_many_answers_at_once_is_taken(waiting: Any) -> None:
    hook = waiting()
    answers = at_once(*[partial(_send, _url(hook), raw=str(n).encode()) for n in range(8)])
    assert sorted(answer.status_code for answer in answers) == [202] + [410] * 7
    taken = next(n for n, answer in enumerate(answers) if answer.status_code == 202)
    hook.refresh_from_db()
    assert hook.event["body"] == taken


@pytest.mark.django_db(transaction=True)
def test_answer_that_the_database_cannot_take_is_never_accepted(waiting: Any) -> None:
    url, table = _url(waiting()), Hook._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        answer = _send(url)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
    assert (_code(answer), answer["Retry-After"]) == ((503, "UNAVAILABLE"), "30")


def test_verb_refuses_what_the_address_refuses(waiting: Any) -> None:
    hook = waiting()
    answer_hook(hook.token, EVENT)
    with pytest.raises(HookClosed):
        answer_hook(hook.token, EVENT)


@pytest.mark.django_db(transaction=True)
def test_run_that_waits_goes_on_with_what_was_sent(deployed: Any, worker: Any) -> None:
    drawn = graph(
        "start: OnStart", "wait: WaitForWebhook", "stop: Stop",
        "start > wait, wait.received > stop, wait.body > stop.result",
    )  # fmt: skip
    pattern = deployed(drawn)
    run = start_execution(
        pattern_id=pattern.pk,
        snapshot_id=take_snapshot(pattern).pk,
        version_number=1,
        mode=Mode.LIVE,
        trigger=Trigger.MANUAL,
        event={},
    )
    hook = wait_until(lambda: Hook.objects.filter(execution=run).first(), 20)
    assert _send(_url(hook), raw=b'{"approved": true}').status_code == 202
    ended = wait_until(lambda: Execution.objects.filter(pk=run.pk, status="completed").first(), 20)
    assert ended.result == {"approved": True}
