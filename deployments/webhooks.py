"""Webhook intake: a request to a pattern's address becomes an execution, or a captured request.

Nothing is answered with 202 that is not in the database. One query finds the live version, one statement inserts.
"""

import logging
from uuid import UUID

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from deployments import idempotency, rate_limits, request_log, webhook_security
from deployments import webhook_answers as answers
from deployments.actions.capture_request import capture_request
from deployments.actions.start_webhook_run import Started, start_webhook_run
from deployments.webhook_events import event_of, read_body, read_headers
from deployments.webhook_lookup import UNKNOWN, find
from dragops_site.errors import MethodNotAllowed, Refused, Unavailable
from dragops_site.ids import parse_id
from executions import bell
from executions.models import Execution
from executions.replies import wait_for_response, wait_for_result

logger = logging.getLogger(__name__)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@csrf_exempt
def by_webhook_id(request: WSGIRequest, key: str) -> HttpResponse:
    """`/webhooks/<webhook id>`"""
    return _answer(request, "webhook_id", parse_id(key))


@csrf_exempt
def by_pattern_id(request: WSGIRequest, key: str) -> HttpResponse:
    """`/api/webhooks/<pattern id>`"""
    return _answer(request, "id", parse_id(key))


def _answer(request: WSGIRequest, field: str, key: UUID | None) -> HttpResponse:
    receipt = request_log.Receipt(request, field, key)
    try:
        return _receive(request, receipt)
    except Refused as refused:
        return _refuse(refused, receipt)
    except (DatabaseError, InterfaceError):
        logger.exception("a webhook request could not be stored")
        return _refuse(Unavailable("The request could not be stored. Send it again."), receipt)


def _refuse(refused: Refused, receipt: request_log.Receipt) -> HttpResponse:
    if refused.code != UNKNOWN:
        receipt.note(refused.status, refused.code, refused.message)
    return answers.refusal(refused)


def _receive(request: WSGIRequest, receipt: request_log.Receipt) -> HttpResponse:
    if request.method not in METHODS:
        raise MethodNotAllowed(f"A webhook takes {', '.join(METHODS)}.", METHODS)
    webhook = find(receipt.field, receipt.key)
    raw, headers = read_body(request), read_headers(request)
    receipt.size = len(raw)
    # Before anything is made of the body, and before it counts for the rate limit, which a stranger could use up.
    webhook_security.check(webhook.pattern_id, webhook.scheme, raw, headers)
    if webhook.live:
        rate_limits.check(webhook.live)
    event = event_of(request, raw, headers)
    if webhook.live is None or webhook.is_tapped:
        captured = capture_request(webhook.pattern_id, event)
        receipt.note(202, request_log.CAPTURED, captured_id=captured.pk)
        return answers.captured(captured.pk)
    started = start_webhook_run(webhook.live, event, idempotency.key_of(webhook.scheme, headers, event["body"]))
    answer = _wait(started, webhook.live.response_mode) if webhook.live.is_awaited else _accepted(started)
    if started.is_duplicate:
        receipt.note(answer.status_code, request_log.DUPLICATE, run_id=started.run_id)
    return answer


def _accepted(started: Started) -> HttpResponse:
    return answers.accepted(started.run_id, is_duplicate=started.is_duplicate)


def _wait(started: Started, response_mode: str) -> HttpResponse:
    bell.ring_owed()
    try:
        return _last_node(started.run_id) if response_mode == "lastNode" else _response_node(started)
    except Execution.DoesNotExist:  # deleted while we waited, or before a duplicate came
        return _accepted(started) if started.is_duplicate else answers.still_going(started.run_id)
    except (DatabaseError, InterfaceError):
        # Accepted it is: an answer that asks for the same request again would run it twice.
        logger.exception("the end of run %s could not be read", started.run_id)
        return answers.still_going(started.run_id)


def _last_node(run_id: UUID) -> HttpResponse:
    ended = wait_for_result(run_id, settings.WEBHOOK_WAIT_S)
    return answers.result(ended) if ended else answers.still_going(run_id)


def _response_node(started: Started) -> HttpResponse:
    given = wait_for_response(started.run_id, settings.WEBHOOK_WAIT_S)
    if given:
        return answers.response(given, started.run_id)
    now = Execution.objects.get(pk=started.run_id)
    if not now.is_ended:
        return answers.still_going(started.run_id)
    # The first request has had the response, if there was one; it is not kept for long.
    return _accepted(started) if started.is_duplicate else answers.ended_without_response(now)
