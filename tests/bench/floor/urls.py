"""What the floors do for a request."""

import traceback
from functools import cache
from time import perf_counter
from typing import Any

import orjson
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from executions.actions.start_execution import new_execution
from executions.models import Execution
from executions.status import Mode, Trigger
from patterns.actions import create_pattern
from patterns.actions.take_snapshot import take_snapshot
from tests.bench.floor.app import nothing, run
from tests.bench.orders import five_nodes
from tests.graphs import graph


@cache
def _start(name: str = "inserted") -> dict[str, Any]:
    pattern = create_pattern(None, name, graph=five_nodes() if name == "run" else graph("start: OnStart"))
    snapshot = take_snapshot(pattern)
    return {"pattern_id": pattern.pk, "snapshot_id": snapshot.pk, "version_number": 1}


def _row(request: HttpRequest, name: str = "inserted") -> Execution:
    event = {"body": orjson.loads(request.body), "headers": dict(request.headers), "method": request.method}
    return new_execution(**_start(name), mode=Mode.LIVE, trigger=Trigger.WEBHOOK, event=event)


@csrf_exempt
def insert(request: HttpRequest) -> JsonResponse:
    """One row for a request, as a webhook inserts it, and nothing else."""
    execution = _row(request)
    execution.save(force_insert=True)
    return JsonResponse({"runId": str(execution.pk)}, status=202)


@csrf_exempt
def insert_many(request: HttpRequest, count: int) -> JsonResponse:
    """As many of the same rows by one statement; the answer tells the seconds."""
    rows = [_row(request) for _ in range(count)]
    began = perf_counter()
    with transaction.atomic():
        Execution.objects.bulk_create(rows)
    return JsonResponse({"seconds": perf_counter() - began})


@csrf_exempt
def message(request: HttpRequest) -> JsonResponse:
    """One Celery message for a request."""
    nothing.delay()
    return JsonResponse({}, status=202)


@csrf_exempt
def deliver(request: HttpRequest) -> JsonResponse:
    """One row for a request, and a Celery message that names it."""
    execution = _row(request, "run")
    execution.save(force_insert=True)
    run.delay(str(execution.pk))
    return JsonResponse({"runId": str(execution.pk)}, status=202)


def ready(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"inserted": str(_start()["pattern_id"]), "run": str(_start("run")["pattern_id"])})


def failed(request: HttpRequest) -> HttpResponse:
    """The product's page needs the product's addresses."""
    return HttpResponse(traceback.format_exc(), status=500, content_type="text/plain")


handler500 = "tests.bench.floor.urls.failed"
urlpatterns = [
    path("webhooks/insert", insert),
    path("webhooks/insert/<int:count>", insert_many),
    path("webhooks/message", message),
    path("webhooks/deliver", deliver),
    path("ready", ready),
]
