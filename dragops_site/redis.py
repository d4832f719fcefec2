"""The connection to Redis, one pool per process. Everything kept there can be lost without losing an execution."""

from functools import cache

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

PREFIX = "dragops:"


@cache
def client() -> "Redis":
    """A client that gives up at once: what Redis is asked for here is worth less than the time of a request."""
    return Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_connect_timeout=0.5,
        socket_timeout=5,
        retry=Retry(NoBackoff(), 0),
    )
