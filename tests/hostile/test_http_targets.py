"""Addresses that a pattern must not reach, however they are written and wherever a redirect leads.

Nothing is ever contacted but servers of the test on 127.0.0.1, which count who comes.
"""

import socket
import threading
from contextlib import closing

import pytest

from patterns.context import NodeError
from tests.patterns.nodes.calling import call

PRIVATE = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "0x7f.0.0.1",
    "0x7f000001",
    "0X7F000001",
    "0177.0.0.1",
    "017700000001",
    "0000177.0.0.1",
    "2130706433",
    "127.0x0.0.1",
    "0",
    "0.0.0.0",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:7F00:0001]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[2001:0:7f00:1::80ff:fffe]",
    "[fe80::1]",
    "[fe80::1%251]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[100::1]",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "0xa9fea9fe",
    "2852039166",
    "100.64.0.1",
    "192.0.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "localhost",
    "LOCALHOST",
    "１２７.0.0.1",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
]
REFUSED = {"AddressRefused", "BadURL", "ConnectionError", "BadRequest"}


class Count:
    """A server that notes that somebody came, and says hello."""

    def __init__(self, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.visits, self.answer = 0, answer
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.visits += 1
            with closing(connection):
                connection.recv(65_536)
                connection.sendall(self.answer)


@pytest.fixture
def counting():
    begun = []

    def begin(**options):
        begun.append(Count(**options))
        return begun[-1]

    yield begin
    for server in begun:
        server.listener.close()


def refusal(url, **properties):
    with pytest.raises((NodeError, ValueError)) as raised:
        call("HTTPRequest", url, **properties)
    return raised.value


@pytest.mark.parametrize("host", PRIVATE)
def test_private_address_is_refused_however_it_is_written(counting, settings, host):
    settings.HTTP_ALLOW = ""
    server = counting()
    error = refusal(f"http://{host}:{server.port}/")
    assert (error.type in REFUSED, error.retryable and error.type == "AddressRefused") == (True, False)
    assert server.visits == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com@127.0.0.1:{port}/",
        "http://example.com:80@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}#@example.com/",
        "http://127.0.0.1:{port}?@example.com/",
        "http://127.0.0.1:{port}\\@example.com/",
        "http:\\\\127.0.0.1:{port}\\",
        "http:/127.0.0.1:{port}/",
        "http:127.0.0.1:{port}",
        "//127.0.0.1:{port}/",
        " http://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}/\t",
        "http://127.0.\n0.1:{port}/",
        "ht\ttp://127.0.0.1:{port}/",
        "HTTP://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}",
        "http://127.0.0.1:0{port}/",
        "https://127.0.0.1:{port}/",
        "ws://127.0.0.1:{port}/",
        "gopher://127.0.0.1:{port}/_GET",
        "file://127.0.0.1/etc/passwd",
        "unix:///tmp/socket",
    ],
)
def test_odd_address_is_refused_too(counting, settings, address):
    settings.HTTP_ALLOW = ""
    server = counting()
    assert refusal(address.format(port=server.port)).type in REFUSED
    assert server.visits == 0


@pytest.mark.parametrize("host", [host for host in PRIVATE if host != "127.0.0.1"][::2])
def test_redirect_leads_to_no_address_that_is_not_allowed_itself(counting, settings, host):
    target = counting()
    location = f"http://{host}:{target.port}/".encode()
    first = counting(answer=b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
    settings.HTTP_ALLOW = f"127.0.0.1:{first.port}"
    assert refusal(f"http://127.0.0.1:{first.port}/").type in {*REFUSED, "BadResponse"}
    assert (first.visits, target.visits) == (1, 0)


def test_allowed_port_opens_no_other(counting, settings):
    one, two = counting(), counting()
    settings.HTTP_ALLOW = f"127.0.0.1:{one.port}"
    assert call("HTTPRequest", f"http://127.0.0.1:{one.port}/").status == 200
    assert refusal(f"http://127.0.0.1:{two.port}/").type == "AddressRefused"
    assert two.visits == 0
