"""Secrets in runs: a pattern may do with them what it likes, and people see none of it."""

import base64
import html
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from deployments.actions import change_environment, change_settings, create_environment, execute, set_secret
from deployments.models import Deployment, Environment, EnvironmentSecret
from executions import masking
from executions.masking import MASK
from executions.models import Execution, LogEntry
from patterns.models import Pattern
from tests.executions.conftest import Hand
from tests.graphs import graph, node

SECRET = 'p@ss/"wörd"+<1>= 4eC39H'
FORMS = {
    form
    for text in (SECRET, quote(SECRET), quote(SECRET, safe=""), quote_plus(SECRET))
    for form in (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], html.escape(text))
} | {
    base64.b64encode(SECRET.encode()).decode(),
    base64.urlsafe_b64encode(SECRET.encode()).decode(),
    base64.b64encode(f"user:{SECRET}".encode()).decode()[8:-4],
    SECRET[5:],  # not even a part of it
}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


@pytest.fixture
def hand(db: None) -> Hand:
    """A worker that does what a test tells it to."""
    return Hand("secrets")


@pytest.fixture
def production(editor: Any, admin: Any) -> Iterator[Environment]:
    made = create_environment(editor, "Production", is_default=True, variables={"API": "https://a.example"})
    set_secret(made, "KEY", SECRET, admin)
    yield made
    EnvironmentSecret.objects.all().delete()
    masking.refresh()  # this process goes on without them


@pytest.fixture
def echo(settings: Any) -> Iterator[str]:
    """The address of a server that answers with what it was sent, and says so in a header."""
    settings.HTTP_ALLOW = "127.0.0.1"

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told = json.dumps({"path": self.path, "auth": self.headers["Authorization"], "body": body.decode()})
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Echo", self.path)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told.encode())

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def ran(pattern: Pattern, hand: Hand) -> Execution:
    run = execute(Deployment.objects.get(pk=pattern.pk), None, None)
    hand.work()
    return Execution.objects.get(pk=run.pk)


def kept(run: Execution) -> str:
    """Everything of a run, and of those that it has called, that is in the database to be read by people."""
    texts = []
    for one in Execution.objects.filter(root_id=run.root_id or run.pk) | Execution.objects.filter(pk=run.pk):
        texts += [one.error_message, one.error_type, one.error_node_name]
        for entry in LogEntry.objects.filter(execution=one):
            texts += [entry.inputs, entry.output, entry.message]
    return "\n".join(text or "" for text in texts)


def shown(run: Execution, api: Any, browser: Any) -> str:
    """Everything that the API and the pages show of it."""
    masking.refresh()  # as the web process does of itself, now and then
    seqs = LogEntry.objects.filter(execution=run).values_list("seq", flat=True)
    pages = [f"/executions/{run.pk}", f"/executions/{run.pk}/log?after=0", f"/executions/{run.pk}/result.json"]
    pages += [f"/executions/{run.pk}/log/{seq}" for seq in seqs]
    answers = [browser.get(path) for path in [*pages]]
    answers += [api.get(path) for path in (f"/api/runs/{run.pk}", f"/api/runs/{run.pk}/log", "/api/runs")]
    answers += [api.get(f"/api/runs/{run.pk}/tree")]
    assert {answer.status_code for answer in answers} <= {200, 286}  # 286: the log of a run that has ended
    return "\n".join(answer.content.decode() for answer in answers)


def assert_hidden(text: str) -> None:
    assert [form for form in FORMS if form in text or form in html.unescape(text)] == []


def spreading(echo: str, callee: Pattern) -> dict[str, Any]:
    """A pattern that logs a secret in many forms, sends it to a server, gives it to a callee, and ends with it."""
    return graph(
        "start: OnStart",
        node("key", "GetSecret", name="KEY"),
        "b64: Base64Encode",
        "escaped: URLEncode",
        node("user", "Concat", a="user:"),
        "basic: Base64Encode",
        node("address", "Concat", a=f"{echo}?key="),
        node("headers", "MakeObjectFromKeys", {"keys": ["Authorization"]}),
        "key.value > b64.value, key.value > escaped.value, key.value > user.b, user.result > basic.value",
        "escaped.result > address.b, basic.result > headers.authorization",
        "plain: Log",
        "in64: Log",
        "inUrl: Log",
        "inObject: Log",
        "start > plain, plain > in64, in64 > inUrl, inUrl > inObject, inObject > post",
        "key.value > plain.message, b64.result > in64.message, escaped.result > inUrl.message",
        "headers.object > inObject.message",
        node("post", "HTTPRequest", method="POST"),
        "answered: Log",
        "post > answered, address.result > post.url, headers.object > post.headers, key.value > post.body",
        "post.body > answered.message",
        node("call", "CallPattern", {"pattern": str(callee.pk)}),
        "returned: Log",
        "end: Stop",
        "answered > call, call > returned, returned > end",
        "key.value > call.n, call.total > returned.message, post.body > end.result",
    )


def test_secret_shows_nowhere_though_a_pattern_writes_it_everywhere(
    deployed: Callable[..., Pattern], production: Any, hand: Hand, echo: str, api_as: Any, client_as: Any, admin: Any
) -> None:
    declared = {"inputs": [{"name": "N", "type": "Any"}], "outputs": [{"name": "Total", "type": "Any"}]}
    called = graph(
        node("called", "OnPatternCall", declared),
        "say: Log",
        "answer: RespondWith",
        "called > say, say > answer, called.n > say.message, called.n > answer.total",
    )
    run = ran(deployed(spreading(echo, deployed(called, "Callee"))), hand)
    assert run.status == "completed", run.error_message
    assert json.loads(run.result)["body"] == SECRET  # the run itself has had it
    written = kept(run)
    assert_hidden(written)
    assert written.count(MASK) > 15
    for one in Execution.objects.all():
        told = shown(one, api_as(admin), client_as(admin))
        assert_hidden(told)
        assert MASK in told


