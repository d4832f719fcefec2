"""HTTP Request: bodies of every kind, repetitions, redirects and TLS, against real servers on 127.0.0.1."""

import json
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from time import monotonic

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from patterns import net
from patterns.addresses import AllowList
from patterns.context import NodeError
from tests.patterns.nodes.calling import Run, call


class Handler(BaseHTTPRequestHandler):
    """Answers with what `server.answers` says for the path, else with what it was sent."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.given = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(self)
        waiting = self.server.answers.get(self.path.partition("?")[0], [])
        status, headers, body = (waiting.pop(0) if len(waiting) > 1 else waiting[0]) if waiting else self.echo()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def echo(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        found = {"method": self.command, "path": self.path, "headers": headers, "body": self.given.decode("latin-1")}
        return 200, {"Content-Type": "application/json"}, json.dumps(found).encode()

    def log_message(self, *args):
        """Quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen, self.answers = [], {}
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """A client that hangs up is part of these tests."""


@pytest.fixture
def servers(settings):
    """servers() -> a server that runs until the test ends; `tls` is the context of one that speaks TLS."""
    settings.HTTP_ALLOW = "127.0.0.1"
    begun = []

    def begin(tls=None):
        server = Server()
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
            server.url = server.url.replace("http:", "https:")
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        begun.append(server)
        return server

    yield begin
    for server in begun:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server(servers):
    return servers()


def send(server, *inputs, path="/", run=None, **properties):
    return call("HTTPRequest", server.url + path, *inputs, run=run, **properties)


# --- Bodies -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "body", "sent", "content_type"),
    [
        ("auto", {"a": 1}, '{"a":1}', "application/json"),
        ("auto", "text", "text", "text/plain; charset=utf-8"),
        ("json", "text", '"text"', "application/json"),
        ("json", [1, None], "[1,null]", "application/json"),
        ("form", {"q": "a b", "tag": ["x", "y"], "no": None}, "q=a+b&tag=x&tag=y", "application/x-www-form-urlencoded"),
        ("text", {"a": 1}, '{"a":1}', "text/plain; charset=utf-8"),
        ("text", 5, "5", "text/plain; charset=utf-8"),
        ("binary", b"\x00\xff", "\x00\xff", "application/octet-stream"),
        ("binary", "AP8=", "\x00\xff", "application/octet-stream"),
        ("binary", {"$binary": "AP8="}, "\x00\xff", "application/octet-stream"),
        ("json", None, "", None),
        ("form", None, "", None),
    ],
)
def test_body_is_sent_as_its_type_says(server, kind, body, sent, content_type):
    answer = send(server, "POST", {}, body, body_type=kind).response
    assert (answer["body"], answer["headers"].get("content-type")) == (sent, content_type)


def parts_of(answer):
    head = f"Content-Type: {answer['headers']['content-type']}\r\n\r\n"
    return message_from_bytes((head + answer["body"]).encode("latin-1")).get_payload()


def test_multipart_body_carries_fields_and_files(server):
    body = {
        "title": "Größe",
        "tags": ["a", "b"],
        "left out": None,
        "text": {"filename": "notes.txt", "content": "hello"},
        "data": {"filename": "a.bin", "contentType": "image/png", "content": b"\x89PNG"},
        "object": {"a": 1},
        "bytes": b"\x00",
    }
    parts = parts_of(send(server, "POST", {}, body, body_type="multipart").response)
    found = [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get_content_type() if part["content-type"] else None,
            part.get_payload(decode=True),
        )
        for part in parts
    ]
    assert found == [
        ("title", None, None, "Größe".encode()),
        ("tags", None, None, b"a"),
        ("tags", None, None, b"b"),
        ("text", "notes.txt", "text/plain", b"hello"),
        ("data", "a.bin", "image/png", b"\x89PNG"),
        ("object", None, None, b'{"a":1}'),
        ("bytes", "file", "application/octet-stream", b"\x00"),
    ]


def test_multipart_body_of_a_repetition_is_the_same(server):
    one, two = (send(server, "POST", {}, {"a": "1"}, body_type="multipart").response for _ in range(2))
    assert one["body"] == two["body"]


@pytest.mark.parametrize("name", ['a"; filename="evil.sh', "a\r\nX-Evil: 1", "a\r\n\r\nevil", 'a\\"b'])
def test_names_and_file_names_cannot_write_headers_of_their_own(server, name):
    body = {name: "x", "file": {"filename": name, "content": "y"}}
    parts = parts_of(send(server, "POST", {}, body, body_type="multipart").response)
    assert len(parts) == 2
    for part in parts:
        assert set(part.keys()) <= {"Content-Disposition", "Content-Type"}
    assert parts[0].get_filename() is None


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("form", "text", "Body: 'text' (String) is not an Object"),
        ("form", {"a": {"b": 1}}, "Body: "),
        ("multipart", [1], "Body: [1] (Array) is not an Object"),
        ("multipart", {"f": {"content": "x", "contentType": "a\r\nX: 1"}}, "Body: 'f': the header contentType"),
        ("binary", "no base64!", "Body: 'no base64!' is neither Binary nor Base64"),
        ("text", "\ud800", "Body: it holds half a character"),
    ],
)
def test_body_that_has_no_such_form_is_refused_by_name(server, kind, body, words):
    with pytest.raises((NodeError, ValueError)) as raised:
        send(server, "POST", {}, body, body_type=kind)
    assert words in str(raised.value)
    assert server.seen == []


