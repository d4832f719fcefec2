"""A request as the event of a run."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import RequestFactory

from deployments.webhook_events import read_event
from dragops_site import jsontext
from dragops_site.errors import BadRequest, TooLarge
from dragops_site.wsgi_handler import Request

LIMIT = 1_000


@pytest.fixture(autouse=True)
def _small_limit(settings: Any) -> None:
    settings.WEBHOOK_BODY_BYTES = LIMIT


class Stream:
    """What a server gives for wsgi.input: bytes that come in small pieces, and a count of those taken."""

    def __init__(self, content: bytes, breaks_after: int | None = None) -> None:
        self.content = BytesIO(content)
        self.breaks_after = breaks_after
        self.taken = 0

    def readline(self, size: int = -1) -> bytes:
        raise NotImplementedError

    def read(self, size: int) -> bytes:
        if self.breaks_after is not None and self.taken >= self.breaks_after:
            raise ConnectionResetError
        part = self.content.read(min(size, 100))
        self.taken += len(part)
        return part


def _post(stream: Stream, **environ: Any) -> dict[str, Any]:
    environ = {"CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "", "wsgi.input_terminated": True, **environ}
    return read_event(RequestFactory().generic("POST", "/webhooks/x", **environ, **{"wsgi.input": stream}))


def test_event_holds_what_was_sent(rf: RequestFactory) -> None:
    request = rf.post(
        "/webhooks/x?a=1&b=x%20y&a=2&%C3%A9=%E2%82%AC",
        '{"ref": "main"}',
        content_type="application/json; charset=utf-8",
        headers={"X-GitHub-Event": "push", "X-Hub-Signature-256": "sha256=abc", "host": "example.org:8000"},
    )
    event = read_event(request)
    assert (event["method"], event["body"]) == ("POST", {"ref": "main"})
    assert event["query"] == {"a": ["1", "2"], "b": "x y", "é": "€"}
    assert event["url"] == "http://example.org:8000/webhooks/x?a=1&b=x%20y&a=2&%C3%A9=%E2%82%AC"
    assert event["headers"].pop("cookie", "•••") == "•••"  # the test client's own
    assert event["headers"] == {
        "content-type": "application/json; charset=utf-8",
        "content-length": "15",
        "x-github-event": "push",
        "x-hub-signature-256": "sha256=abc",
        "host": "example.org:8000",
    }


def test_event_of_a_request_without_body_or_query_has_empty_objects(rf: RequestFactory) -> None:
    event = read_event(rf.get("/webhooks/x"))
    assert (event["body"], event["query"], event["method"]) == ({}, {}, "GET")


@pytest.mark.parametrize("header", ["Authorization", "Cookie", "Proxy-Authorization"])
def test_event_masks_credentials_of_the_caller(rf: RequestFactory, header: str) -> None:
    event = read_event(rf.get("/webhooks/x", headers={header: "Bearer of-a-secret"}))
    assert event["headers"][header.lower()] == "•••"
    assert "of-a-secret" not in jsontext.dumps(event)


def test_event_has_no_headers_from_the_environment_of_the_server(rf: RequestFactory, monkeypatch: Any) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://user:secret@proxy:3128")
    event = read_event(rf.get("/webhooks/x", HTTP_PROXY="http://user:secret@proxy:3128", HTTP_X_REAL="1"))
    assert "proxy" not in event["headers"]
    assert event["headers"]["x-real"] == "1"


def test_event_keeps_odd_bytes_of_query_and_headers(rf: RequestFactory) -> None:
    event = read_event(rf.get("/webhooks/x", QUERY_STRING="a=%ff%00&b=\xff", headers={"X-Odd": "\xe9"}))
    assert event["query"] == {"a": "\\xff\x00", "b": "ÿ"}
    assert event["headers"]["x-odd"] == "\xe9"
    assert jsontext.loads(jsontext.dumps(event)) == event


@pytest.mark.parametrize("charset", ["idna", "punycode", "undefined", "rot13", "no-such"])
def test_event_reads_the_query_whatever_codec_the_content_type_names(rf: RequestFactory, charset: str) -> None:
    environ = rf._base_environ(QUERY_STRING="a=%C3%A9", CONTENT_TYPE=f"text/plain; charset={charset}")
    assert read_event(Request(environ))["query"] == {"a": "é"}


def test_event_refuses_a_query_of_too_many_fields(rf: RequestFactory) -> None:
    with pytest.raises(BadRequest):
        read_event(Request(rf._base_environ(QUERY_STRING="a&" * 5_000, CONTENT_TYPE="text/plain; charset=utf-8")))


def test_event_refuses_a_host_that_is_none(rf: RequestFactory) -> None:
    with pytest.raises(BadRequest):
        read_event(rf.get("/webhooks/x", HTTP_HOST="user:password@example.org"))


@pytest.mark.parametrize("encoding", ["gzip", "br", "x" * 5])
def test_event_refuses_a_compressed_body(rf: RequestFactory, encoding: str) -> None:
    with pytest.raises(BadRequest, match=encoding):
        read_event(rf.post("/webhooks/x", b"xx", content_type="text/plain", headers={"Content-Encoding": encoding}))


def test_body_of_declared_length_is_read_to_its_end_and_no_further() -> None:
    stream = Stream(b"x" * 350 + b"GET / HTTP/1.1")
    assert _post(stream, CONTENT_LENGTH="350")["body"] == "x" * 350
    assert stream.taken == 350


def test_chunked_body_is_read_to_its_end() -> None:
    assert _post(Stream(b"x" * LIMIT), HTTP_TRANSFER_ENCODING="chunked")["body"] == "x" * LIMIT


def test_chunked_body_is_not_read_where_the_server_does_not_mark_its_end() -> None:
    stream = Stream(b"x")
    environ: dict[str, Any] = {"wsgi.input_terminated": False}
    assert _post(stream, **environ)["body"] == {}
    assert stream.taken == 0


def test_body_of_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    assert len(_post(Stream(b"x" * LIMIT), CONTENT_LENGTH=str(LIMIT))["body"]) == LIMIT
    with pytest.raises(TooLarge):
        _post(Stream(b"x" * (LIMIT + 1)), CONTENT_LENGTH=str(LIMIT + 1))
    with pytest.raises(TooLarge):
        _post(Stream(b"x" * (LIMIT + 1)))


@pytest.mark.parametrize("length", [str(LIMIT + 1), str(50_000_000), "9" * 19])
def test_body_that_is_declared_too_large_is_refused_unread(length: str) -> None:
    stream = Stream(b"x" * 5_000)
    with pytest.raises(TooLarge):
        _post(stream, CONTENT_LENGTH=length)
    assert stream.taken == 0


def test_chunked_body_without_end_is_read_little_past_the_limit() -> None:
    stream = Stream(b"x" * 50_000_000)
    with pytest.raises(TooLarge) as refused:
        _post(stream)
    assert (stream.taken, refused.value.status) == (LIMIT + 1, 413)


@pytest.mark.parametrize("length", ["-1", "x", "1.5", "+5", "5 5", "٣", "9" * 5_000])
def test_length_that_is_no_number_is_refused(length: str) -> None:
    with pytest.raises(BadRequest):
        _post(Stream(b"x"), CONTENT_LENGTH=length)


def test_body_that_ends_early_or_breaks_off_is_refused() -> None:
    with pytest.raises(BadRequest, match="after 100 of 300"):
        _post(Stream(b"x" * 100), CONTENT_LENGTH="300")
    with pytest.raises(BadRequest, match="broke"):
        _post(Stream(b"x" * 300, breaks_after=200), CONTENT_LENGTH="300")


@pytest.fixture
def large(settings: Any) -> Callable[[int], bytes]:
    settings.WEBHOOK_BODY_BYTES = 60_000_000
    return lambda size: b"\x00\xff\xd8" * (size // 3)


def test_body_of_fifty_megabytes_is_read_whole_when_the_limit_allows(large: Callable[[int], bytes]) -> None:
    raw = large(50_000_000)
    event = read_event(RequestFactory().post("/webhooks/x", raw, content_type="application/octet-stream"))
    assert event["body"].encode("latin-1") == raw
