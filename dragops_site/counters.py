"""Counting in the broker, so that all processes of all machines count together."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

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
    with _broker().pipeline() as pipe:
        for name in _names(what, keys):
            pipe.set(name, 0, ex=period_s, nx=True)
            pipe.incr(name)
            pipe.pttl(name)
        answers = pipe.execute()
    return _counted(answers[1::3], answers[2::3])


def look(what: str, keys: Iterable[str]) -> list[Counted]:
    """What has been counted for each key, without counting. One round trip. Raises one of Away."""
    with _broker().pipeline() as pipe:
        for name in _names(what, keys):
            pipe.get(name)
            pipe.pttl(name)
        answers = pipe.execute()
    return _counted(answers[::2], answers[1::2])


def _names(what: str, keys: Iterable[str]) -> list[str]:
    return [f"{PREFIX}{what}:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}" for key in keys]


def _counted(numbers: list[Any], left_ms: list[Any]) -> list[Counted]:
    return [Counted(int(number or 0), max(left, 0) / 1_000) for number, left in zip(numbers, left_ms, strict=True)]


@cache
def _broker() -> "redis.Redis":
    # Not the shared client, which waits for an answer as long as it takes.
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=ANSWER_S,
        socket_connect_timeout=ANSWER_S,
        retry=Retry(NoBackoff(), 0),
    )
