"""Django's WSGI handler, with requests that can be made of whatever a client sends."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http.response import HttpResponseBase
from django.utils.http import parse_header_parameters
from django.utils.module_loading import import_string

WEBHOOK = re.compile(r"/webhooks/(?!resume/)|/api/webhooks/[^/]+$")  # `resume` shows a page
StartResponse = Callable[..., Any]


class Request(WSGIRequest):
    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        """Read the Content-Type, but decode nothing by it.

        Django takes the name of any Python codec there for the request's encoding and parses the query with it while
        the request is made: `charset=idna`, or too many fields, fail where nothing can answer them.
        """
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:  # a header of absurd length
            self.content_type, self.content_params = "", {}


class WebhookHandler(WSGIHandler):
    """For requests to webhooks, which are many, and which most of the middleware does nothing for."""

    request_class = Request

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        chain = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for path in reversed(settings.WEBHOOK_MIDDLEWARE):
            chain = convert_exception_to_response(import_string(path)(chain))
        self._middleware_chain = chain


class Handler(WSGIHandler):
    request_class = Request

    def __init__(self) -> None:
        super().__init__()
        self._webhooks = WebhookHandler()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> HttpResponseBase:
        if WEBHOOK.match(environ.get("PATH_INFO", "")):
            return self._webhooks(environ, start_response)
        return super().__call__(environ, start_response)
