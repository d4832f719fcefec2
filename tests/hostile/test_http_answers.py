"""Answers that are meant to hang, fill or confuse whoever asks: each ends in an error within its limits."""

import gzip
import socket
import threading
import zlib
from contextlib import closing, suppress
from itertools import repeat
from time import monotonic, sleep

import pytest

from patterns.context import NodeError
from tests.patterns.nodes.calling import call

BOUND_S = 15
OK = b"HTTP/1.1 200 OK\r\n"


def slowly(start, piece, pause_s=0.05):
    yield start
    while True:
        sleep(pause_s)
        yield piece


ENDLESS = {
    "1xx for ever": lambda: repeat(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "a status line for ever": lambda: repeat(b"H" * 1_000),
    "a header for ever": lambda: slowly(OK + b"X: ", b"a"),
    "headers for ever": lambda: slowly(OK, b"X: a\r\n", 0),
    "a byte at a time": lambda: slowly(OK + b"Content-Length: 100000\r\n\r\n", b"a"),
    "chunks for ever": lambda: slowly(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "a size of a chunk for ever": lambda: slowly(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0", 0),
    "an extension of a chunk for ever": lambda: slowly(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a" * 1_000, 0),
    "trailers for ever": lambda: slowly(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: a\r\n", 0),
    "a body without end": lambda: slowly(OK + b"\r\n", b"a" * 65_536, 0),
    "nothing": lambda: slowly(b"", b""),
}
BROKEN = {
    "no answer": b"",
    "HTTP/0.9": b"<html>hello</html>",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a status that is no number": b"HTTP/1.1 abc OK\r\n\r\n",
    "a status of six digits": b"HTTP/1.1 200200 OK\r\n\r\n",
    "less than it says": OK + b"Content-Length: 10\r\n\r\nabc",
    "a length below zero": OK + b"Content-Length: -1\r\n\r\nabc",
    "two lengths": OK + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
    "a length that is no number": OK + b"Content-Length: ten\r\n\r\nabc",
    "a chunk that is no number": OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n",
    "a chunk that ends early": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    "a chunk of a terabyte": OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffff\r\nab",
    "a length of a terabyte": OK + b"Content-Length: 1099511627776\r\n\r\nab",
    "a header without a colon": OK + b"nonsense\r\n\r\n",
    "a header of a megabyte": OK + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n",
    "ten thousand headers": OK + b"X: a\r\n" * 10_000 + b"Content-Length: 5000000000\r\n\r\n",
    "a bomb": OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"\0" * 100_000_000),
    "rubbish behind what is compressed": OK
    + b"Content-Encoding: gzip\r\n\r\n"
    + gzip.compress(b"a")
    + b"x" * 20_000_000,
    "rubbish behind a deflated body": OK + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"a") + b"x" * 200_000,
    "a bomb in small pieces": OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"\0" * 1_000_000) * 60,
    "what is not compressed": OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    "JSON that is none": OK + b"Content-Type: application/json\r\nContent-Length: 3\r\n\r\n{a:",
    "JSON too deep": OK + b"Content-Type: application/json\r\n\r\n" + b"[" * 100_000,
    "a redirect to nowhere": b"HTTP/1.1 302 Found\r\nLocation: http://\r\nContent-Length: 0\r\n\r\n",
}


@pytest.fixture
def answering(settings):
    """answering(pieces) -> the address of a server that sends them to whoever comes."""
    settings.HTTP_ALLOW = "127.0.0.1"
    begun = []

    def serve(listener, make):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with closing(connection), suppress(OSError):
                connection.recv(65_536)
                for piece in make():
                    connection.sendall(piece)

    def begin(make):
        listener = socket.create_server(("127.0.0.1", 0))
        begun.append(listener)
        threading.Thread(target=serve, args=(listener, make), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield begin
    for listener in begun:
        listener.close()


def failure(url, timeout_s):
    began = monotonic()
    with pytest.raises(NodeError) as raised:
        call("HTTPRequest", url, "GET", {}, None, timeout_s)
    assert monotonic() - began < BOUND_S
    assert 0 < len(raised.value.message) < 400
    assert "Traceback" not in raised.value.message
    return raised.value


@pytest.mark.parametrize("make", ENDLESS.values(), ids=ENDLESS)
def test_answer_without_end_ends_with_the_time_or_the_size_that_it_may_have(answering, make):
    assert failure(answering(make), 0.7).type in ("Timeout", "TooLarge", "BadResponse")


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_broken_answer_is_an_error_that_says_so(answering, answer):
    failure(answering(lambda: [answer]), 5)


def test_next_request_is_answered_after_all_of_them(answering):
    for make in ENDLESS.values():
        failure(answering(make), 0.1)
    good = answering(lambda: [OK + b"Content-Length: 5\r\n\r\nhello"])
    assert call("HTTPRequest", good).body == "hello"


def test_several_members_of_gzip_are_one_body(answering):
    body = gzip.compress(b"one") + gzip.compress(b"two")
    head = OK + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    assert call("HTTPRequest", answering(lambda: [head + body])).body == "onetwo"
