"""The body of a webhook request as a value: JSON parsed, forms as objects, anything else as text."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from dragops_site import jsontext
from dragops_site.errors import BadRequest

# ASCII is read as UTF-8, which contains it. Asking Python for any name that is sent would find codecs that are no
# charsets, and some that take quadratic time.
_CHARSET_NAMES = """
    utf-8 utf8 utf-16 utf-16le utf-16be iso-8859-1 latin1 latin-1 iso-8859-2 iso-8859-3 iso-8859-4
    iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-9 iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15
    iso-8859-16 windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 windows-1255 windows-1256
    windows-1257 windows-1258 koi8-r koi8-u shift_jis euc-jp iso-2022-jp gb2312 gbk gb18030 big5 euc-kr
"""
CHARSETS = frozenset(_CHARSET_NAMES.split())


def parse(raw: bytes, content_type: str, parameters: Mapping[str, str]) -> Any:
    """The value of a body: `{}` when it is empty. Raises BadRequest where it is not what its type says."""
    if not raw:
        return {}
    charset = _charset(parameters)
    if content_type in ("application/json", "text/json") or content_type.endswith("+json"):
        return _json(raw, charset)
    if content_type == "application/x-www-form-urlencoded":
        return fields(decode(raw, charset), charset)
    if content_type == "multipart/form-data":
        return _multipart(raw, parameters.get("boundary", ""), charset)
    return decode(raw, charset)


def decode(raw: bytes, charset: str = "utf-8") -> str:
    """Text; where the bytes do not fit the charset, one character for each byte (Latin-1), so that none is lost."""
    try:
        return raw.decode(charset)
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def fields(text: str, charset: str = "utf-8") -> dict[str, Any]:
    """A query string or form as an object. Raises BadRequest when it has too many fields."""
    limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, encoding=charset, errors="backslashreplace", max_num_fields=limit
        )
    except ValueError:
        raise BadRequest(f"More than {limit} fields were sent.", code="TOO_MANY_FIELDS") from None
    return _object(pairs)


def _charset(parameters: Mapping[str, str]) -> str:
    named = parameters.get("charset", "").strip().lower()
    return named if named in CHARSETS else "utf-8"


def _json(raw: bytes, charset: str) -> Any:
    # JSON is UTF-8 (or -16, -32, which the parser detects); senders that name another charset mean it.
    is_unicode = charset.startswith("utf")
    try:
        value = jsontext.loads(raw if is_unicode else raw.decode(charset))
    except ValueError as error:
        raise BadRequest(f"The body is not valid JSON: {error}", code="BAD_JSON") from None
    # Most bodies have too few brackets to be deep, and counting those is quicker than a walk.
    if raw.count(b"[") + raw.count(b"{") > jsontext.MAX_DEPTH and jsontext.is_deeper(value):
        raise BadRequest(f"The JSON is nested more than {jsontext.MAX_DEPTH} levels deep.", code="BAD_JSON")
    return value


def _multipart(raw: bytes, boundary: str, charset: str) -> dict[str, Any]:
    meta = {"CONTENT_TYPE": f"multipart/form-data; boundary={boundary}", "CONTENT_LENGTH": len(raw)}
    try:
        # Read as Latin-1, in which every byte is a character; the charset is for `decode` to apply or not.
        posted, files = MultiPartParser(meta, BytesIO(raw), [_FilesInMemory()], "latin-1").parse()
    except MultiPartParserError as error:
        raise BadRequest(f"The body is not a valid multipart form: {error}", code="BAD_FORM") from None
    except (TooManyFieldsSent, TooManyFilesSent, RequestDataTooBig) as error:
        raise BadRequest(str(error), code="TOO_MANY_FIELDS") from None
    texts = ((name, decode(value.encode("latin-1"), charset)) for name, values in posted.lists() for value in values)
    uploads = ((name, _upload(file)) for name, found in files.lists() for file in found)
    return _object([*texts, *uploads])


class _FilesInMemory(FileUploadHandler):
    """Keeps files in memory: the whole body is there already, and no file of a stranger's reaches the disk."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.content = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.content.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        return UploadedFile(self.content, self.file_name, self.content_type, file_size)


def _upload(file: "UploadedFile[bytes]") -> dict[str, Any]:
    # Base64 whatever type the sender claims: the claim is handed on and never acted on.
    file.seek(0)
    return {
        "filename": file.name,
        "contentType": file.content_type,
        "size": file.size,
        "base64": b64encode(file.read()).decode(),
    }


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """One key for each name; a name that comes several times has a list."""
    found: dict[str, list[Any]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
