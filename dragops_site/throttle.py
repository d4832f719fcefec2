"""How often somebody may try to sign in. Counted in the broker, so that all processes count together."""

import logging
from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from dragops_site import counters

logger = logging.getLogger(__name__)
PERIOD_S = 60
PER_ADDRESS = 60
PER_ADDRESS_AND_NAME = 10


class SignInThrottle(BaseThrottle):
    """So many attempts a minute from one address, fewer for one account; none is refused while the broker is away."""

    def allow_request(self, request: Request, view: Any) -> bool:
        address = self.get_ident(request) or ""
        try:
            attempts = counters.count("sign-in", [address, f"{address} {_name(request)}"], PERIOD_S)
        except counters.Away as error:
            # To sign in costs a slow hash on purpose, so a guesser is slow even then; locking everybody out is worse.
            logger.warning("Attempts to sign in are not counted: %s", error)
            return True
        return attempts[0].number <= PER_ADDRESS and attempts[1].number <= PER_ADDRESS_AND_NAME

    def wait(self) -> float:
        return PERIOD_S


def _name(request: Request) -> str:
    data = request.data
    return str(data.get("email", "")).strip().lower() if isinstance(data, dict) else ""
