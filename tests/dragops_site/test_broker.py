"""The connection of a worker to its broker."""

from pathlib import Path

import pytest
from redis.exceptions import RedisError

from dragops_site.broker import Connection
from dragops_site.supervisor.valkey import NoValkey, answers, broker_url
from tests.conftest import lacking
from tests.durability.outages import Broker
from tests.server.running import wait_until


def test_worker_may_take_the_next_message_though_the_broker_was_away_when_it_acknowledged_the_last_one(
    tmp_path: Path,
) -> None:
    try:
        broker = Broker(tmp_path)
    except NoValkey as reason:
        lacking(str(reason))
    with broker, Connection(broker_url(broker.url)) as connection:
        assert wait_until(lambda: answers(broker.socket), 10)
        connection.SimpleQueue("rings").put("ring")
        queue = connection.SimpleQueue("rings")
        queue.consumer.qos(prefetch_count=1)
        message = queue.get(timeout=5)
        assert not queue.channel.qos.can_consume()

        broker.stop()
        with pytest.raises(RedisError):
            queue.channel.client.ping()
        message.ack()

        assert queue.channel.qos.can_consume()
