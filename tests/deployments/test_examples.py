"""The example patterns: each is loaded, deployed, and run on real input through its webhook."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client

from deployments import examples
from deployments.actions import deploy, execute, pause
from deployments.examples import load_examples, read_documents
from deployments.models import Deployment, Version
from dragops_site.errors import CompileRefused
from executions.models import Execution, LogEntry
from executions.presence import Presence
from executions.worker import drain
from patterns.actions import check_pattern, create_pattern, export_pattern, save_pattern
from patterns.models import Pattern
from patterns.samples import sample_event
from tests.deployments.github import Payloads
from tests.threads import at_once

NAMES = {
    "GitHub push notifier",
    "Order intake",
    "Price order",
    "Notify customer",
    "Shipping quote API",
    "Website health check",
    "Error handling demo",
    "Morning reminder",
    "Approval",
    "Support desk",
}
Loaded = dict[str, Pattern]


@pytest.fixture
def loaded(admin: Any) -> Loaded:
    """The examples by name."""
    return {pattern.name: pattern for pattern in load_examples(admin)}


@pytest.fixture
def presence(transactional_db: None, valkey: Any) -> Iterator[Presence]:
    """A worker that works when the test calls `drain`."""
    presence = Presence("test worker")
    presence.begin()
    yield presence
    presence.end()


class Receiver(ThreadingHTTPServer):
    """A server that answers each request with `status` and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.received: list[tuple[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/in"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_GET(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.received.append((self.command, json.loads(raw) if raw else None))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.HTTP_ALLOW = "127.0.0.1"
    with Receiver() as server:
        thread = Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _send(pattern: Pattern, body: Any = None, method: str = "POST", query: str = "", **headers: str) -> Any:
    raw = "" if body is None else json.dumps(body)
    url = f"/webhooks/{pattern.webhook_id}{query}"
    return Client().generic(method, url, raw, content_type="application/json", headers=headers)


def _run_of(answer: Any) -> Execution:
    return Execution.objects.get(pk=answer["X-Run-Id"])


def _messages(run: Execution) -> list[str]:
    return [entry.message for entry in run.log.all() if entry.message]


def _set_variable(pattern: Pattern, name: str, value: Any, user: Any) -> None:
    """As a person would: change the draft, and deploy it again."""
    graph = pattern.graph
    next(variable for variable in graph["variables"] if variable["name"] == name)["default"] = value
    deploy(save_pattern(pattern.pk, pattern.revision, graph=graph), user)


# --- Loading --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_examples_are_loaded_and_deployed(loaded: Loaded, admin: Any) -> None:
    assert set(loaded) == NAMES
    for pattern in Pattern.objects.all():
        assert (pattern.owner, pattern.deployment.status) == (admin, Deployment.Status.ACTIVE)
        assert pattern.description
        assert "example" in {tag.name for tag in pattern.tags.all()}


@pytest.mark.django_db
def test_examples_compile_without_a_warning(loaded: Loaded) -> None:
    assert {name: check_pattern(pattern) for name, pattern in loaded.items()} == {name: [] for name in NAMES}


@pytest.mark.django_db
def test_examples_call_each_other_by_the_ids_that_they_got(loaded: Loaded) -> None:
    nodes = loaded["Order intake"].graph["nodes"]
    targets = {node["data"]["properties"]["pattern"] for node in nodes if node["type"] == "CallPattern"}
    assert targets == {str(loaded["Price order"].pk), str(loaded["Notify customer"].pk)}


@pytest.mark.django_db
def test_examples_are_loaded_once(loaded: Loaded, admin: Any) -> None:
    assert load_examples(admin) == []
    assert (Pattern.objects.count(), Version.objects.count()) == (len(NAMES), len(NAMES))


@pytest.mark.django_db
def test_missing_examples_are_loaded_again_and_the_others_left_as_they_are(loaded: Loaded, admin: Any) -> None:
    kept = loaded["Price order"]
    _set_variable(kept, "prices", {"hat": 1}, admin)
    loaded["Order intake"].delete()
    [again] = load_examples(admin)
    assert again.name == "Order intake"
    assert str(kept.pk) in json.dumps(again.graph)
    kept.refresh_from_db()
    assert kept.graph["variables"][0]["default"] == {"hat": 1}


@pytest.mark.django_db
def test_pattern_of_somebody_that_shares_the_name_of_an_example_is_left_alone(admin: Any, editor: Any) -> None:
    own = create_pattern(editor, "Price order", tags=["shop"])
    assert len(load_examples(admin)) == len(NAMES)
    own.refresh_from_db()
    assert (own.owner, own.revision, hasattr(own, "deployment")) == (editor, 1, False)


@pytest.mark.django_db(transaction=True)
def test_examples_are_loaded_once_when_two_processes_start_at_once(admin: Any) -> None:
    first, second = at_once(lambda: load_examples(admin), lambda: load_examples(admin))
    assert sorted([len(first), len(second)]) == [0, len(NAMES)]
    assert Pattern.objects.count() == len(NAMES)


@pytest.mark.django_db
def test_nothing_is_loaded_when_one_example_cannot_be(
    admin: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for path in examples.FOLDER.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "zzz.json").write_text('{"dragops": 1, "name": "Broken", "graph": {"nodes": [], "edges": []}}')
    monkeypatch.setattr(examples, "FOLDER", tmp_path)
    with pytest.raises(CompileRefused):
        load_examples(admin)
    assert not Pattern.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("key", sorted(read_documents()))
def test_example_is_an_exported_document(loaded: Loaded, key: str) -> None:
    document = read_documents()[key]
    exported = export_pattern(loaded[document["name"]])
    assert set(exported) - set(document) == {"exportedAt"}
    assert sorted(document["tags"]) == sorted(exported["tags"])


@pytest.mark.parametrize("key", sorted(read_documents()))
def test_nodes_of_an_example_stand_apart_and_have_names_of_their_own(key: str) -> None:
    nodes = [node for node in read_documents()[key]["graph"]["nodes"] if node["type"] != "Comment"]
    places = [(node["position"]["x"], node["position"]["y"]) for node in nodes]
    for x, y in places:
        assert [1 for left, top in places if abs(x - left) < 250 and abs(y - top) < 80] == [1]
    assert all(node["data"]["label"].strip() for node in nodes)


# --- Every example --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", sorted(NAMES - {"Error handling demo", "Website health check", "Approval"}))
def test_example_completes_on_its_sample_event(presence: Presence, loaded: Loaded, admin: Any, name: str) -> None:
    pattern = loaded[name]
    run = execute(pattern.deployment, sample_event(pattern.graph), admin)
    drain(presence)
    run.refresh_from_db()
    assert (run.status, run.error_message) == ("completed", "")
    assert run.result


@pytest.mark.parametrize("body", [None, {}, [], "text", 5, {"items": 5, "commits": 5, "customer": [], "url": {}}])
def test_example_ends_on_any_input(presence: Presence, loaded: Loaded, settings: Any, body: Any) -> None:
    settings.WEBHOOK_WAIT_S = 0
    hooks = [pattern for pattern in loaded.values() if pattern.deployment.version.trigger_type == "OnWebhook"]
    for pattern in hooks:
        if pattern.name != "Website health check":  # it would ask the usual site
            _send(pattern, body, **{"X-GitHub-Event": "push"})
    drain(presence)
    runs = Execution.objects.filter(parent=None)
    assert len(runs) == len(hooks) - 1
    for run in runs:
        waits = run.status == "queued" and run.waits_for == "webhook"
        assert (
            waits or run.status == "completed" or (run.status == "failed" and run.error_node_name and run.error_message)
        )


# --- GitHub push notifier -------------------------------------------------------------------------------------------
def test_notifier_completes_on_every_push_payload_of_github(
    presence: Presence, loaded: Loaded, github_payloads: Payloads
) -> None:
    pushes = github_payloads["push"]
    assert pushes
    for push in pushes:
        answer = _send(loaded["GitHub push notifier"], push, **{"X-GitHub-Event": "push"})
        assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
        drain(presence)
        run = _run_of(answer)
        assert (run.status, run.trigger) == ("completed", "webhook")
        [message] = _messages(run)
        assert message == run.result
        assert message.startswith(f"[{push['repository']['full_name']}] {push['pusher']['name']} ")
        assert message.endswith(push["compare"])
        assert "refs/" not in message
        for commit in push["commits"]:
            assert f"\n• {commit['id'][:7]} {commit['message'].splitlines()[0]} (" in message


def test_notifier_ignores_every_other_event_of_github_quietly(
    presence: Presence, loaded: Loaded, github_payloads: Payloads
) -> None:
    others = [(kind, payload) for kind, found in github_payloads.items() if kind != "push" for payload in found]
    assert len({kind for kind, _ in others}) > 40
    for kind, payload in others:
        _send(loaded["GitHub push notifier"], payload, **{"X-GitHub-Event": kind})
    drain(presence)
    assert set(Execution.objects.values_list("status", flat=True)) == {"completed"}
    assert Execution.objects.count() == len(others)
    assert not LogEntry.objects.exclude(message="").exists()
    assert Execution.objects.first().result == f"Ignored: the event is “{others[-1][0]}”, not “push”."


PUSH = {
    "ref": "refs/heads/main",
    "created": False,
    "deleted": False,
    "forced": False,
    "compare": "https://github.com/acme/shop/compare/a...b",
    "repository": {"full_name": "acme/shop"},
    "pusher": {"name": "ada"},
    "commits": [
        {"id": "a" * 40, "message": "One {0} {{2}}\n\nMore.", "author": {"name": "Ada"}},
        {"id": "b" * 40, "message": "", "author": {}},
    ],
}


@pytest.mark.parametrize(
    ("changes", "first_line"),
    [
        ({}, "[acme/shop] ada pushed to branch main"),
        ({"forced": True}, "[acme/shop] ada force-pushed to branch main"),
        ({"created": True, "forced": True}, "[acme/shop] ada created branch main"),
        ({"deleted": True, "ref": "refs/tags/v1"}, "[acme/shop] ada deleted tag v1"),
    ],
)
def test_notifier_says_what_happened(
    presence: Presence, loaded: Loaded, changes: dict[str, Any], first_line: str
) -> None:
    answer = _send(loaded["GitHub push notifier"], {**PUSH, **changes}, **{"X-GitHub-Event": "push"})
    drain(presence)
    lines = [first_line, "• aaaaaaa One {0} {{2}} (Ada)", "• bbbbbbb  ()", PUSH["compare"]]
    assert _run_of(answer).result.split("\n") == lines


def test_notifier_posts_the_message_when_the_variable_says_where(
    presence: Presence, loaded: Loaded, admin: Any, receiver: Receiver
) -> None:
    pattern = loaded["GitHub push notifier"]
    _set_variable(pattern, "postTo", receiver.url, admin)
    answer = _send(pattern, PUSH, **{"X-GitHub-Event": "push"})
    drain(presence)
    run = _run_of(answer)
    assert (run.status, run.version_number) == ("completed", 2)
    assert receiver.received == [("POST", {"text": run.result})]


def test_notifier_fails_at_the_post_when_the_chat_refuses(
    presence: Presence, loaded: Loaded, admin: Any, receiver: Receiver
) -> None:
    receiver.status = 403
    _set_variable(loaded["GitHub push notifier"], "postTo", receiver.url, admin)
    answer = _send(loaded["GitHub push notifier"], PUSH, **{"X-GitHub-Event": "push"})
    drain(presence)
    run = _run_of(answer)
    assert (run.status, run.error_node_name, run.error_type) == ("failed", "Post the message", "HTTPError")


# --- The orders -----------------------------------------------------------------------------------------------------
ORDER = {
    "customer": {"name": "Ada", "email": "ada@example.com"},
    "items": [{"sku": "mug", "quantity": 2}, {"sku": "shirt"}],
    "coupon": " welcome10 ",
}


def test_order_is_priced_and_confirmed_by_two_other_patterns(worker: Presence, loaded: Loaded) -> None:
    answer = _send(loaded["Order intake"], ORDER)
    run = _run_of(answer)
    assert answer.status_code == 201
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == {
        "orderId": str(run.pk),
        "subtotal": 38.9,
        "discount": 3.89,
        "total": 35.01,
        "message": "Dear Ada, thank you for your order (2 × mug, 1 × shirt). The total is 35.01.",
    }
    _await_end(run)
    assert (run.status, run.result) == ("completed", answer.json())


def test_order_is_linked_to_the_executions_that_it_called(worker: Presence, loaded: Loaded) -> None:
    run = _run_of(_send(loaded["Order intake"], ORDER))
    price, notify = Execution.objects.filter(parent=run).order_by("id")
    assert (price.pattern, notify.pattern) == (loaded["Price order"], loaded["Notify customer"])
    assert {(child.root, child.depth, child.trigger) for child in (price, notify)} == {(run, 1, "pattern_call")}
    assert (price.status, price.result["total"]) == ("completed", 35.01)
    assert _messages(price) == ["35.01 for 2 × mug, 1 × shirt"]
    assert notify.result == {"message": _messages(notify)[0], "sent": False}


BAD_ORDERS = [
    ({**ORDER, "items": []}, "The order has no items."),
    ({**ORDER, "items": None}, "The order has no items."),
    ({}, "The order has no items."),
    ({**ORDER, "customer": {"name": "Ada"}}, "customer.email is “”, which is not an e-mail address."),
    ({**ORDER, "customer": {"email": "ada"}}, "customer.email is “ada”, which is not"),
    ({**ORDER, "items": [{"sku": "mug"}, {"sku": "hat"}]}, "Item 2: there is no product “hat”."),
    ({**ORDER, "items": [{}]}, "Item 1: there is no product “”."),
    ({**ORDER, "items": [{"sku": "mug", "quantity": 0}]}, "Item 1: the quantity of “mug” is 0, which is not a whole"),
    ({**ORDER, "items": [{"sku": "mug", "quantity": "two"}]}, "Item 1: the quantity of “mug” is two, which is not"),
    ({**ORDER, "items": [{"sku": "mug", "quantity": 1.5}]}, "Item 1: the quantity of “mug” is 1.5, which is not"),
    ({**ORDER, "items": "mug"}, "The order is not of the expected form: Items: 'mug' (String) is not an Array."),
    ({**ORDER, "items": ["mug"]}, "The order is not of the expected form: Object: 'mug' (String) is not an Object."),
    ("mug", "The order is not of the expected form: Object: 'mug' (String) is not an Object."),
]


@pytest.mark.parametrize(("order", "problem"), BAD_ORDERS)
def test_bad_order_is_answered_with_what_is_wrong(worker: Presence, loaded: Loaded, order: Any, problem: str) -> None:
    answer = _send(loaded["Order intake"], order)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(problem)
    run = _await_end(_run_of(answer))
    assert (run.status, run.result) == ("completed", answer.json())


def test_pricing_that_refuses_an_item_is_a_failed_execution_of_its_own(worker: Presence, loaded: Loaded) -> None:
    run = _run_of(_send(loaded["Order intake"], {**ORDER, "items": [{"sku": "hat"}]}))
    [price] = run.children.all()
    assert (price.status, price.error_type) == ("failed", "InvalidOrder")
    assert (price.error_node_name, price.error_message) == ("Refuse: product", "Item 1: there is no product “hat”.")


def test_order_fails_and_the_sender_learns_it_when_a_called_pattern_is_down(
    worker: Presence, loaded: Loaded, admin: Any
) -> None:
    pause(loaded["Notify customer"].deployment, admin)
    answer = _send(loaded["Order intake"], ORDER)
    assert (answer.status_code, "try again later" in answer.json()["error"]) == (500, True)
    run = _await_end(_run_of(answer))
    assert (run.status, run.error_type, run.error_node_name) == ("failed", "PatternPaused", "Let the run fail")


def test_customer_is_sent_the_message_when_the_variable_says_by_whom(
    worker: Presence, loaded: Loaded, admin: Any, receiver: Receiver
) -> None:
    _set_variable(loaded["Notify customer"], "mailUrl", receiver.url, admin)
    answer = _send(loaded["Order intake"], ORDER)
    mail = {"to": "ada@example.com", "subject": "Your order", "text": answer.json()["message"]}
    assert receiver.received == [("POST", mail)]


# --- Shipping quote API ---------------------------------------------------------------------------------------------
KINDS = "country must be a text and weight a number"


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [("GET", "?country=%20de&weight=2.5", None), ("POST", "", {"country": "DE", "weight": 2.5})],
)
def test_quote_is_answered(worker: Presence, loaded: Loaded, method: str, query: str, body: Any) -> None:
    answer = _send(loaded["Shipping quote API"], body, method, query)
    assert answer.status_code == 200
    assert answer.json() == {"country": "DE", "weight": 2.5, "price": 7.15, "currency": "EUR"}
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("", "country is “”. It must be one of AT, CH, DE, FR, US."),
        ("?country=XX&weight=1", "country is “XX”. It must be one of AT, CH, DE, FR, US."),
        ("?country=DE", "weight is missing. Give it in kg, such as 2.5."),
        ("?country=DE&weight=31", "weight is 31. It must be between 0.01 and 30 kg."),
        ("?country=DE&weight=-1", "weight is -1. It must be between 0.01 and 30 kg."),
        ("?country=DE&weight=heavy", f"{KINDS}: Value: 'heavy' (String) is not a Float."),
        ("?country=DE&country=AT&weight=1", f"{KINDS}: Value: ['DE', 'AT'] (Array) is not a String."),
    ],
)
def test_bad_question_is_answered_with_what_is_wrong(
    worker: Presence, loaded: Loaded, query: str, problem: str
) -> None:
    answer = _send(loaded["Shipping quote API"], None, "GET", query)
    assert (answer.status_code, answer.json()) == (400, {"error": problem})
    assert _await_end(_run_of(answer)).status == "completed"


