"""Django's WSGI handler, with requests that can be made of whatever a client sends."""

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters


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


class Handler(WSGIHandler):
    request_class = Request
