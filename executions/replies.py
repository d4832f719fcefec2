"""How a request that waits for a run hears of its response and its end: a list in Redis that the request blocks on.

Messages can be lost with Redis, so the request looks at the execution's row as well, every two seconds.
"""

from time import monotonic, sleep
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from dragops_site.redis import PREFIX, client
from executions.journal import dump, loads
from executions.models import Execution
from executions.status import ENDED
from patterns.context import Response

KEPT_S = 120
LOOK_EVERY_S = 2.0
LAST_MOMENT_S = 0.05
PAUSE_S = 0.25  # while Redis is away
END = {"ended": True}


def send_response(execution_id: UUID, response: Response) -> None:
    """Hand a response to whoever waits. Raises RedisError when nobody could be told."""
    _push(execution_id, {"status": response.status, "headers": dict(response.headers), "body": response.body})


def send_end(execution_id: UUID) -> None:
    """Tell whoever waits that the run has ended. A failure is theirs to notice by looking at the row."""
    try:
        _push(execution_id, END)
    except RedisError:
        return


def wait_for_result(execution_id: UUID, timeout_s: float) -> Execution | None:
    """The execution once it has ended, or None when the time is over first."""
    deadline = monotonic() + timeout_s
    while (message := _next(execution_id, deadline)) is not None:
        if message == END:
            return Execution.objects.get(pk=execution_id)
    return None


def wait_for_response(execution_id: UUID, timeout_s: float) -> Response | None:
    """The run's response; None when the time is over, or the run has ended without giving one."""
    message = _next(execution_id, monotonic() + timeout_s)
    if message is None or message == END:
        return None
    return Response(message["status"], message["headers"], message["body"])


def _push(execution_id: UUID, message: dict[str, Any]) -> None:
    key = _key(execution_id)
    with client().pipeline() as pipe:
        pipe.rpush(key, dump(message))
        pipe.expire(key, KEPT_S)
        pipe.execute()


def _next(execution_id: UUID, deadline: float) -> Any:
    """The next message before the deadline, or None. A run that has ended gets a moment more for its last message."""
    is_over = False
    while (left := deadline - monotonic()) > 0:
        found = _pop(execution_id, LAST_MOMENT_S if is_over else min(left, LOOK_EVERY_S))
        if found:
            return loads(str(found[1]))
        if is_over:
            return END
        is_over = _has_ended(execution_id)
    return None


def _pop(execution_id: UUID, timeout_s: float) -> Any:
    try:
        return client().blpop([_key(execution_id)], timeout=timeout_s)
    except RedisError:
        sleep(PAUSE_S)
        return None


def _has_ended(execution_id: UUID) -> bool:
    return Execution.objects.filter(pk=execution_id, status__in=ENDED).exists()


def _key(execution_id: UUID) -> str:
    return f"{PREFIX}reply:{execution_id}"
