"""How often somebody may call. Counted in the broker, so that all processes count together."""

import logging
from dataclasses import dataclass
from enum import Enum, auto
from math import ceil
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from dragops_site import audit, counters

logger = logging.getLogger(__name__)
PERIOD_S = 60
PER_ADDRESS = 60
PER_ADDRESS_AND_NAME = 10
LIMITS = (PER_ADDRESS, PER_ADDRESS_AND_NAME)
LINKS_PERIOD_S = 3_600
LINKS_PER_ADDRESS = 30
LINKS_PER_NAME = 5


@dataclass(frozen=True)
class Allowance:
    """What is left of a minute's calls, and for how many seconds the minute lasts."""

    limit: int
    left: int
    left_s: float

    @property
    def headers(self) -> dict[str, str]:
        """Under the names that clients know from other servers."""
        named = {"Limit": self.limit, "Remaining": self.left, "Reset": ceil(self.left_s)}
        return {f"X-RateLimit-{name}": str(value) for name, value in named.items()}


class ApiThrottle(BaseThrottle):
    """So many calls a minute for each person, whatever the way of signing in; none is refused while the broker is
    away. A view finds the `allowance` on its request."""

    def __init__(self) -> None:
        self._left_s = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        limit = settings.API_CALLS_A_MINUTE
        if not limit:
            return True
        try:
            counted = counters.count("api", [str(request.user.pk)], PERIOD_S)[0]
        except counters.Away as error:
            logger.warning("Calls of the API are not counted: %s", error)
            return True
        self._left_s = counted.left_s
        request.allowance = Allowance(limit, max(0, limit - counted.number), counted.left_s)  # type: ignore[attr-defined]
        return counted.number <= limit

    def wait(self) -> float:
        return max(1, ceil(self._left_s))


def wait_to_sign_in(request: HttpRequest, name: str) -> float:
    """For how many seconds no attempt to sign in as `name` is heard; 0 where it is. See SignInThrottle."""
    try:
        attempts = counters.look("sign-in", _keys(request, name))
    except counters.Away as error:
        logger.warning("Attempts to sign in are not counted: %s", error)
        return 0.0
    return max((each.left_s for each, limit in zip(attempts, LIMITS, strict=True) if each.number >= limit), default=0.0)


def note_failure(request: HttpRequest, name: str) -> None:
    """Count an attempt that has failed, with those of the API."""
    try:
        attempts = counters.count("sign-in", _keys(request, name), PERIOD_S)
    except counters.Away as error:
        logger.warning("Attempts to sign in are not counted: %s", error)
        return
    if any(each.number == limit for each, limit in zip(attempts, LIMITS, strict=True)):
        audit.record(None, "was locked out", detail=f"for {PERIOD_S} s", actor=name[:200] or "somebody")


def _keys(request: HttpRequest | Request, name: str) -> list[str]:
    address = BaseThrottle().get_ident(request) or ""  # type: ignore[arg-type]
    return [address, f"{address} {name.strip().lower()}"]


class Asking(Enum):
    """What becomes of who asks for a password link."""

    HEARD = auto()
    UNHEARD = auto()  # there were enough for this name; who asks is not told, for that would tell of the account
    TOO_OFTEN = auto()


def ask_for_link(request: HttpRequest, name: str) -> Asking:
    """Count who asks for a password link: from one address, and for one name from wherever."""
    address = BaseThrottle().get_ident(request) or ""  # type: ignore[arg-type]
    try:
        keys = [f"from {address}", f"for {name.strip().lower()}"]
        from_here, for_name = counters.count("password-link", keys, LINKS_PERIOD_S)
    except counters.Away as error:
        logger.warning("Those who ask for a password link are not counted: %s", error)
        return Asking.HEARD
    if from_here.number > LINKS_PER_ADDRESS:
        return Asking.TOO_OFTEN
    return Asking.HEARD if for_name.number <= LINKS_PER_NAME else Asking.UNHEARD


class SignInThrottle(BaseThrottle):
    """So many attempts a minute from one address, fewer for one account; none is refused while the broker is away."""

    def allow_request(self, request: Request, view: Any) -> bool:
        try:
            attempts = counters.count("sign-in", _keys(request, _name(request)), PERIOD_S)
        except counters.Away as error:
            # To sign in costs a slow hash on purpose, so a guesser is slow even then; locking everybody out is worse.
            logger.warning("Attempts to sign in are not counted: %s", error)
            return True
        return all(each.number <= limit for each, limit in zip(attempts, LIMITS, strict=True))

    def wait(self) -> float:
        return PERIOD_S


def _name(request: Request) -> str:
    data = request.data
    return str(data.get("email", "")) if isinstance(data, dict) else ""