def test_question_by_another_method_is_answered_with_405(worker: Presence, loaded: Loaded) -> None:
    answer = _send(loaded["Shipping quote API"], {}, "DELETE")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")
    assert answer.json() == {"error": "Ask with GET or POST."}


# --- Support desk ---------------------------------------------------------------------------------------------------
def test_tickets_are_numbered_and_judged_by_their_subject(worker: Presence, loaded: Loaded) -> None:
    desk = loaded["Support desk"]
    first = _send(desk, {"from": "ada@example.org", "subject": "The printer is DOWN"})
    assert (first.status_code, first["Content-Type"]) == (201, "application/json")
    assert first.json() == {
        "ticket": 1,
        "priority": "high",
        "confirmation": "Dear ada@example.org, thank you. Your ticket “The printer is DOWN” is with us, priority high.",
    }
    second = _send(desk, {"from": "grace@example.org", "subject": "A question"}).json()
    assert (second["ticket"], second["priority"]) == (2, "normal")
    log = LogEntry.objects.filter(execution=_run_of(first), node_name="Note it").get()
    assert log.message == "Ticket 1: The printer is DOWN (high)"


@pytest.mark.parametrize("body", [{}, {"from": "ada@example.org"}, {"from": " ", "subject": "x"}, "text", [1], None])
def test_incomplete_ticket_is_refused_and_takes_no_number(worker: Presence, loaded: Loaded, body: Any) -> None:
    desk = loaded["Support desk"]
    refused = _send(desk, body)
    assert (refused.status_code, refused.json()) == (400, {"error": "A ticket needs from and subject."})
    assert _send(desk, {"from": "ada@example.org", "subject": "x"}).json()["ticket"] == 1


