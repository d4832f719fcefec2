"""How JSON goes into the API and out of it."""

from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from dragops_site import jsontext
from dragops_site.errors import TooLarge


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        # Lone surrogates and whole numbers past 64 bits come out of stored events; jsontext has a form for both.
        return b"" if data is None else jsontext.dumps(data).encode()


class JSONParser(BaseParser):
    """Reads a body of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes, nested no deeper than a value may be."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(f"The body is longer than {limit} bytes.")
        try:
            value = jsontext.loads(body)
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from None
        if jsontext.is_deeper(value):
            raise ParseError(f"The body is nested more than {jsontext.MAX_DEPTH} levels deep.")
        return value
