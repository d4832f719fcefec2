"""How long people stay signed in: so long at most, and less where they do nothing."""

from collections.abc import Callable
from time import time
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

BEGAN, SEEN = "began", "seen"  # seconds since the epoch
NOTED_SHARE = 20  # activity is written down this many times within the idle time at most


class EndsSessions:
    """Middleware behind the session's: a session that is too old, or was idle for too long, is none any more.

    What a page asks by itself, to stay up to date, is no activity: else a forgotten page would keep its session alive.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY in request.session:
            self._look(request, int(time()))
        return self._get_response(request)

    def _look(self, request: HttpRequest, now: int) -> None:
        session = request.session
        began, seen = session.setdefault(BEGAN, now), session.setdefault(SEEN, now)
        if now - began >= settings.SESSION_COOKIE_AGE or now - seen >= settings.SESSION_IDLE_S:
            session.flush()
        elif _is_activity(request) and now - seen >= settings.SESSION_IDLE_S / NOTED_SHARE:
            session[SEEN] = now


def begin(request: HttpRequest, **_: Any) -> None:
    """When somebody signs in."""
    request.session[BEGAN] = request.session[SEEN] = int(time())


def _is_activity(request: HttpRequest) -> bool:
    return request.method != "GET" or not ("HX-Request" in request.headers or request.path.startswith("/api/"))
