"""Connections to the broker that come back soon, and to a worker that listens.

Kombu lets its pauses grow to half a minute; a worker that is needed would sit out most of that after an outage. And an
acknowledgement that does not reach the broker would count for ever among the messages that a worker has in hand: when
as many are lost as it may have, it takes no more, and does not even notice that its connection is gone.
"""

import logging
from typing import Any

import celery.app.amqp
import kombu
from kombu.transport import redis, virtual
from redis.exceptions import RedisError

LONGEST_PAUSE_S = 2

log = logging.getLogger(__name__)


class QoS(redis.QoS):
    def ack(self, delivery_tag: str) -> None:
        """A ring that is not acknowledged may come once more, which is harmless."""
        try:
            super().ack(delivery_tag)
        except RedisError as error:
            log.info("a ring could not be acknowledged: %s", error)
            virtual.QoS.ack(self, delivery_tag)


class Channel(redis.Channel):
    QoS = QoS


class Transport(redis.Transport):
    Channel = Channel


class Connection(kombu.Connection):
    def get_transport_cls(self) -> type[Transport]:
        return Transport

    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        pauses = {"interval_start": 1, "interval_step": 1, "interval_max": LONGEST_PAUSE_S}
        return super().ensure_connection(*args, **{**options, **pauses})


class AMQP(celery.app.amqp.AMQP):
    Connection = Connection