def test_body_larger_than_the_limit_is_not_sent(server, settings):
    settings.HTTP_REQUEST_BYTES = 1_000
    with pytest.raises(ValueError, match=r"Body: .* 1,000 bytes"):
        send(server, "POST", {}, "x" * 1_001)


def test_form_of_an_answer_is_read(server):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    server.answers["/form"] = [(200, kind, b"token=abc&scope=a&scope=b")]
    answer = send(server, path="/form")
    assert (answer.response, answer.body) == ({"token": "abc", "scope": ["a", "b"]}, "token=abc&scope=a&scope=b")


# --- Traces -----------------------------------------------------------------------------------------------------------
def test_request_carries_a_traceparent_of_its_run_and_step(server):
    run = Run()
    run.info = run.info.__class__("0198c5b2-1111-7222-8333-444455556666", "p1", "Orders", 3, 1, "live", "webhook")
    first = send(server, run=run).response["headers"]["traceparent"]
    version, trace, span, flags = first.split("-")
    assert (version, trace, len(span), flags) == ("00", "0198c5b2111172228333444455556666", 16, "01")
    assert send(server, run=run).response["headers"]["traceparent"] == first
    run.step_id = "another"
    assert send(server, run=run).response["headers"]["traceparent"] != first
    assert send(server, "GET", {"Traceparent": "mine"}).response["headers"]["traceparent"] == "mine"


# --- Repetitions ------------------------------------------------------------------------------------------------------
FULL, BUSY, BROKEN, GOOD = (
    (503, {"Retry-After": "0"}, b""),
    (429, {"Retry-After": "0"}, b""),
    (500, {}, b""),
    (200, {}, b""),
)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_idempotent_request_is_repeated_and_the_log_says_so(server, method, monkeypatch):
    Handler.do_HEAD = Handler.do_OPTIONS = Handler.do_GET
    server.answers["/"] = [(503, {"Retry-After": "0"}, b""), (502, {"Retry-After": "0"}, b""), GOOD]
    run = Run()
    assert send(server, method, run=run, retries=3).status == 200
    assert run.logged == [("3 attempts: 503, 502, 200.", "info")]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_request_that_must_not_happen_twice_is_repeated_only_where_nothing_was_done(server, method):
    server.answers["/"] = [FULL, BUSY, BROKEN, GOOD]
    run = Run()
    assert send(server, method, run=run, retries=9).status == 500
    assert run.logged == [("3 attempts: 503, 429, 500.", "info")]
    assert len({request.headers["Idempotency-Key"] for request in server.seen}) == 1


def test_post_is_repeated_where_nobody_could_be_reached(settings):
    settings.HTTP_ALLOW = "127.0.0.1"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    run = Run(remaining_s=1)
    with pytest.raises(NodeError, match="No connection"):
        call("HTTPRequest", f"http://127.0.0.1:{port}/", "POST", run=run, retries=1)
    assert run.logged == [("2 attempts: ConnectionError, ConnectionError.", "info")]


def test_request_that_went_well_at_once_says_nothing_in_the_log(server):
    run = Run()
    send(server, run=run, retries=3)
    assert run.logged == []


@pytest.mark.parametrize("text", ["0", "nonsense", "-5", "", "١"])
def test_retry_after_may_be_seconds_or_nonsense(server, text):
    server.answers["/"] = [(503, {"Retry-After": text.encode().decode("latin-1")}, b""), GOOD]
    assert send(server, retries=1).status == 200


def test_retry_after_may_be_a_moment(server):
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    server.answers["/"] = [(503, {"Retry-After": moment}, b""), GOOD]
    began = monotonic()
    assert send(server, retries=1).status == 200
    assert monotonic() - began > 0.9


def test_pause_ends_with_the_time_of_the_run(server):
    server.answers["/"] = [(503, {"Retry-After": "3600"}, b"")]
    began = monotonic()
    assert send(server, run=Run(remaining_s=0.3), retries=1).status == 503
    assert monotonic() - began < 5


