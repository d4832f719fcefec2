"""How a request that waits for a run hears of its response and its end: a list in Redis that the request blocks on.

Without Redis the request falls back to looking at the execution's row.
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
LOOK_EVERY_S = 0.25
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
    """The next message before the deadline, or None."""
    while (left := deadline - monotonic()) > 0:
        try:
            found = client().blpop([_key(execution_id)], timeout=left)
        except RedisError:
            found = _end_by_row(execution_id)
        if found:
            return loads(str(found[1]))
    return None


def _end_by_row(execution_id: UUID) -> tuple[str, str] | None:
    sleep(LOOK_EVERY_S)
    ended = Execution.objects.filter(pk=execution_id, status__in=ENDED).exists()
    return ("", dump(END)) if ended else None


def _key(execution_id: UUID) -> str:
    return f"{PREFIX}reply:{execution_id}"
