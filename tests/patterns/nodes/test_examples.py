"""The example of every node is run, and shows what it says. `pytest -s` prints them all."""

import json
import threading
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import patterns.nodes  # noqa: F401 (fills the registry)
from executions.status import Status
from patterns import registry
from patterns.types import PinType, convert
from tests.mailbox import mail_server
from tests.patterns.nodes.bench import Bench, finish, host_of

LIBRARY = registry.all_types()
EXAMPLE_HOST = "https://api.example.com"


class Handler(BaseHTTPRequestHandler):
    """Answers with what the example says that the server answers."""

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        shown = self.server.answer
        body = shown.get("body", shown.get("response", ""))
        is_text = isinstance(body, str)
        content = (body if is_text else json.dumps(body)).encode()
        self.send_response(shown.get("status", 200))
        headers = {"Content-Type": "text/plain" if is_text else "application/json", **shown.get("headers", {})}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET

    def log_message(self, *args):
        """Quiet."""


@pytest.fixture(scope="module")
def web():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("node_type", LIBRARY, ids=lambda node_type: node_type.type)
def test_example_of_a_node_shows_what_it_says(node_type, web, settings):
    settings.HTTP_ALLOW = "127.0.0.1"
    example = node_type.example
    web.answer = example.context.get("answer", example.shown.outputs)
    bench = Bench(node_type)
    if node_type.acts:
        bench.given = here(bench.given, web)
    with mail_server(settings) if node_type.type == "SendEmail" else nullcontext():
        finished = finish(bench.plan(), bench.event(), host_of(example.context), example.context.get("answer"))
    print(f"{node_type.label}: {example.text}")  # noqa: T201 (for people, with -s)
    check_outputs(bench, finished)
    check_end(bench, finished)
    check_what_is_left(example.shown.after, finished)


def here(value, web):
    """`value` with the server of the examples replaced by one that exists."""
    text = json.dumps(value).replace(EXAMPLE_HOST, f"http://127.0.0.1:{web.server_port}")
    return json.loads(text)


def check_outputs(bench, finished):
    shown = bench.node_type.example.shown
    taken = finished.logged([pin.name for pin in bench.outputs])
    if bench.is_flow:
        assert [name for name, _ in taken] == [exit.name for exit in shown.exits]
        pairs = zip(shown.exits, taken, strict=True)
        wanted_and_found = [(exit.outputs, outputs) for exit, (_, outputs) in pairs]
    elif shown.outputs:
        wanted_and_found = [(shown.outputs, outputs) for _, outputs in taken]
        assert len(taken) == 1, finished.ended
    else:
        wanted_and_found = []
    for wanted, found in wanted_and_found:
        for name, value in wanted.items():
            same = is_alike if shown.is_sample else is_same
            assert same(value, found[name]), f"{name}: {value!r} is shown, {found[name]!r} comes"


def check_end(bench, finished):
    after = bench.node_type.example.shown.after
    if "error" in after or bench.node_type.type == "OnError":
        assert finished.ended.status is Status.FAILED
        assert finished.ended.error.message == after.get("error", "no such order")
    else:
        assert (finished.ended.status, finished.ended.error) == (Status.COMPLETED, None)
    if "result" in after:
        assert is_same(after["result"], finished.ended.result)


def check_what_is_left(after, finished):
    for name, value in after.get("variables", {}).items():
        assert is_same(value, finished.run.variables.get(name))
    if "state" in after:
        assert is_same(after["state"], finished.host.kept.kept)
    if "log" in after:
        assert finished.messages("n")[-1] == after["log"]
    if "waits" in after:
        assert (finished.waited or [0])[0] == pytest.approx(after["waits"], abs=60)
    if "passes" in after:
        assert len(finished.messages("pass")) == after["passes"]
    if "response" in after:
        [response] = finished.host.responses
        answered = {"status": response.status, "headers": dict(response.headers), "body": response.body}
        assert {name: answered[name] for name in after["response"]} == after["response"]


def is_same(one, other):
    """Whether two values read the same as JSON: the order of keys counts, and 3 is not 3.0."""
    return json.dumps(one) == json.dumps(other)


def is_alike(sample, value):
    """Whether a value that differs from run to run has the form of its sample."""
    if isinstance(sample, str) and is_moment(sample):
        return isinstance(value, str) and is_moment(value)
    if isinstance(sample, str):
        return isinstance(value, str) and len(value) == len(sample)
    if isinstance(sample, list):
        return isinstance(value, list) and len(value) == len(sample)
    return type(value) is type(sample)


def is_moment(text):
    try:
        return bool(convert(text, PinType.DATETIME))
    except ValueError:
        return False
