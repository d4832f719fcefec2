"""Connections: credentials that go where they are meant to, and show nowhere."""

import base64
import html
import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import NoneType
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.utils import timezone

from deployments.actions import (
    change_connection,
    create_connection,
    delete_connection,
    deploy,
    execute,
    pause,
    rollback,
    undeploy,
)
from deployments.models import Connection, Deployment, Version
from dragops_site.errors import CompileRefused, Conflict, Invalid
from executions import masking
from executions.models import Execution, LogEntry
from executions.status import Status
from patterns.actions import check_pattern, create_pattern, export_pattern, import_pattern
from patterns.models import Pattern
from tests.executions.conftest import Hand
from tests.graphs import graph, node
from tests.threads import at_once

SECRET = 'k3y/"ö"+<1>=4eC39HqLyj'
ASCII = 'k3y/"x"+<1>=4eC39HqLyj'
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


class Server:
    """A server that keeps what it was asked, and echoes all of it."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answers: list[int] = []  # the statuses of the next answers
        self.redirect = ""
        self.tokens: list[dict[str, Any]] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self._serve(self.rfile.read(int(self.headers["Content-Length"] or 0)).decode())

            def do_GET(self) -> None:
                self._serve("")

            def _serve(self, body: str) -> None:
                told = {"path": self.path, "headers": dict(self.headers), "body": body}
                owner.asked.append(told)
                if self.path.startswith("/token") and owner.tokens:
                    self._answer(200, owner.tokens.pop(0))
                elif self.path.startswith("/go"):
                    self._answer(302, {}, owner.redirect)
                else:
                    self._answer(owner.answers.pop(0) if owner.answers else 200, told)

            def _answer(self, status: int, told: Any, location: str = "") -> None:
                content = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                if location:
                    self.send_header("Location", location)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def header(self, name: str) -> list[str | None]:
        return [{key.lower(): value for key, value in one["headers"].items()}.get(name) for one in self.asked]


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    settings.HTTP_ALLOW = "127.0.0.1,localhost"
    made = Server()
    yield made
    made.close()


@pytest.fixture
def other(server: Server) -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    Connection.objects.all().delete()
    masking.refresh()  # this process goes on without them


@pytest.fixture
def hand(db: None) -> Hand:
    return Hand("connections")


def asking(url: str, **properties: Any) -> dict[str, Any]:
    """A pattern that asks a server, logs its answer and ends with it."""
    ask = node("ask", "HTTPRequest", {"connection": "Shop", **properties}, url=url)
    wires = "start > ask, ask > say, say > end, ask.response > say.message, ask.response > end.result"
    return graph("start: OnStart", ask, "say: Log", "end: Stop", wires)


def ran(pattern: Pattern, hand: Hand) -> Execution:
    run = execute(Deployment.objects.get(pk=pattern.pk), None, None)
    hand.work()
    return Execution.objects.get(pk=run.pk)


KINDS: list[tuple[str, dict[str, str], Callable[[dict[str, Any]], str], str]] = [
    ("api_key", {"key": ASCII}, lambda asked: asked["headers"]["X-API-Key"], ASCII),
    (
        "api_key",
        {"key": ASCII, "name": "Authorization", "prefix": "Token"},
        lambda asked: asked["headers"]["Authorization"],
        f"Token {ASCII}",
    ),
    (
        "api_key",
        {"key": ASCII, "place": "query", "name": "api key"},
        lambda asked: parse_qs(urlsplit(asked["path"]).query)["api key"][0],
        ASCII,
    ),
    ("bearer", {"token": ASCII}, lambda asked: asked["headers"]["Authorization"], f"Bearer {ASCII}"),
    (
        "basic",
        {"username": "ada", "password": SECRET},
        lambda asked: base64.b64decode(asked["headers"]["Authorization"].removeprefix("Basic ")).decode(),
        f"ada:{SECRET}",
    ),
    (
        "headers",
        {"headers": f"X-One: {ASCII}\nX-Two: second{ASCII}"},
        lambda asked: asked["headers"]["X-One"] + asked["headers"]["X-Two"],
        f"{ASCII}second{ASCII}",
    ),
]


@pytest.mark.parametrize(("kind", "values", "found", "expected"), KINDS)
def test_credentials_reach_the_server_and_show_nowhere(
    deployed: Callable[..., Pattern],
    hand: Hand,
    server: Server,
    client_as: Any,
    api_as: Any,
    admin: Any,
    kind: str,
    values: dict[str, str],
    found: Callable[[dict[str, Any]], str],
    expected: str,
) -> None:
    create_connection(admin, kind, "Shop", values, [server.url])
    run = ran(deployed(asking(f"{server.url}/orders?page=1#top")), hand)
    assert (run.status, found(server.asked[0])) == (Status.COMPLETED, expected)
    assert server.asked[0]["path"].startswith("/orders?page=1")
    browser, api = client_as(admin), api_as(admin)
    pages = [f"/executions/{run.pk}", f"/executions/{run.pk}/result.json", f"/api/runs/{run.pk}"]
    pages += [f"/api/runs/{run.pk}/log", "/connections", "/api/connections"]
    pages += [f"/executions/{run.pk}/log/{seq}" for seq in LogEntry.objects.values_list("seq", flat=True)]
    shown = [(api if path.startswith("/api") else browser).get(path) for path in pages]
    assert {answer.status_code for answer in shown} <= {200, 404}
    text = "".join(answer.content.decode() for answer in shown)
    text += "".join(f"{one.inputs}{one.output}{one.message}" for one in LogEntry.objects.all())
    secret = values.get("password", ASCII)
    forms = {secret, quote(secret, safe=""), html.escape(secret), json.dumps(secret)[1:-1]}
    forms |= {base64.b64encode(raw.encode()).decode()[:-4] for raw in (secret, f"ada:{secret}")}
    assert [form for form in forms if form in text or form in html.unescape(text)] == []
    assert Connection.objects.get().status == "ok"


@pytest.mark.parametrize("values", [{"key": ASCII}, {"key": ASCII, "place": "query", "name": "key"}])
def test_redirect_to_another_server_takes_no_credentials_along(
    deployed: Callable[..., Pattern], hand: Hand, server: Server, other: Server, admin: Any, values: dict[str, str]
) -> None:
    create_connection(admin, "api_key", "Shop", values, [server.url])
    server.redirect = f"{other.url}/elsewhere"
    other.answers = [401]  # that of a server which knows nothing of them
    run = ran(deployed(asking(f"{server.url}/go")), hand)
    assert run.status == Status.COMPLETED
    assert ASCII in json.dumps(server.asked).replace("\\", "") or quote(ASCII, safe="") in json.dumps(server.asked)
    (asked,) = other.asked
    assert asked["path"] == "/elsewhere" and "X-API-Key" not in asked["headers"]
    assert Connection.objects.get().status == "never_used"


@pytest.mark.parametrize(
    ("hosts", "url", "type"),
    [
        (["api.example.com"], "{server}/", "ConnectionRefused"),
        (["https://127.0.0.1"], "{server}/", "ConnectionRefused"),
        (["{server}"], "http://localhost:{port}/", "ConnectionRefused"),
        (["{server}"], "http://ada:pw@127.0.0.1:{port}/", "BadRequest"),
        (["{server}"], "nonsense", "BadURL"),
    ],
)
def test_nothing_is_sent_where_the_credentials_may_not_go(
    deployed: Callable[..., Pattern], hand: Hand, server: Server, admin: Any, hosts: list[str], url: str, type: str
) -> None:
    given = {"server": server.url, "port": urlsplit(server.url).port}
    create_connection(admin, "bearer", "Shop", {"token": ASCII}, [host.format(**given) for host in hosts])
    run = ran(deployed(asking(url.format(**given))), hand)
    assert (run.status, run.error_type, server.asked) == (Status.FAILED, type, [])


def test_nothing_is_sent_to_a_server_that_is_not_verified(
    deployed: Callable[..., Pattern], hand: Hand, server: Server, admin: Any
) -> None:
    create_connection(admin, "bearer", "Shop", {"token": ASCII}, [server.url])
    run = ran(deployed(asking(f"{server.url}/", verifyTLS=False)), hand)
    assert (run.error_type, server.asked) == ("ConnectionRefused", [])


def test_header_that_is_given_twice_is_refused(
    deployed: Callable[..., Pattern], hand: Hand, server: Server, admin: Any
) -> None:
    create_connection(admin, "bearer", "Shop", {"token": ASCII}, [server.url])
    drawn = asking(f"{server.url}/")
    drawn["nodes"][1]["data"]["defaults"]["headers"] = {"authorization": "mine"}
    run = ran(deployed(drawn), hand)
    assert (run.error_type, server.asked) == ("BadRequest", [])
    assert "Authorization" in run.error_message


def test_connection_that_was_deleted_after_all_fails_the_node_and_nothing_is_sent(
    deployed: Callable[..., Pattern], hand: Hand, server: Server, admin: Any
) -> None:
    create_connection(admin, "bearer", "Shop", {"token": ASCII}, [server.url])
    pattern = deployed(asking(f"{server.url}/"))
    Connection.objects.all().delete()
    run = ran(pattern, hand)
    assert (run.error_type, server.asked) == ("UnknownConnection", [])


def test_connection_that_the_service_refuses_needs_attention_until_it_works(
    deployed: Callable[..., Pattern], hand: Hand, server: Server, admin: Any
) -> None:
    made = create_connection(admin, "bearer", "Shop", {"token": ASCII}, [server.url])
    pattern = deployed(asking(f"{server.url}/"))
    server.answers = [401]
    ran(pattern, hand)
    made.refresh_from_db()
    assert (made.status, len(server.asked)) == ("needs_attention", 1)
    ran(pattern, hand)
    made.refresh_from_db()
    assert made.status == "ok" and made.last_used_at is not None


# --- OAuth 2.0 --------------------------------------------------------------------------------------------------------
def client_of(server: Server, admin: Any, **more: str) -> Connection:
    values = {"tokenUrl": f"{server.url}/token", "clientId": "app", "clientSecret": SECRET, "scope": "read", **more}
    return create_connection(admin, "oauth2", "Shop", values, [server.url])


def token(text: str, **more: Any) -> dict[str, Any]:
    return {"access_token": text, "token_type": "Bearer", "expires_in": 3600, **more}


def test_token_is_fetched_once_and_used_until_it_ends(
    deployed: Callable[..., Pattern], hand: Hand, server: Server, admin: Any
) -> None:
    made = client_of(server, admin)
    server.tokens = [token("first-token"), token("second-token")]
    pattern = deployed(asking(f"{server.url}/"))
    for _ in range(2):
        ran(pattern, hand)
    assert server.header("authorization")[1:] == ["Bearer first-token"] * 2
    asked = server.asked[0]
    assert parse_qs(asked["body"]) == {"grant_type": ["client_credentials"], "scope": ["read"]}
    user, _, password = (
        base64.b64decode(asked["headers"]["Authorization"].removeprefix("Basic ")).decode().partition(":")
    )
    assert (user, password) == ("app", quote(SECRET, safe=""))
    Connection.objects.filter(pk=made.pk).update(token_ends_at=timezone.now())
    ran(pattern, hand)
    assert server.header("authorization")[-1] == "Bearer second-token"
    text = "".join(f"{one.inputs}{one.output}{one.message}" for one in LogEntry.objects.all())
    assert "first-token" not in text and "second-token" not in text and masking.MASK in text


def test_token_that_is_refused_is_fetched_anew_once(
    deployed: Callable[..., Pattern], hand: Hand, server: Server, admin: Any
) -> None:
    client_of(server, admin, clientAuth="body")
    server.tokens = [token("first-token"), token("second-token"), token("third-token")]
    server.answers = [401, 200, 401, 401]
    pattern = deployed(asking(f"{server.url}/"))
    ran(pattern, hand)
    used = [value for value in server.header("authorization") if value]
    assert used == ["Bearer first-token", "Bearer second-token"]
    assert parse_qs(server.asked[0]["body"])["client_secret"] == [SECRET]
    assert Connection.objects.get().status == "ok"
    run = ran(pattern, hand)
    assert (run.status, run.result["headers"]["Authorization"]) == (Status.COMPLETED, "Bearer third-token")
    assert Connection.objects.get().status == "needs_attention"


def test_token_that_ends_at_once_is_used_once(
    deployed: Callable[..., Pattern], hand: Hand, server: Server, admin: Any
) -> None:
    client_of(server, admin)
    server.tokens = [token("first-token", expires_in=0), token("second-token", expires_in="soon")]
    pattern = deployed(asking(f"{server.url}/"))
    assert [ran(pattern, hand).status for _ in range(2)] == [Status.COMPLETED] * 2


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"error": "invalid_client"}, "gave no access token"),
        ({"access_token": "abc\ndef"}, "gave no access token"),
        ({"access_token": 7}, "gave no access token"),
        ({"access_token": "abcdef", "token_type": "mac"}, "unknown type"),
        ([], "gave no access token"),
    ],
)
def test_token_server_that_gives_none_is_named(
    deployed: Callable[..., Pattern], hand: Hand, server: Server, admin: Any, answer: Any, told: str
) -> None:
    client_of(server, admin)
    server.tokens = [answer]
    run = ran(deployed(asking(f"{server.url}/")), hand)
    assert (run.error_type, len(server.asked)) == ("TokenRefused", 1)
    assert told in run.error_message and "“Shop”" in run.error_message
    assert Connection.objects.get().status == "needs_attention"


def test_client_secret_follows_no_redirect(
    deployed: Callable[..., Pattern], hand: Hand, server: Server, other: Server, admin: Any
) -> None:
    client_of(server, admin, tokenUrl=f"{server.url}/go")
    server.redirect = f"{other.url}/token"
    assert ran(deployed(asking(f"{server.url}/")), hand).error_type == "TokenRefused"
    assert other.asked == []


# --- What is deployed -------------------------------------------------------------------------------------------------
def test_pattern_with_a_connection_that_is_not_here_is_not_deployed(admin: Any) -> None:
    pattern = create_pattern(admin, "Orders", graph=asking("https://api.example.com"))
    (problem,) = check_pattern(pattern)
    assert (problem.code, problem.node_id, problem.pin) == ("UNKNOWN_CONNECTION", "ask", "connection")
    with pytest.raises(CompileRefused, match="no connection “Shop”"):
        deploy(pattern, admin)
    create_connection(admin, "bearer", "Shop", {"token": ASCII}, ["api.example.com"])
    deploy(pattern, admin)


def test_connection_of_a_deployed_pattern_is_neither_deleted_nor_renamed(admin: Any) -> None:
    made = create_connection(admin, "bearer", "Shop", {"token": ASCII}, ["api.example.com"])
    pattern = create_pattern(admin, "Orders", graph=asking("https://api.example.com"))
    deploy(pattern, admin)
    pause(Deployment.objects.get(), admin)
    with pytest.raises(Conflict, match=pattern.name) as refused:
        delete_connection(made, admin)
    assert refused.value.details == {"patterns": [{"id": str(pattern.pk), "name": pattern.name}]}
    with pytest.raises(Conflict, match="cannot be renamed"):
        change_connection(made, admin, name="Store")
    change_connection(made, admin, name="Shop", values={"token": "another one"})
    undeploy(pattern, admin)
    delete_connection(made, admin)
    assert not Connection.objects.exists()


def test_version_whose_connection_is_gone_does_not_come_back(admin: Any) -> None:
    made = create_connection(admin, "bearer", "Shop", {"token": ASCII}, ["api.example.com"])
    pattern = create_pattern(admin, "Orders", graph=asking("https://api.example.com"))
    deploy(pattern, admin)
    Pattern.objects.update(graph=graph("start: OnStart"))
    deploy(pattern, admin)
    delete_connection(made, admin)
    with pytest.raises(CompileRefused, match="no connection “Shop”"):
        rollback(Deployment.objects.get(), 1, admin)
    create_connection(admin, "bearer", "Shop", {"token": ASCII}, ["api.example.com"])
    assert rollback(Deployment.objects.get(), 1, admin).number == 1


def test_connection_that_is_deleted_while_a_pattern_is_deployed_is_one_or_the_other(admin: Any) -> None:
    pattern = create_pattern(admin, "Orders", graph=asking("https://api.example.com"))
    for _ in range(6):
        made = create_connection(admin, "bearer", "Shop", {"token": ASCII}, ["api.example.com"])
        outcomes = at_once(partial(deploy, pattern, admin), partial(delete_connection, made, admin))
        is_there = Connection.objects.exists()
        assert [type(one) for one in outcomes] == ([Version, Conflict] if is_there else [CompileRefused, NoneType])
        if is_there:
            undeploy(pattern, admin)
            delete_connection(made, admin)


def test_exported_pattern_takes_only_the_name_along(admin: Any) -> None:
    made = create_connection(admin, "bearer", "Shop", {"token": ASCII}, ["api.example.com"])
    pattern = create_pattern(admin, "Orders", graph=asking("https://api.example.com"))
    text = json.dumps(export_pattern(pattern))
    assert '"Shop"' in text and str(made.pk) not in text and ASCII not in text
    delete_connection(made, admin)
    (problem,) = check_pattern(import_pattern(text, admin))
    assert (problem.code, problem.node_id) == ("UNKNOWN_CONNECTION", "ask")


# --- What connections may be ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        ("api_key", {}, "key"),
        ("api_key", {"key": "abc"}, "key"),
        ("api_key", {"key": "abcd\nX: y"}, "key"),
        ("api_key", {"key": "schlüssel"}, "key"),
        ("api_key", {"key": "x" * 20_000}, "key"),
        ("api_key", {"key": ASCII, "place": "body"}, "place"),
        ("api_key", {"key": ASCII, "name": "no header"}, "name"),
        ("api_key", {"key": ASCII, "name": "User-Agent"}, "name"),
        ("api_key", {"key": ASCII, "other": "x"}, "other"),
        ("basic", {"username": "a:b", "password": SECRET}, "username"),
        ("headers", {"headers": "no colon"}, "headers"),
        ("headers", {"headers": "Accept: text/html"}, "headers"),
        ("headers", {"headers": "X-A: 1\nx-a: 2"}, "headers"),
        ("oauth2", {"tokenUrl": "ftp://a", "clientId": "a", "clientSecret": SECRET}, "tokenUrl"),
        ("oauth2", {"tokenUrl": "https://u:p@a.example", "clientId": "a", "clientSecret": SECRET}, "tokenUrl"),
    ],
)
def test_values_that_cannot_be_sent_are_refused_and_not_repeated(
    admin: Any, kind: str, values: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        create_connection(admin, kind, "Shop", values, ["api.example.com"])
    assert list(refused.value.details) == [field]
    assert not any(values.get(name, "–") in str(refused.value.details) for name in ("key", "clientSecret", "headers"))


def test_new_value_replaces_the_old_and_a_setting_leaves_it(admin: Any, server: Server) -> None:
    made = create_connection(admin, "basic", "Shop", {"username": "ada", "password": SECRET}, [server.url])
    sealed = made.sealed
    assert SECRET not in sealed
    assert change_connection(made, admin, values={"username": "bob", "password": ""}).sealed == sealed
    changed = change_connection(made, admin, values={"password": "another"})
    assert changed.sealed != sealed and changed.settings == {"username": "bob"}


def test_name_is_that_of_one_connection(admin: Any) -> None:
    create_connection(admin, "bearer", "Shop", {"token": ASCII}, ["api.example.com"])
    with pytest.raises(Conflict):
        create_connection(admin, "bearer", " Shop ", {"token": ASCII}, ["api.example.com"])
