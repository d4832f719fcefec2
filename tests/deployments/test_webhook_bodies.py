"""Bodies of every kind as values."""

from typing import Any

import pytest
from django.conf import settings

from deployments.webhook_bodies import CHARSETS, fields, parse
from dragops_site import jsontext
from dragops_site.errors import BadRequest

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
EVERY_BYTE = bytes(range(256))


@pytest.mark.parametrize("content_type", ["", JSON, FORM, MULTIPART, "text/plain", "application/octet-stream"])
def test_empty_body_is_an_empty_object(content_type: str) -> None:
    assert parse(b"", content_type, {}) == {}


@pytest.mark.parametrize("content_type", [JSON, "application/vnd.github+json", "application/problem+json", "text/json"])
@pytest.mark.parametrize(
    "value", [{"a": [1, 2.5, None, True]}, [1], "text", 5, None, {"n": 2**70}, {"s": "\x00\ud800😀"}]
)
def test_json_body_is_its_value(content_type: str, value: Any) -> None:
    assert parse(jsontext.dumps(value).encode(), content_type, {}) == value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_json_body_may_be_in_any_unicode_encoding(encoding: str) -> None:
    assert parse('{"a": "é"}'.encode(encoding), JSON, {}) == {"a": "é"}


def test_json_body_is_read_in_the_charset_that_it_names() -> None:
    assert parse('{"a": "é"}'.encode("latin-1"), JSON, {"charset": "ISO-8859-1"}) == {"a": "é"}
    assert parse('{"a": "é"}'.encode(), JSON, {"charset": "no-such-thing"}) == {"a": "é"}


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b'{"a": 1,\n "b": }', "line 2 column 7"),
        (b"{", "line 1 column 2"),
        (b" ", "line 1 column 2"),
        (b"{'a': 1}", "line 1 column 2"),
        (b'{"a": 1} {"b": 2}', "Extra data"),
        (b'{"a": NaN}', "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "Infinity"),
        (b"[1e999]", "too large"),
        (b'{"a": "\xff"}', "0xff"),
        (b'"\x00"', "control character"),
        (b"1" * 5_000, "digits"),
        (b"[" * 1_000_000, "deep"),
        (b"[" * 201 + b"]" * 201, "200 levels"),
        (b'{"a":' * 201 + b"1" + b"}" * 201, "200 levels"),
    ],
    ids=range(15),
)
def test_broken_json_is_refused_with_what_is_wrong(raw: bytes, where: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse(raw, JSON, {})
    assert where in refused.value.message
    assert refused.value.code == "BAD_JSON"
    assert len(refused.value.message) < 300


def test_json_may_be_200_levels_deep_and_wide_without_end() -> None:
    assert parse(b"[" * 200 + b"]" * 200, JSON, {})
    assert len(parse(b"[" + b"[],[],[]," * 10_000 + b"1]", JSON, {})) == 30_001


def test_form_is_an_object_whose_repeated_keys_have_lists() -> None:
    assert parse(b"a=1&b=x+y&a=%C3%A9&empty=&flag", FORM, {}) == {"a": ["1", "é"], "b": "x y", "empty": "", "flag": ""}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"a=%00%ff", {"a": "\x00\\xff"}),
        (b"a=%ED%A0%80", {"a": "\\xed\\xa0\\x80"}),
        (b"a=\xff", {"a": "ÿ"}),
        ("a=é".encode(), {"a": "é"}),
        (b"&&&=&", {"": ""}),
        (b"%=%zz", {"%": "%zz"}),
        (b"__proto__=1", {"__proto__": "1"}),
    ],
)
def test_form_of_odd_bytes_loses_nothing(raw: bytes, value: dict[str, str]) -> None:
    assert parse(raw, FORM, {}) == value


def test_form_is_read_in_the_charset_that_it_names() -> None:
    assert parse(b"a=%E9", FORM, {"charset": "windows-1252"}) == {"a": "é"}


def test_form_with_too_many_fields_is_refused() -> None:
    with pytest.raises(BadRequest):
        fields("&".join(["a=1"] * (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)))


def _part(headers: str, content: bytes) -> bytes:
    return b"--XX\r\n" + headers.encode() + b"\r\n\r\n" + content + b"\r\n"


def _multipart(*parts: bytes) -> Any:
    return parse(b"".join(parts) + b"--XX--\r\n", MULTIPART, {"boundary": "XX"})


