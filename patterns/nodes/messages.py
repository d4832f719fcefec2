"""What HTTP messages are made of: headers that people typed, bodies that are sent and read."""

import codecs
import re
from email.message import Message

from patterns.context import NodeError
from patterns.nodes import xml
from patterns.nodes.formats import parse_query_string
from patterns.types import ConversionError, Value, article, show, to_string, type_of
from patterns.values import parse_json, to_json

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MAX_HEADERS = 200
MAX_CONTENT_TYPE = 1000
ODD_CODECS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})  # of Python; slow
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}")  # a token of RFC 9110
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
# They say how a message is framed on its connection. With a wrong one the next message would be misread.
FRAMING = frozenset(
    {"connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
BINARY_TYPES = ("image/", "audio/", "video/", "font/", "application/octet-stream", "application/zip", "application/pdf")


def checked_headers(headers: dict[str, Value]) -> list[tuple[str, str]]:
    """Names and values that may be sent; null values are left out. Raises ValueError for the others."""
    if len(headers) > MAX_HEADERS:
        raise ValueError(f"there are {len(headers)} headers; the limit is {MAX_HEADERS}")
    return [(_name(name), checked_value(name, value)) for name, value in headers.items() if value is not None]


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name[:60]!r} is not the name of a header")
    if name.lower() in FRAMING:
        raise ValueError(f"the header {name} is set by DRAGOPS and may not be given")
    return name


def checked_value(name: str, value: Value) -> str:
    """The value of a header, if it may be sent. Raises ValueError."""
    try:
        text = to_string(value).strip()
    except ConversionError as error:
        raise ValueError(f"the header {name}: {error}") from None
    if _FORBIDDEN.search(text):
        raise ValueError(f"the header {name} has a line break or another control character in its value")
    return text


def content(body: Value) -> tuple[bytes | None, str]:
    """The bytes of a body, and the content type that says what they are. Raises ValueError."""
    match body:
        case None:
            return None, ""
        case bytes():
            return body, "application/octet-stream"
        case str():
            return _utf8(body), "text/plain; charset=utf-8"
    return to_json(body).encode(), JSON


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ValueError("Body holds half a character (a lone surrogate), which UTF-8 has no form for") from None


def read(body: bytes, content_type: str) -> tuple[Value, str]:
    """A body as (value, text): the value of JSON or of a form, bytes, else the text.

    Raises NodeError where it is not what it says.
    """
    kind, charset = _content_type(content_type)
    if kind == JSON or kind.endswith("+json"):
        return _json(body), _decoded(body, "", kind)
    if not charset and kind.startswith(BINARY_TYPES):
        return _binary(body)
    text = _decoded(body, charset, kind)
    return (_form(text) if kind == FORM else text), text


def _content_type(header: str) -> tuple[str, str]:
    message = Message()
    message["content-type"] = header[:MAX_CONTENT_TYPE]
    return (message.get_content_type() if header else ""), message.get_content_charset("").strip()


def _json(body: bytes) -> Value:
    try:
        return parse_json(body) if body.strip() else {}
    except ValueError as error:
        start = body[:60].decode("utf-8", "replace")
        raise NodeError(f"The answer says that it is JSON, but is not ({error}): {start}", "BadResponse") from None


def _form(text: str) -> Value:
    try:
        return parse_query_string(text)
    except ValueError as error:
        raise NodeError(f"The answer says that it is a form, but is not ({error}).", "BadResponse") from None


def _binary(body: bytes) -> tuple[Value, str]:
    """What is called binary but reads as text is text; otherwise the value is the bytes, and there is no text."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body, ""
    return text, text


def _decoded(body: bytes, charset: str, kind: str) -> str:
    """Text by the charset that was named; else UTF-8, else what old servers send without saying so."""
    try:
        return body.decode(_codec(charset))
    except LookupError:
        raise NodeError(f"The answer names the unknown charset “{charset[:60]}”.", "BadResponse") from None
    except (UnicodeError, ValueError):
        if charset:
            message = f"The answer says that it is text in {charset[:60]}, but is not."
            raise NodeError(message, "BadResponse") from None
    return body.decode("latin-1")


def _codec(charset: str) -> str:
    name = codecs.lookup(charset or "utf-8").name
    if name in ODD_CODECS:
        raise LookupError(name)
    return name


def parsed(response: Value, format: str) -> Value:
    """The data of a response in the wanted format. Raises ValueError, which names the pin."""
    match format:
        case "json":
            return _response_json(response) if isinstance(response, str) else response
        case "text":
            return _response_text(response)
        case "xml" if isinstance(response, str):
            return xml.read(response, "Response")
        case "xml":
            raise ValueError(f"Response is not XML but {article(type_of(response))}")
    raise ValueError(f"Format is {show(format)}, not json, text or xml")


def _response_json(text: str) -> Value:
    try:
        return parse_json(text)
    except ValueError as error:
        raise ValueError(f"Response is not JSON: {error}") from None


def _response_text(response: Value) -> str:
    try:
        return to_json(response) if isinstance(response, list | dict) else to_string(response)
    except ValueError as error:
        raise ValueError(f"Response: {error}") from None
