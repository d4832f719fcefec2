"""Middleware for headers that answers carry."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

SANDBOX = "sandbox"  # what a browser opens of it runs no script and reads nothing of the origin


class Permissions:
    """No answer lets a browser use camera, place or the like."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._get_response(request)
        answer.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return answer


class Sandboxed:
    """For what is no page of ours: also where something went wrong on the way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._get_response(request)
        answer.headers.setdefault("Content-Security-Policy", SANDBOX)
        return answer