# --- Website health check -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("status", "answered"), [(200, 200), (404, 503), (500, 503)])
def test_health_check_reports_what_the_site_answered(
    worker: Presence, loaded: Loaded, receiver: Receiver, status: int, answered: int
) -> None:
    receiver.status = status
    answer = _send(loaded["Website health check"], None, "GET", f"?url={receiver.url}")
    report = answer.json()
    assert answer.status_code == answered
    assert 0 <= report.pop("milliseconds") < 10_000
    assert report == {"ok": status == 200, "url": receiver.url, "status": status, "problem": None}
    run = _await_end(_run_of(answer))
    assert (run.status, run.result["ok"]) == ("completed", status == 200)
    [entry] = run.log.exclude(message="")
    assert entry.level == ("info" if status == 200 else "warning")


def test_health_check_asks_the_site_of_the_body_or_else_of_the_variable(
    worker: Presence, loaded: Loaded, admin: Any, receiver: Receiver
) -> None:
    pattern = loaded["Website health check"]
    assert _send(pattern, {"url": receiver.url}).json()["ok"] is True
    _set_variable(pattern, "site", receiver.url, admin)
    assert _send(pattern, None, "GET").json()["ok"] is True
    assert len(receiver.received) == 2


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://127.0.0.1:9/healthz", "not a public address. The operator can allow it with DRAGOPS_HTTP_ALLOW."),
        ("ftp://example.com/", "is not an address that starts with http:// or https://."),
        ("http://does-not-exist.invalid/", "No connection to http://does-not-exist.invalid: the host name"),
    ],
)
def test_health_check_says_why_it_got_no_answer(worker: Presence, loaded: Loaded, url: str, problem: str) -> None:
    answer = _send(loaded["Website health check"], None, "GET", f"?url={url}")
    report = answer.json()
    assert (answer.status_code, report["ok"], report["status"], report["url"]) == (503, False, None, url)
    assert problem in report["problem"]
    assert _await_end(_run_of(answer)).status == "completed"


