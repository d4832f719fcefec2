"""How many requests a webhook takes in a period."""

import logging
from math import ceil

from deployments.actions.start_webhook_run import LiveWebhook
from dragops_site import counters
from dragops_site.errors import Refused

logger = logging.getLogger(__name__)


class RateLimited(Refused):
    code = "RATE_LIMITED"
    status = 429

    def __init__(self, limit: int, period_s: int, left_s: float) -> None:
        super().__init__(f"This webhook takes {limit:,} requests in {period_s:,} s. Try again later.")
        self.headers = {"Retry-After": str(max(1, ceil(left_s)))}


def check(webhook: LiveWebhook) -> None:
    """Count one more request. Raises RateLimited where that is too many."""
    if webhook.rate_limit is None:
        return
    try:
        counted = counters.count("webhook", [f"{webhook.pattern_id} {webhook.rate_period_s}"], webhook.rate_period_s)[0]
    except counters.Away as error:
        # The limit keeps a pattern from being overrun, and nobody out: an event that is refused may be lost for ever.
        logger.warning("Requests to webhooks are not counted: %s", error)
        return
    if counted.number > webhook.rate_limit:
        raise RateLimited(webhook.rate_limit, webhook.rate_period_s, counted.left_s)
