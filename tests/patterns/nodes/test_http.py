"""HTTP nodes against real servers on 127.0.0.1; nothing else is ever contacted."""

import gzip
import json
import socket
import threading
import time
import zlib
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from patterns.context import NodeError
from tests.patterns.nodes.calling import Run, call

ANSWERS = {
    "/json": (200, {"Content-Type": "application/json"}, b'{"ok": true}'),
    "/list": (200, {"Content-Type": "application/vnd.api+json; charset=utf-8"}, b"[1, 2]"),
    "/empty-json": (204, {"Content-Type": "application/json"}, b""),
    "/broken-json": (200, {"Content-Type": "application/json"}, b"<html>"),
    "/text": (200, {"Content-Type": "text/plain; charset=iso-8859-1"}, "crème".encode("latin-1")),
    "/old-text": (200, {"Content-Type": "text/plain"}, "crème".encode("latin-1")),
    "/wrong-charset": (200, {"Content-Type": "text/plain; charset=utf-8"}, b"\xff\xfe\xff"),
    "/unknown-charset": (200, {"Content-Type": "text/plain; charset=klingon"}, b"x"),
    "/odd-charset": (200, {"Content-Type": "text/plain; charset=punycode"}, b"x" * 100_000),
    "/image": (200, {"Content-Type": "image/png"}, b"\x89PNG\xff"),
    "/gzip": (200, {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, gzip.compress(b"small")),
    "/deflate": (200, {"Content-Encoding": "deflate"}, zlib.compress(b"small")),
    "/bomb": (200, {"Content-Encoding": "gzip"}, gzip.compress(b"0" * 50_000_000)),
    "/double": (200, {"Content-Encoding": "gzip, gzip"}, gzip.compress(gzip.compress(b"x"))),
    "/not-gzip": (200, {"Content-Encoding": "gzip"}, b"hello"),
    "/cut-gzip": (200, {"Content-Encoding": "gzip"}, gzip.compress(b"hello" * 1000)[:-20]),
    "/large": (200, {"Content-Type": "text/plain"}, b"x" * 11_000_000),
    "/missing": (404, {"Content-Type": "application/json"}, b'{"error": "no such order"}'),
    "/loop": (302, {"Location": "/loop"}, b""),
    "/moved": (302, {"Location": "/echo"}, b""),
    "/to-private": (302, {"Location": "http://127.0.0.2:9/"}, b""),
    "/to-file": (302, {"Location": "file:///etc/passwd"}, b""),
    "/to-nonsense": (302, {"Location": "http://[::"}, b""),
    "/cookie": (200, {"Set-Cookie": "session=secret; Path=/"}, b""),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append(self)
        self.given = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/hang":
            self.server.stop.wait(10)
        elif self.path == "/drip":
            self.drip()
        elif self.path.startswith("/flaky"):
            self.answer(503 if len(self.server.seen) < 3 else 200, {"Retry-After": "0"}, b"at last")
        elif self.path.startswith("/echo"):
            self.answer(200, {"Content-Type": "application/json"}, self.echo())
        else:
            self.answer(*ANSWERS[self.path])

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET

    def echo(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        found = {"method": self.command, "path": self.path, "headers": headers, "body": self.given.decode()}
        return json.dumps(found).encode()

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        while not self.server.stop.wait(0.1):
            self.wfile.write(b"x")

    def log_message(self, *args):
        """Quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        self.stop = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """A client that hangs up is part of these tests."""


@pytest.fixture
def server(settings):
    settings.HTTP_ALLOW = "127.0.0.1"
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.stop.set()
        server.shutdown()


@pytest.fixture
def raw_server(settings):
    """A function that starts a server which answers each connection with these bytes, and gives its URL."""
    settings.HTTP_ALLOW = "127.0.0.1"
    listeners = []

    def start(answer):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=serve_raw, args=(listener, answer), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    for listener in listeners:
        listener.close()


def serve_raw(listener, answer):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with closing(connection):
            try:
                connection.recv(65_536)
                for piece in [answer] if isinstance(answer, bytes) else answer():
                    connection.sendall(piece)
            except OSError:
                continue


def get(url, **properties):
    return call("HTTPRequest", url, **properties)


def failure(url, **properties):
    with pytest.raises(NodeError) as caught:
        get(url, **properties)
    return caught.value


# --- What is sent ---------------------------------------------------------------------------------------------------
def echoed(server, *inputs, run=None, **properties):
    return call("HTTPRequest", f"{server.url}/echo", *inputs, run=run, **properties).response


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_http_request_sends_each_method(server, method):
    assert echoed(server, method)["method"] == method


def test_http_request_takes_a_method_in_small_letters_and_refuses_others(server):
    assert echoed(server, "post")["method"] == "POST"
    with pytest.raises(NodeError, match=r"Method “BREW” is none of the methods GET"):
        echoed(server, "BREW")


@pytest.mark.parametrize(
    ("body", "sent", "content_type"),
    [
        ({"a": ["é", 1.5, None]}, '{"a":["é",1.5,null]}', "application/json"),
        ([], "[]", "application/json"),
        (0, "0", "application/json"),
        (False, "false", "application/json"),
        ("text é", "text é", "text/plain; charset=utf-8"),
        ("", "", "text/plain; charset=utf-8"),
        (b"bytes", "bytes", "application/octet-stream"),
        (None, "", None),
    ],
)
def test_http_request_sends_a_body_as_what_it_is(server, body, sent, content_type):
    found = echoed(server, "POST", {}, body)
    assert (found["body"], found["headers"].get("content-type")) == (sent, content_type)


def test_http_request_keeps_the_content_type_that_was_given(server):
    found = echoed(server, "POST", {"content-type": "application/x-mine", "X-N": 5, "X-Left-Out": None}, {"a": 1})
    assert found["headers"]["content-type"] == "application/x-mine"
    assert found["headers"]["x-n"] == "5"
    assert "x-left-out" not in found["headers"]


@pytest.mark.parametrize(
    ("method", "headers", "key"),
    [
        ("GET", {}, None),
        ("POST", {}, "e1:7"),
        ("DELETE", {}, "e1:7"),
        ("POST", {"idempotency-key": "mine"}, "mine"),
    ],
)
def test_http_request_marks_unsafe_methods_with_the_step(server, method, headers, key):
    assert echoed(server, method, headers)["headers"].get("idempotency-key") == key


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"X-A": "a\r\nX-Evil: 1"}, "line break"),
        ({"X-A": "a\nb"}, "line break"),
        ({"X-A": "a\x00b"}, "control character"),
        ({"X A": "1"}, "not the name of a header"),
        ({"X-A\r\nB": "1"}, "not the name of a header"),
        ({"": "1"}, "not the name of a header"),
        ({"Größe": "1"}, "not the name of a header"),
        ({"X-A": {"a": 1}}, "the header X-A"),
        ({"Content-Length": "5"}, "set by DRAGOPS"),
        ({"transfer-encoding": "chunked"}, "set by DRAGOPS"),
        ({f"X-{n}": "1" for n in range(300)}, "the limit is 200"),
    ],
)
def test_http_request_refuses_headers_that_cannot_be_sent(server, headers, words):
    with pytest.raises(ValueError, match=words):
        echoed(server, "GET", headers)
    assert server.seen == []


def test_http_request_refuses_a_body_that_has_no_bytes(server):
    with pytest.raises(ValueError, match="lone surrogate"):
        echoed(server, "POST", {}, "\ud800")


def test_http_request_sends_no_cookies_of_earlier_requests(server):
    get(f"{server.url}/cookie")
    assert "cookie" not in echoed(server)["headers"]


def test_http_request_leaves_no_url_in_the_server_log(server, caplog):
    get(f"{server.url}/echo?key=secret")
    assert "secret" not in caplog.text


def test_http_request_takes_no_proxy_from_the_environment(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert echoed(server)["method"] == "GET"


# --- What is read ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "response", "body"),
    [
        ("/json", {"ok": True}, '{"ok": true}'),
        ("/list", [1, 2], "[1, 2]"),
        ("/empty-json", {}, ""),
        ("/text", "crème", "crème"),
        ("/old-text", "crème", "crème"),
        ("/image", b"\x89PNG\xff", ""),
        ("/gzip", "small", "small"),
        ("/deflate", "small", "small"),
    ],
)
def test_http_request_reads_an_answer_by_its_content_type(server, path, response, body):
    answer = get(server.url + path)
    assert (answer.response, answer.body) == (response, body)


def test_http_request_gives_status_and_headers(server):
    answer = get(f"{server.url}/missing")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/json")


def test_http_request_reads_no_body_after_head(server):
    answer = call("HTTPRequest", f"{server.url}/json", "HEAD")
    assert (answer.status, answer.response, answer.body) == (200, {}, "")


def test_http_request_fails_on_4xx_if_told_to(server):
    error = failure(f"{server.url}/missing", fail_on_errors=True)
    assert (error.type, error.retryable) == ("HTTPError", False)
    assert "404" in error.message
    assert "no such order" in error.message


@pytest.mark.parametrize(
    ("path", "type_", "words"),
    [
        ("/broken-json", "BadResponse", "says that it is JSON, but is not"),
        ("/wrong-charset", "BadResponse", "text in utf-8, but is not"),
        ("/unknown-charset", "BadResponse", "unknown charset “klingon”"),
        ("/odd-charset", "BadResponse", "unknown charset “punycode”"),
        ("/double", "BadResponse", "unknown encoding “gzip, gzip”"),
        ("/not-gzip", "BadResponse", "not compressed as it says"),
        ("/cut-gzip", "BadResponse", "in the middle of its compressed data"),
        ("/bomb", "TooLarge", "larger than 10,000,000 bytes"),
        ("/large", "TooLarge", "larger than 10,000,000 bytes"),
        ("/loop", "TooManyRedirects", "more than 10 times"),
        ("/to-private", "AddressRefused", "not a public address"),
        ("/to-file", "BadURL", "http:// or https://"),
        ("/to-nonsense", "BadResponse", "not valid HTTP"),
    ],
)
def test_http_request_names_what_is_wrong_with_an_answer(server, path, type_, words):
    error = failure(server.url + path)
    assert error.type == type_
    assert words in error.message


@pytest.mark.parametrize(
    ("answer", "type_"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "BadResponse"),
        (b"\x16\x03\x01\x02\x00" * 50, "BadResponse"),
        (b"HTTP/1.1 200 OK\r\nBad Header: 1\r\n\r\n", "BadResponse"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "BadResponse"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "BadResponse"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "BadResponse"),
        (b"HTTP/1.1 9999 What\r\n\r\n", "BadResponse"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "ConnectionError"),
        (b"", "ConnectionError"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 1_000_000, "BadResponse"),
    ],
)
def test_http_request_reports_rubbish(raw_server, answer, type_):
    error = failure(raw_server(answer))
    assert error.type == type_
    assert error.retryable == (type_ == "ConnectionError")


def test_http_request_gives_up_on_endless_headers(raw_server):
    def endless():
        yield b"HTTP/1.1 200 OK\r\n"
        while True:
            yield b"X-More: headers\r\n" * 1000

    assert failure(raw_server(endless)).type == "BadResponse"


def test_http_request_gives_up_on_an_endless_body(raw_server):
    def endless():
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield b"x" * 100_000

    assert failure(raw_server(endless)).type == "TooLarge"


# --- Time -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/hang", "/drip"])
def test_http_request_waits_no_longer_than_its_timeout(server, path):
    start = time.monotonic()
    with pytest.raises(NodeError, match=r"within 0.5 s") as caught:
        call("HTTPRequest", server.url + path, "GET", {}, None, 0.5)
    assert (caught.value.type, caught.value.retryable) == ("Timeout", True)
    assert time.monotonic() - start < 2


def test_http_request_waits_no_longer_than_its_run(server):
    start = time.monotonic()
    with pytest.raises(NodeError, match=r"within 0.3 s"):
        call("HTTPRequest", f"{server.url}/hang", run=Run(remaining_s=0.3))
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(("timeout", "remaining"), [(0, 300), (-1, 300), (float("nan"), 300), (30, -1)])
def test_http_request_does_not_start_without_time(server, timeout, remaining):
    with pytest.raises(NodeError, match=r"must be more than 0|time limit is over"):
        call("HTTPRequest", f"{server.url}/json", "GET", {}, None, timeout, run=Run(remaining_s=remaining))
    assert server.seen == []


def test_http_request_works_again_after_a_timeout(server):
    with pytest.raises(NodeError):
        call("HTTPRequest", f"{server.url}/hang", "GET", {}, None, 0.2)
    assert (
        get(
            f"{server.url}/json",
        ).status
        == 200
    )


def test_http_request_retries_what_may_pass(server):
    answer = call("HTTPRequest", f"{server.url}/flaky", "POST", retries=5)
    assert (answer.status, answer.body) == (200, "at last")
    assert [request.headers["Idempotency-Key"] for request in server.seen] == ["e1:7"] * 3


def test_http_request_gives_the_last_answer_when_retries_are_used_up(server):
    assert get(f"{server.url}/flaky", retries=1).status == 503


def test_http_request_does_not_retry_what_stays_wrong(server):
    assert get(f"{server.url}/missing", retries=5).status == 404
    assert len(server.seen) == 1


# --- Redirects and addresses ----------------------------------------------------------------------------------------
def test_http_request_follows_redirects_unless_told_not_to(server):
    assert get(f"{server.url}/moved").response["path"] == "/echo"
    assert get(f"{server.url}/moved", follow_redirects=False).status == 302


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "0x7f000001",
        "0x7f.0.0.1",
        "2130706433",
        "017700000001",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "１２７.0.0.1",
    ],
)
def test_http_request_refuses_private_addresses_in_every_spelling(settings, host):
    settings.HTTP_ALLOW = ""
    assert failure(f"http://{host}:9/").type in {"AddressRefused", "BadURL"}


def test_http_request_reaches_nothing_on_a_refused_address(server, settings):
    settings.HTTP_ALLOW = ""
    error = failure(f"{server.url}/json")
    assert error.type == "AddressRefused"
    assert not error.retryable
    assert "DRAGOPS_HTTP_ALLOW" in error.message
    assert server.seen == []


@pytest.mark.parametrize(
    ("allow", "host", "is_allowed"),
    [
        ("127.0.0.0/8", "127.0.0.1", True),
        ("localhost", "localhost", True),
        ("LOCALHOST", "localhost", True),
        ("localhost", "127.0.0.1", False),
        ("127.0.0.1", "[::ffff:127.0.0.1]", True),
        ("10.0.0.0/8, 127.0.0.1:{port}", "127.0.0.1", True),
        ("localhost:{port}", "localhost", True),
        ("127.0.0.1:1", "127.0.0.1", False),
        ("localhost:1", "localhost", False),
        ("nonsense/99, , :", "127.0.0.1", False),
    ],
)
def test_the_allow_list_opens_exactly_what_it_names(server, settings, allow, host, is_allowed):
    settings.HTTP_ALLOW = allow.format(port=server.server_port)
    url = f"http://{host}:{server.server_port}/json"
    if is_allowed:
        assert get(url).status == 200
    else:
        assert failure(url).type == "AddressRefused"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example",
        "/path",
        "http://",
        "http:///path",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:abc/",
        "http://[::1/",
        "http://a b/",
        "http://127.0.0.1/\x00",
        "http://127.0.0.1/\r\nX: 1",
        "http://127.0.0.1/\ud800",
        f"http://{'a' * 300}..example/",
        "http://127.0.0.1/" + "x" * 30_000,
    ],
)
def test_http_request_refuses_what_is_no_url(settings, url):
    settings.HTTP_ALLOW = "127.0.0.1"
    assert failure(url).type in {"BadURL", "ConnectionError"}
    assert failure(url).message.isprintable()


def test_http_request_reports_a_closed_port(settings):
    settings.HTTP_ALLOW = "127.0.0.1"
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = failure(f"http://user:secret@127.0.0.1:{unused.getsockname()[1]}/?key=secret")
    assert (error.type, error.retryable) == ("ConnectionError", True)
    assert "127.0.0.1" in error.message
    assert "secret" not in error.message


def test_http_request_reports_a_server_without_tls(server):
    error = failure(server.url.replace("http:", "https:") + "/json")
    assert (error.type, error.retryable) == ("TLSError", False)


# --- The parts ------------------------------------------------------------------------------------------------------
def test_respond_to_webhook_answers_the_waiting_request():
    run = Run()
    call("RespondToWebhook", 201, {"Content-Type": "application/json", "X-N": 5}, '{"ok":true}', run=run)
    answer = run.responses[0]
    assert (answer.status, answer.headers, answer.body) == (
        201,
        {"Content-Type": "application/json", "X-N": "5"},
        '{"ok":true}',
    )


@pytest.mark.parametrize(
    ("status", "headers"),
    [(99, {}), (100, {}), (600, {}), (10**30, {}), (200, {"X": "a\r\nb"}), (200, {"Connection": "x"})],
)
def test_respond_to_webhook_refuses_what_is_no_answer(status, headers):
    run = Run()
    with pytest.raises(ValueError, match=r"Status Code|header"):
        call("RespondToWebhook", status, headers, "", run=run)
    assert run.responses == []


@pytest.mark.parametrize(
    ("response", "format_", "data"),
    [
        ({"a": 1}, "json", {"a": 1}),
        ('{"a": 1}', "json", {"a": 1}),
        ([1], "JSON", [1]),
        ({"a": 1}, "text", '{"a":1}'),
        ("plain", "text", "plain"),
    ],
)
def test_parse_response_gives_the_data(response, format_, data):
    assert call("ParseResponse", response, format_) == data


@pytest.mark.parametrize(("response", "format_"), [("<a>", "xml"), ({}, "xml"), ({}, "yaml"), ("{", "json")])
def test_parse_response_refuses_what_it_cannot_read(response, format_):
    with pytest.raises(ValueError, match=r"XML|yaml|Expecting"):
        call("ParseResponse", response, format_)


@pytest.mark.parametrize(
    ("inputs", "url"),
    [
        (("https://api.example.com",), "https://api.example.com"),
        (("https://api.example.com/v1/", "/orders", {"page": 2}), "https://api.example.com/v1/orders?page=2"),
        (("https://a.example?x=1#top", "", {"y": ["a b", True, None]}), "https://a.example?x=1&y=a+b&y=true#top"),
        (("http://a.example/v1", "größe/a b?c#d"), "http://a.example/v1/gr%C3%B6%C3%9Fe/a%20b%3Fc%23d"),
        (("http://a.example", "a%2Fb"), "http://a.example/a%2Fb"),
    ],
)
def test_build_url_joins_and_escapes(inputs, url):
    assert call("BuildURL", *inputs) == url


@pytest.mark.parametrize(
    "inputs", [("",), ("api.example.com",), ("ftp://a.example",), ("http://",), ("http://a", "", {"q": {"a": 1}})]
)
def test_build_url_refuses_what_makes_no_url(inputs):
    with pytest.raises(ValueError, match=r"Base is|q: "):
        call("BuildURL", *inputs)


def test_build_headers_leaves_out_what_is_empty_and_lets_extra_win():
    assert call("BuildHeaders") == {}
    assert call("BuildHeaders", "Bearer abc", "text/plain", {"content-type": "text/html", "X": 1}) == {
        "Authorization": "Bearer abc",
        "content-type": "text/html",
        "X": "1",
    }
    with pytest.raises(ValueError, match="Authorization"):
        call("BuildHeaders", "Bearer\nabc")


def test_form_data_encodes_fields():
    form = call("FormData", {"name": "Ada L", "tag": ["a", "ß"], "none": None, "n": 1.0})
    assert form.body == "name=Ada+L&tag=a&tag=%C3%9F&n=1"
    assert form.content_type == "application/x-www-form-urlencoded"
