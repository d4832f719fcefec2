"""Counting in the broker, so that all processes of all machines count together."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from dragops_site.redis import PREFIX

Away = (redis.RedisError, OSError)  # what counting raises while the broker is away
ANSWER_S = 1.0


@dataclass(frozen=True)
class Counted:
    """How many there have been in the period, this one among them, and when it is over."""

    number: int
    left_s: float


def count(what: str, keys: Iterable[str], period_s: int) -> list[Counted]:
    """Count one more for each key; a period begins with the first of it. One round trip. Raises one of Away."""
    names = [f"{PREFIX}{what}:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}" for key in keys]
    with _broker().pipeline() as pipe:
        for name in names:
            pipe.set(name, 0, ex=period_s, nx=True)
            pipe.incr(name)
            pipe.pttl(name)
        answers = pipe.execute()
    return [
        Counted(int(number), max(left_ms, 0) / 1_000)
        for number, left_ms in zip(answers[1::3], answers[2::3], strict=True)
    ]


@cache
def _broker() -> "redis.Redis":
    # Not the shared client, which waits for an answer as long as it takes.
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=ANSWER_S,
        socket_connect_timeout=ANSWER_S,
        retry=Retry(NoBackoff(), 0),
    )