@pytest.mark.parametrize("answer", [FULL, None])
def test_post_is_not_repeated_after_a_redirect_because_somebody_has_it(servers, answer):
    first, second = servers(), servers()
    first.answers["/"] = [(307, {"Location": f"{second.url}/"}, b"")]
    second.answers["/"] = [FULL]
    if answer is None:
        second.shutdown()
        second.server_close()
        with pytest.raises(NodeError, match="No connection"):
            send(first, "POST", retries=2)
        second.shutdown = second.server_close = lambda: None
    else:
        assert send(first, "POST", retries=2).status == 503
    assert len(first.seen) == 1


def test_answer_is_not_lost_to_a_pause_for_which_there_is_no_time(server):
    server.answers["/"] = [(503, {"Retry-After": "20"}, b"busy")]
    began = monotonic()
    answer = send(server, run=Run(remaining_s=2), retries=3)
    assert (answer.status, answer.body) == (503, "busy")
    assert monotonic() - began < 1.5


# --- Redirects --------------------------------------------------------------------------------------------------------
RESOLUTIONS = {  # RFC 3986, section 5.4, from the base http://a/b/c/d;p?q
    "g": "/b/c/g",
    "./g": "/b/c/g",
    "g/": "/b/c/g/",
    "/g": "/g",
    "?y": "/b/c/d;p?y",
    "g?y": "/b/c/g?y",
    "g?y/./x": "/b/c/g?y/./x",
    "g#s": "/b/c/g",
    "g;x": "/b/c/g;x",
    "g;x?y#s": "/b/c/g;x?y",
    ".": "/b/c/",
    "./": "/b/c/",
    "..": "/b/",
    "../": "/b/",
    "../g": "/b/g",
    "../..": "/",
    "../../": "/",
    "../../g": "/g",
    "../../../g": "/g",
    "../../../../g": "/g",
    "/./g": "/g",
    "/../g": "/g",
    "g.": "/b/c/g.",
    ".g": "/b/c/.g",
    "g..": "/b/c/g..",
    "..g": "/b/c/..g",
    "./../g": "/b/g",
    "./g/.": "/b/c/g/",
    "g/./h": "/b/c/g/h",
    "g/../h": "/b/c/h",
    "g;x=1/./y": "/b/c/g;x=1/y",
    "g;x=1/../y": "/b/c/y",
}


@pytest.mark.parametrize(("location", "path"), RESOLUTIONS.items(), ids=RESOLUTIONS)
def test_location_is_resolved_against_the_address_that_redirects(server, location, path):
    server.answers["/b/c/d;p"] = [(302, {"Location": location}, b""), (200, {}, b"again")]
    answer = send(server, path="/b/c/d;p?q")
    assert answer.status == 200
    assert server.seen[-1].path == path


@pytest.mark.parametrize(
    ("status", "method", "following", "body"),
    [
        (301, "POST", "GET", ""),
        (302, "POST", "GET", ""),
        (303, "POST", "GET", ""),
        (303, "PUT", "GET", ""),
        (307, "POST", "POST", "data"),
        (308, "POST", "POST", "data"),
        (308, "PUT", "PUT", "data"),
        (302, "GET", "GET", "data"),
    ],
)
def test_redirect_keeps_the_method_where_the_standard_says_so(server, status, method, following, body):
    server.answers["/old"] = [(status, {"Location": "/new"}, b"")]
    answer = send(server, method, {}, "data", path="/old").response
    assert answer["method"] == following
    if method != "GET":
        assert answer["body"] == body


def test_redirect_to_another_origin_takes_no_keys_along(servers):
    first, second = servers(), servers()
    first.answers["/"] = [(307, {"Location": f"{second.url}/there"}, b"")]
    keys = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Api-Key": "x", "Proxy-Authorization": "x", "X-Own": "x"}
    answer = send(first, "POST", {**keys, "Accept-Language": "de"}, {"a": 1}).response
    assert (answer["body"], answer["headers"]["content-type"]) == ('{"a":1}', "application/json")
    assert answer["headers"]["host"] == second.url.removeprefix("http://")
    assert answer["headers"]["accept-language"] == "de"
    assert not {"authorization", "cookie", "x-api-key", "proxy-authorization", "x-own", "idempotency-key"} & set(
        answer["headers"]
    )
    assert first.seen[0].headers["Authorization"] == "Bearer x"


def test_redirect_within_an_origin_keeps_what_was_given(server):
    server.answers["/old"] = [(307, {"Location": "/new"}, b"")]
    answer = send(server, "POST", {"Authorization": "Bearer x"}, "a", path="/old").response
    assert answer["headers"]["authorization"] == "Bearer x"
    assert answer["headers"]["idempotency-key"] == "e1:7"


# --- TLS --------------------------------------------------------------------------------------------------------------
def certificate(subject, issuer=None, issuer_key=None, *, names=(), is_ca=False, days=1):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256()), key


