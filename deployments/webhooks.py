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

from deployments import webhook_answers as answers
from deployments.actions.capture_request import capture_request
from deployments.actions.start_webhook_run import LiveWebhook, start_webhook_run
from deployments.models import Deployment
from deployments.webhook_events import read_event
from dragops_site.errors import NotFound, Paused, Refused
from dragops_site.ids import parse_id
from executions.models import Execution
from executions.replies import wait_for_response, wait_for_result
from patterns.models import Pattern

logger = logging.getLogger(__name__)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class _WebhookPaused(Paused):
    status = 503  # the sender should come back


@csrf_exempt
def by_webhook_id(request: WSGIRequest, key: str) -> HttpResponse:
    """`/webhooks/<webhook id>`"""
    return _answer(request, "webhook_id", key)


@csrf_exempt
def by_pattern_id(request: WSGIRequest, key: str) -> HttpResponse:
    """`/api/webhooks/<pattern id>`"""
    return _answer(request, "id", key)


def _answer(request: WSGIRequest, field: str, key: str) -> HttpResponse:
    if request.method not in METHODS:
        answer = answers.error_answer("METHOD_NOT_ALLOWED", f"A webhook takes {', '.join(METHODS)}.", 405)
        answer["Allow"] = ", ".join(METHODS)
        return answer
    try:
        return _receive(request, field, parse_id(key))
    except Refused as refused:
        return answers.refusal(refused)
    except (DatabaseError, InterfaceError):
        logger.exception("a webhook request could not be stored")
        return answers.error_answer("UNAVAILABLE", "The request could not be stored. Send it again.", 503)


def _receive(request: WSGIRequest, field: str, key: UUID | None) -> HttpResponse:
    pattern_id, webhook = _find(field, key)
    event = read_event(request)
    if webhook is None:
        captured = capture_request(pattern_id, event)
        return answers.json_answer({"status": "captured", "id": str(captured.pk)}, 202)
    run = start_webhook_run(webhook, event)
    return _wait(run, webhook.response_mode) if webhook.is_awaited else answers.accepted(run)


def _find(field: str, key: UUID | None) -> tuple[UUID, LiveWebhook | None]:
    """The pattern and, when it is deployed, what to start. Raises NotFound, and Paused with status 503."""
    row = Pattern.objects.filter(**{field: key}).values(*_COLUMNS).first() if key else None
    if row is None:
        raise NotFound("There is no webhook at this address.", code="WEBHOOK_NOT_FOUND")
    if row["deployment__version__number"] is None:
        return row["id"], None
    if row["deployment__version__trigger_type"] != "OnWebhook":
        raise NotFound(
            "The deployed version of this pattern does not start with On Webhook.", code="NO_WEBHOOK_TRIGGER"
        )
    if row["deployment__status"] == Deployment.Status.PAUSED:
        raise _WebhookPaused("This pattern is paused. Try again later.")
    return row["id"], LiveWebhook(
        pattern_id=row["id"],
        snapshot_id=row["deployment__version__snapshot_id"],
        version_number=row["deployment__version__number"],
        response_mode=row["deployment__version__response_mode"],
        time_limit_s=row["deployment__time_limit_s"],
    )


_COLUMNS = (
    "id",
    "deployment__status",
    "deployment__time_limit_s",
    "deployment__version__number",
    "deployment__version__snapshot_id",
    "deployment__version__trigger_type",
    "deployment__version__response_mode",
)


def _wait(run: Execution, response_mode: str) -> HttpResponse:
    try:
        return _last_node(run) if response_mode == "lastNode" else _response_node(run)
    except (DatabaseError, InterfaceError, Execution.DoesNotExist):
        # Accepted it is: an answer that asks for the same request again would run it twice.
        logger.exception("the end of run %s could not be read", run.pk)
        return answers.still_going(run)


def _last_node(run: Execution) -> HttpResponse:
    ended = wait_for_result(run.pk, settings.WEBHOOK_WAIT_S)
    return answers.result(ended) if ended else answers.still_going(run)


def _response_node(run: Execution) -> HttpResponse:
    given = wait_for_response(run.pk, settings.WEBHOOK_WAIT_S)
    if given:
        return answers.response(given, run)
    now = Execution.objects.filter(pk=run.pk).first()
    return answers.ended_without_response(now) if now and now.is_ended else answers.still_going(run)