def test_multipart_form_holds_texts_and_files() -> None:
    value = _multipart(
        _part('Content-Disposition: form-data; name="a"', "é".encode()),
        _part('Content-Disposition: form-data; name="b"', b"1"),
        _part('Content-Disposition: form-data; name="b"', b"2"),
        _part('Content-Disposition: form-data; name="f"; filename="x.txt"\r\nContent-Type: text/plain', EVERY_BYTE[:3]),
    )
    file = {"filename": "x.txt", "contentType": "text/plain", "size": 3, "base64": "AAEC"}
    assert value == {"a": "é", "b": ["1", "2"], "f": file}


def test_multipart_text_of_odd_bytes_has_a_character_for_each() -> None:
    value = _multipart(_part('Content-Disposition: form-data; name="a"', EVERY_BYTE))
    assert value["a"].encode("latin-1") == EVERY_BYTE


def test_multipart_file_is_kept_whole_and_its_name_loses_the_path() -> None:
    header = 'Content-Disposition: form-data; name="f"; filename="../../etc/passwd"\r\nContent-Type: text/html'
    value = _multipart(_part(header, EVERY_BYTE * 1_000))
    assert (value["f"]["filename"], value["f"]["contentType"], value["f"]["size"]) == ("passwd", "text/html", 256_000)
    assert len(value["f"]["base64"]) == 341_336


@pytest.mark.parametrize(
    ("raw", "boundary"),
    [(b"--XX\r\n", ""), (b"--XX\r\n", "é"), (b"--XX\r\n", "x" * 300)],
)
def test_multipart_form_without_a_usable_boundary_is_refused(raw: bytes, boundary: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse(raw, MULTIPART, {"boundary": boundary})
    assert refused.value.code == "BAD_FORM"


@pytest.mark.parametrize(
    "raw",
    [
        b"rubbish",
        b"--XX",
        b"--XX\r\n\r\n",
        b"--XX--",
        EVERY_BYTE,
        b"--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--",
    ],
)
def test_multipart_form_of_rubbish_is_an_object_or_refused(raw: bytes) -> None:
    try:
        assert isinstance(parse(raw, MULTIPART, {"boundary": "XX"}), dict)
    except BadRequest as refused:
        assert refused.message


def test_multipart_form_with_too_many_parts_is_refused() -> None:
    parts = [_part('Content-Disposition: form-data; name="a"', b"1")] * (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)
    with pytest.raises(BadRequest):
        _multipart(*parts)
    header = 'Content-Disposition: form-data; name="f"; filename="x"'
    with pytest.raises(BadRequest):
        _multipart(*[_part(header, b"1")] * (settings.DATA_UPLOAD_MAX_NUMBER_FILES + 1))


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/xml", "application/octet-stream", "nonsense"])
def test_any_other_body_is_text(content_type: str) -> None:
    assert parse("<é>\x00".encode(), content_type, {}) == "<é>\x00"


def test_bytes_that_are_no_text_have_a_character_for_each() -> None:
    assert parse(EVERY_BYTE, "image/png", {}).encode("latin-1") == EVERY_BYTE
    assert parse(b"\xff\xff\xff", "text/plain", {"charset": "utf-16"}) == "ÿÿÿ"


def test_text_is_read_in_the_charset_that_it_names() -> None:
    assert parse("Привет".encode("koi8-r"), "text/plain", {"charset": "KOI8-R"}) == "Привет"


@pytest.mark.parametrize(
    "charset", ["idna", "punycode", "unicode_escape", "rot13", "hex", "zip", "utf-7", "undefined", "\x00"]
)
@pytest.mark.parametrize("content_type", ["text/plain", JSON, FORM])
def test_codec_that_is_no_charset_is_not_used(content_type: str, charset: str) -> None:
    raw = b'{"a":"\\u0041"}'
    assert parse(raw, content_type, {"charset": charset}) == parse(raw, content_type, {})


@pytest.mark.parametrize("charset", sorted(CHARSETS))
@pytest.mark.parametrize("content_type", ["text/plain", JSON, FORM, MULTIPART])
def test_every_byte_in_every_charset_is_a_value_or_refused(content_type: str, charset: str) -> None:
    for raw in (EVERY_BYTE, b"a=" + EVERY_BYTE, _part('Content-Disposition: form-data; name="a"', EVERY_BYTE)):
        try:
            jsontext.dumps(parse(raw, content_type, {"charset": charset, "boundary": "XX"}))
        except BadRequest as refused:
            assert refused.message
