"""How often somebody may try to sign in. Counted in the broker, so that all processes count together."""

import hashlib
import logging
from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from dragops_site.redis import PREFIX

logger = logging.getLogger(__name__)
PERIOD_S = 60
PER_ADDRESS = 60
PER_ADDRESS_AND_NAME = 10
ANSWER_S = 1.0


class SignInThrottle(BaseThrottle):
    """So many attempts a minute from one address, fewer for one account; none is refused while the broker is away."""

    def allow_request(self, request: Request, view: Any) -> bool:
        address = self.get_ident(request) or ""
        try:
            attempts = _count(address, f"{address} {_name(request)}")
        except (redis.RedisError, OSError) as error:
            # To sign in costs a slow hash on purpose, so a guesser is slow even then; locking everybody out is worse.
            logger.warning("Attempts to sign in are not counted: %s", error)
            return True
        return attempts[0] <= PER_ADDRESS and attempts[1] <= PER_ADDRESS_AND_NAME

    def wait(self) -> float:
        return PERIOD_S


def _name(request: Request) -> str:
    data = request.data
    return str(data.get("email", "")).strip().lower() if isinstance(data, dict) else ""


def _count(*keys: str) -> list[int]:
    """Count one more for each key; how many that makes in its period."""
    names = [f"{PREFIX}sign-in:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}" for key in keys]
    with _broker().pipeline() as pipe:
        for name in names:
            pipe.set(name, 0, ex=PERIOD_S, nx=True)  # the period begins with the first attempt
            pipe.incr(name)
        return [int(count) for count in pipe.execute()[1::2]]


@cache
def _broker() -> "redis.Redis":
    # Not the shared client, which waits for an answer as long as it takes.
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=ANSWER_S,
        socket_connect_timeout=ANSWER_S,
        retry=Retry(NoBackoff(), 0),
    )