# --- Error handling demo --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("amount", "outcome"),
    [(40, "paid"), ("40", "paid"), (900, "declined: The payment of 900 is over the limit of 500.")],
)
def test_payment_completes_when_its_error_is_caught(
    worker: Presence, loaded: Loaded, amount: Any, outcome: str
) -> None:
    answer = _send(loaded["Error handling demo"], {"amount": amount})
    assert (answer.status_code, answer.json()) == (200, {"outcome": outcome})
    assert "Finally: this runs whether the payment worked or not." in _messages(_run_of(answer))


def test_payment_fails_when_catch_passes_the_error_on(worker: Presence, loaded: Loaded) -> None:
    answer = _send(loaded["Error handling demo"], {"amount": -5})
    assert answer.status_code == 500
    run = _run_of(answer)
    assert (run.status, run.error_type, run.error_node_name) == ("failed", "InvalidAmount", "Pass it on")
    assert _messages(run) == [
        "Charging -500 cents",
        "-5 is not an amount that can be paid.",
        "-5 is not an amount that can be paid.",
        "Finally: this runs whether the payment worked or not.",
        "The payment failed at “Pass it on”: -5 is not an amount that can be paid.",
    ]


def test_payment_that_nobody_expected_fails_naming_the_node_and_its_data(worker: Presence, loaded: Loaded) -> None:
    answer = _send(loaded["Error handling demo"], {"amount": "a lot"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "RUN_FAILED")
    run = _run_of(answer)
    assert (run.status, run.error_node_name) == ("failed", "Amount in cents")
    assert run.error_message == "A: 'a lot' (String) is not a Float"
    entry = run.log.get(level="error", node_name="Amount in cents")
    assert json.loads(entry.inputs) == {"a": "a lot"}
    assert _messages(run)[-1] == "The payment failed at “Amount in cents”: A: 'a lot' (String) is not a Float"


def _await(run: Execution, has_come: Callable[[], bool]) -> None:
    until = monotonic() + 10
    while not has_come() and monotonic() < until:
        sleep(0.01)
        run.refresh_from_db()


# --- Morning reminder -----------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_reminder_waits_for_nine_on_working_days(loaded: Loaded) -> None:
    schedule = loaded["Morning reminder"].schedule
    assert (schedule.cron, schedule.time_zone, schedule.overlap) == ("0 9 * * MON-FRI", "UTC", "skip")


def test_reminder_says_when_it_was_due_and_is_due_again(presence: Presence, loaded: Loaded, admin: Any) -> None:
    pattern = loaded["Morning reminder"]
    run = execute(pattern.deployment, sample_event(pattern.graph), admin)
    drain(presence)
    run.refresh_from_db()
    expected = "Good morning! It is 2026-07-03T09:00:00Z. The next reminder comes at 2026-07-06T09:00:00Z."
    assert (run.result, _messages(run)) == (expected, [expected])


def _await_end(run: Execution) -> Execution:
    """The run goes on after its answer."""
    _await(run, lambda: run.is_ended)
    return run


# --- The approval ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "message"),
    [({}, "Granted: A laptop"), ({"decision": "no"}, "Denied: A laptop"), ({"decision": "yes"}, "Granted: A laptop")],
)
def test_approval_answers_with_the_address_at_which_it_is_decided(
    worker: Presence, loaded: Loaded, query: dict[str, str], message: str
) -> None:
    answer = _send(loaded["Approval"], {"request": "A laptop"})
    run = _run_of(answer)
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
    address = urlsplit(answer.json()["decideAt"])
    _await(run, lambda: run.waits_for == "webhook")
    Client().post(f"{address.path}?{urlencode(query)}")
    _await_end(run)
    assert run.status == "completed"
    assert _messages(run)[-1] == message
