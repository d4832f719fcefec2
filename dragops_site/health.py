"""Whether the server lives, and whether it can do its work; for load balancers and supervisors."""

from collections.abc import Callable
from datetime import timedelta

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from executions.models import Worker

AT_ONCE = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0, "retry": Retry(NoBackoff(), 0)}


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers; touches nothing else."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when database, broker and a worker are there, else 503; `checks` says of each what was found."""
    checks = {name: check() for name, check in CHECKS.items()}
    is_ready = all(found == "ok" for found in checks.values())
    body = {"status": "ready" if is_ready else "not ready", "checks": checks}
    return JsonResponse(body, status=200 if is_ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _broker() -> str:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **AT_ONCE) as broker:
            broker.ping()
    except (redis.RedisError, OSError):
        return "unreachable"
    return "ok"


def _workers() -> str:
    alive = timezone.now() - timedelta(seconds=settings.EXECUTIONS["LEASE_S"])
    try:
        return "ok" if Worker.objects.filter(seen_at__gte=alive).exists() else "none seen"
    except DatabaseError:
        return "unknown"


CHECKS: dict[str, Callable[[], str]] = {"database": _database, "broker": _broker, "workers": _workers}
