"""How requests that wait for a run hear of its response and its end: a stream in Redis, which any number can follow.

Messages can be lost with Redis, so a request looks at the execution's row as well, every two seconds.
"""

from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from dragops_site.redis import PREFIX, client
from executions.journal import dump, loads
from executions.models import Execution
from executions.status import OPEN
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
    """The execution once it has ended, or None when the time is over first. Raises DoesNotExist where it is deleted."""
    has_ended = END in _messages(execution_id, monotonic() + timeout_s)
    return Execution.objects.get(pk=execution_id) if has_ended else None


def wait_for_response(execution_id: UUID, timeout_s: float) -> Response | None:
    """The run's response; None when the time is over, or the run has ended without giving one."""
    message: Any = next(_messages(execution_id, monotonic() + timeout_s), END)
    return None if message == END else Response(message["status"], message["headers"], message["body"])


def _push(execution_id: UUID, message: dict[str, Any]) -> None:
    key = _key(execution_id)
    with client().pipeline() as pipe:
        pipe.xadd(key, {"message": dump(message)})
        pipe.expire(key, KEPT_S)
        pipe.execute()


def _messages(execution_id: UUID, deadline: float) -> Iterator[Any]:
    """All messages of a run until the deadline. When it has ended it gets a moment more for its last message."""
    last, is_over = "0", False
    while (left := deadline - monotonic()) > 0:
        found = _read(execution_id, last, LAST_MOMENT_S if is_over else min(left, LOOK_EVERY_S))
        for message_id, fields in found:
            yield loads(fields["message"])
            last = message_id
        if is_over and not found:
            yield END
            return
        is_over = not found and not _is_open(execution_id)


def _read(execution_id: UUID, after: str, timeout_s: float) -> Any:
    try:
        streams: Any = client().xread({_key(execution_id): after}, block=max(1, int(timeout_s * 1_000)))
    except RedisError:
        sleep(PAUSE_S)
        return []
    return streams[0][1] if streams else []


def _is_open(execution_id: UUID) -> bool:
    return Execution.objects.filter(pk=execution_id, status__in=OPEN).exists()


def _key(execution_id: UUID) -> str:
    return f"{PREFIX}reply:{execution_id}"