FAILING = {
    "thrown": graph(
        "start: OnStart",
        node("key", "GetSecret", name="KEY"),
        node("said", "Concat", a="the key was "),
        "boom: ThrowError",
        "start > boom, key.value > said.b, said.result > boom.message",
    ),
    "refused by a node": graph(
        "start: OnStart",
        node("key", "GetSecret", name="KEY"),
        "number: ToInteger",
        "say: Log",
        "start > say, key.value > number.value, number.result > say.message",
    ),
    "caught": graph(
        "start: OnStart",
        node("key", "GetSecret", name="KEY"),
        "try: TryCatch",
        "boom: ThrowError",
        "say: Log",
        "again: ThrowError",
        "start > try, try.try > boom, key.value > boom.message, try.catch > say, try.error > say.message, say > again",
        "key.value > again.message",
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_secret_shows_in_no_error(
    deployed: Callable[..., Pattern], production: Any, hand: Hand, api_as: Any, client_as: Any, admin: Any, name: str
) -> None:
    run = ran(deployed(FAILING[name]), hand)
    assert run.status == "failed" and MASK in run.error_message
    assert_hidden(kept(run))
    assert_hidden(shown(run, api_as(admin), client_as(admin)))


def test_secret_of_a_callee_that_fails_shows_in_neither_run(
    deployed: Callable[..., Pattern], production: Any, hand: Hand, api_as: Any, client_as: Any, admin: Any
) -> None:
    called = graph(
        "called: OnPatternCall",
        node("key", "GetSecret", name="KEY"),
        "boom: ThrowError",
        "called > boom, key.value > boom.message",
    )
    callee = deployed(called, "Callee")
    calling = graph("start: OnStart", node("call", "CallPattern", {"pattern": str(callee.pk)}), "start > call")
    run = ran(deployed(calling), hand)
    assert run.status == "failed" and MASK in run.error_message
    assert Execution.objects.count() == 2
    for one in Execution.objects.all():
        assert_hidden(kept(one) + shown(one, api_as(admin), client_as(admin)))


def test_secret_shows_in_no_type_of_an_error(deployed: Callable[..., Pattern], production: Any, hand: Hand) -> None:
    drawn = graph(
        "start: OnStart",
        node("key", "GetSecret", name="KEY"),
        node("boom", "ThrowError", message="no"),
        "start > boom, key.value > boom.type",
    )
    assert_hidden(kept(ran(deployed(drawn), hand)))


def test_secret_of_several_lines_shows_in_no_message_that_is_json(
    deployed: Callable[..., Pattern], production: Environment, hand: Hand, admin: Any
) -> None:
    set_secret(production, "KEY", 'first line\n"second" line\n', admin)
    drawn = graph(
        "start: OnStart",
        node("key", "GetSecret", name="KEY"),
        node("object", "MakeObjectFromKeys", {"keys": ["k"]}),
        "say: Log",
        "start > say, key.value > object.k, object.object > say.message",
    )
    written = kept(ran(deployed(drawn), hand))
    assert MASK in written and "second" not in written


def test_long_secret_that_an_error_quotes_is_not_seen_in_part(
    deployed: Callable[..., Pattern], production: Environment, hand: Hand, admin: Any
) -> None:
    long = "".join(f"{number:04x}" for number in range(1_000))
    set_secret(production, "KEY", long, admin)
    run = ran(deployed(FAILING["refused by a node"]), hand)
    assert run.status == "failed"
    assert long[:8] not in kept(run)


def test_value_that_a_secret_was_given_meanwhile_is_masked_in_the_next_run(
    deployed: Callable[..., Pattern], production: Environment, hand: Hand, admin: Any
) -> None:
    pattern = deployed(FAILING["thrown"])
    assert ran(pattern, hand).error_message == f"the key was {MASK}"
    set_secret(production, "KEY", "another key", admin)
    run = ran(pattern, hand)
    assert run.error_message == f"the key was {MASK}" and "another key" not in kept(run)


def test_run_reads_the_environment_of_its_deployment_and_shows_its_variables(
    deployed: Callable[..., Pattern], production: Environment, editor: Any, hand: Hand
) -> None:
    drawn = graph(
        "start: OnStart",
        node("api", "GetEnvironment", name="API"),
        "end: Stop",
        "start > end, api.value > end.result",
    )
    pattern = deployed(drawn)
    assert ran(pattern, hand).result == "https://a.example"
    staging = create_environment(editor, "Staging", variables={"API": "https://b.example"})
    change_settings(Deployment.objects.get(pk=pattern.pk), editor, environment_id=staging.pk)
    assert ran(pattern, hand).result == "https://b.example"
    change_environment(staging, editor, variables={"API": None})
    run = ran(pattern, hand)
    assert (run.status, run.error_type, run.error_node_name) == ("failed", "UnknownVariable", "api")
    assert "environment “Staging” is named “API”. Known: none." in run.error_message


def test_secret_that_cannot_be_opened_fails_the_run_and_says_what_to_do(
    deployed: Callable[..., Pattern], production: Environment, hand: Hand, settings: Any
) -> None:
    settings.ENCRYPTION_KEYS = base64.b64encode(b"7" * 32).decode()
    run = ran(deployed(FAILING["thrown"]), hand)
    assert (run.status, run.error_type) == ("failed", "SecretClosed")
    assert "Set the secret anew" in run.error_message