LOOPBACK = x509.IPAddress(ip_address("127.0.0.1"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """authority(**certificate) -> the context of a server; `authority.file` is what trusts it."""
    folder = tmp_path_factory.mktemp("tls")
    root, root_key = certificate("Test authority", is_ca=True)
    trusted = folder / "ca.pem"
    trusted.write_bytes(root.public_bytes(serialization.Encoding.PEM))

    def make(names=(LOOPBACK,), newest=ssl.TLSVersion.TLSv1_3, **options):
        own, key = certificate("server", root, root_key, names=names, **options)
        chain = folder / f"{own.serial_number}.pem"
        plain = serialization.NoEncryption()
        chain.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
            + own.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        if newest < ssl.TLSVersion.TLSv1_2:
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = newest
        return context

    make.file = str(trusted)
    return make


def test_server_of_an_authority_of_ones_own_is_trusted_when_the_setting_names_it(servers, authority, settings):
    server = servers(authority())
    with pytest.raises(NodeError) as raised:
        send(server)
    assert raised.value.type == "TLSError"
    settings.HTTP_CA_FILE = authority.file
    assert send(server).status == 200


@pytest.mark.parametrize(
    "options",
    [
        {"names": (x509.DNSName("other.example"),)},
        {"names": (x509.IPAddress(ip_address("127.0.0.2")),)},
        {"days": -1},
        {"newest": ssl.TLSVersion.TLSv1_1},
    ],
    ids=["another name", "another address", "expired", "TLS 1.1"],
)
def test_wrong_certificate_is_refused(servers, authority, settings, options):
    settings.HTTP_CA_FILE = authority.file
    with pytest.raises(NodeError) as raised:
        send(servers(authority(**options)))
    assert raised.value.type in ("TLSError", "ConnectionError")


def test_certificate_that_is_not_verified_is_warned_of_in_the_log(servers, authority):
    run = Run()
    assert send(servers(authority()), run=run, verify_tls=False).status == 200
    assert run.logged == [("The certificate of the server was not verified.", "warning")]


def test_redirect_from_https_to_http_is_refused(servers, authority, settings):
    settings.HTTP_CA_FILE = authority.file
    plain, secure = servers(), servers(authority())
    secure.answers["/"] = [(302, {"Location": f"{plain.url}/"}, b"")]
    with pytest.raises(NodeError) as raised:
        send(secure)
    assert (raised.value.type, plain.seen) == ("InsecureRedirect", [])
    plain.answers["/"] = [(302, {"Location": f"{secure.url}/there"}, b"")]
    assert send(plain).response["path"] == "/there"


def test_authority_file_that_is_not_there_is_named(server, settings):
    settings.HTTP_CA_FILE = "/nowhere/ca.pem"
    with pytest.raises(NodeError, match=r"DRAGOPS_HTTP_CA_FILE: /nowhere/ca\.pem"):
        send(server)


# --- Connecting -------------------------------------------------------------------------------------------------------
def test_connecting_has_a_time_limit_of_its_own(settings):
    settings.HTTP_ALLOW = "127.0.0.1"
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never begins to speak TLS
        began = monotonic()
        with pytest.raises(NodeError) as raised:
            url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
            call("HTTPRequest", url, connect_timeout_s=0.3)
    assert (raised.value.type, raised.value.retryable) == ("Timeout", True)
    assert monotonic() - began < 10


@pytest.mark.parametrize("seconds", [0, -1])
def test_time_limit_for_connecting_must_be_positive(server, seconds):
    with pytest.raises(NodeError, match=r"Connect Timeout \(s\) must be more than 0"):
        send(server, connect_timeout_s=seconds)


# --- Names ------------------------------------------------------------------------------------------------------------
class Names:
    """A resolver that gives each look-up the next answer."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, host, port):
        self.asked.append(host)
        return self.answers.pop(0)


def connect(names, allow=""):
    with net._deadline(monotonic() + 5, 5):
        return net._GuardedBackend(AllowList(allow), names).connect_tcp("rebinding.example", 9)


@pytest.mark.parametrize("private", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"])
def test_name_that_leads_to_a_private_address_is_refused_before_anything_is_sent(private):
    names = Names([private])
    with pytest.raises(NodeError) as raised:
        connect(names)
    assert (raised.value.type, names.asked) == ("AddressRefused", ["rebinding.example"])


def test_name_is_looked_up_once_so_that_no_second_answer_is_believed():
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    with pytest.raises(httpcore.ConnectError):  # nobody listens at port 9
        connect(names, allow="127.0.0.1")
    assert names.asked == ["rebinding.example"]


def test_of_several_addresses_only_those_that_may_be_reached_are_tried():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        names = Names(["10.0.0.1", "127.0.0.1"])
        with net._deadline(monotonic() + 5, 5):
            stream = net._GuardedBackend(AllowList("127.0.0.1"), names).connect_tcp("mixed.example", port)
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
        stream.close()
