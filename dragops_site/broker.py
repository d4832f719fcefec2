"""Connections to the broker that come back soon.

Kombu lets its pauses grow to half a minute; a worker that is needed would sit out most of that after an outage.
"""

from typing import Any

import celery.app.amqp
import kombu

LONGEST_PAUSE_S = 2


class Connection(kombu.Connection):
    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        pauses = {"interval_start": 1, "interval_step": 1, "interval_max": LONGEST_PAUSE_S}
        return super().ensure_connection(*args, **{**options, **pauses})


class AMQP(celery.app.amqp.AMQP):
    Connection = Connection
