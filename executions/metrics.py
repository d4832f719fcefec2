"""What monitoring asks for, in the text format of Prometheus."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from dragops_site import storage
from dragops_site.accounts.roles import Role
from dragops_site.api import ApiView
from dragops_site.api_docs import FailsInJSON
from executions import history, statistics
from executions.models import Execution, Worker
from executions.statistics import Period

COUNTED = 100_000  # no further are open executions counted
Sample = tuple[dict[str, str], float]


class TextRenderer(BaseRenderer):
    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return str(data).encode()


class MetricsView(FailsInJSON, ApiView):
    """For whoever may see executions: give Prometheus an API token of a viewer as its bearer token."""

    roles = {"GET": Role.VIEWER}
    renderer_classes = [TextRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response("".join(_lines()))


def _lines() -> Iterator[str]:
    (_, running), (_, free), (_, in_lines) = history.open_runs(Execution.objects.all())
    queued = free[:COUNTED].count() + in_lines[:COUNTED].count()
    now = timezone.now()
    due = free.filter(ready_at__lte=now).values_list("ready_at", flat=True).first()
    alive = Worker.objects.filter(seen_at__gte=now - timedelta(seconds=settings.EXECUTIONS["LEASE_S"]))
    day = statistics.of(None, Period.DAY, now)
    yield from _gauge("executions_running", "Executions on a worker.", [({}, running[:COUNTED].count())])
    yield from _gauge("executions_queued", "Executions that wait.", [({}, queued)])
    waited = (now - due).total_seconds() if due else 0
    yield from _gauge("queue_age_seconds", "How long the oldest execution that is due has waited.", [({}, waited)])
    counts = [({"status": status}, count) for status, count in sorted(day.counts.items())]
    yield from _gauge("executions_24h", "Executions accepted in the last 24 hours, by what became of them.", counts)
    yield from _gauge("workers", "Worker processes that were seen of late.", [({}, alive.count())])
    yield from _gauge("database_bytes", "Size of the database.", [({}, storage.database_bytes())])


def _gauge(name: str, told: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP dragops_{name} {told}\n# TYPE dragops_{name} gauge\n"
    for labels, value in samples:
        inner = ",".join(f'{key}="{text}"' for key, text in labels.items())
        yield f"dragops_{name}{'{' + inner + '}' if inner else ''} {value:g}\n"
