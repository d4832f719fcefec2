"""On Execution Failed: who is started, with what, and who is not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from deployments import failures
from deployments.actions import deploy, pause, undeploy
from deployments.models import Deployment, Version
from dragops_site.errors import CompileRefused
from executions.ends import settle
from executions.models import Execution
from executions.status import Trigger
from patterns.models import Pattern
from tests.api.made import run
from tests.graphs import chain, graph, node
from tests.patterns.graphs import started_by_hand

pytestmark = pytest.mark.django_db


def listening(*patterns: Any) -> dict[str, Any]:
    says = node("say", "Log", message="{{ trigger.error.message }}")
    return chain(node("start", "OnExecutionFailed", {"patterns": [str(one) for one in patterns]}), says)


def end(pattern: Pattern, status: str = "failed", **fields: Any) -> Execution:
    """A run that ends so, as a worker would write it."""
    fields = {
        "error_type": "HTTPError",
        "error_message": "502",
        "error_node_id": "n1",
        "error_node_name": "Fetch",
    } | fields
    with transaction.atomic():
        ended = run(pattern, status, **fields)
        settle([ended])
    return ended


def started(pattern: Pattern) -> list[Execution]:
    return list(Execution.objects.filter(pattern=pattern, trigger=Trigger.FAILURE).order_by("id"))


@pytest.fixture
def orders(deployed: Callable[..., Pattern]) -> Pattern:
    return deployed(started_by_hand(), "Orders")


@pytest.mark.parametrize("status", ["failed", "timeout", "dead_letter"])
def test_listener_is_started_with_the_run_and_its_error(
    orders: Pattern, deployed: Callable[..., Pattern], status: str
) -> None:
    listener = deployed(listening())
    Deployment.objects.filter(pk=listener.pk).update(time_limit_s=7, concurrency_limit=2)
    failed = end(orders, status, attempt=3)
    (heard,) = started(listener)
    assert (heard.status, heard.mode, heard.version_number) == ("queued", "live", 1)
    assert (heard.time_limit_s, heard.time_left.total_seconds(), heard.concurrency) == (7, 7, 2)
    told = heard.event["execution"]
    assert told.pop("url").endswith(f"/executions/{failed.pk}")
    assert (told.pop("startedAt") < told.pop("endedAt")) is True
    assert told == {
        "id": str(failed.pk),
        "patternId": str(orders.pk),
        "patternName": "Orders",
        "version": 1,
        "status": status,
        "triggeredBy": "webhook",
        "attempt": 3,
    }
    assert heard.event["error"] == {"type": "HTTPError", "message": "502", "nodeId": "n1", "nodeName": "Fetch"}


@pytest.mark.parametrize("status", ["completed", "canceled", "queued"])
def test_run_that_does_not_end_badly_starts_nothing(
    orders: Pattern, deployed: Callable[..., Pattern], status: str
) -> None:
    listener = deployed(listening())
    end(orders, status)
    assert started(listener) == []


def test_test_run_starts_nothing(orders: Pattern, deployed: Callable[..., Pattern]) -> None:
    listener = deployed(listening())
    end(orders, mode="test", version_number=None)
    assert started(listener) == []


def test_listener_hears_those_alone_that_it_has_chosen(orders: Pattern, deployed: Callable[..., Pattern]) -> None:
    other = deployed(started_by_hand(), "Other")
    chosen, every = deployed(listening(str(orders.pk).upper()), "Chosen"), deployed(listening(), "Every")
    end(other)
    assert (len(started(chosen)), len(started(every))) == (0, 1)
    end(orders)
    assert (len(started(chosen)), len(started(every))) == (1, 2)


def test_listener_never_hears_itself(deployed: Callable[..., Pattern]) -> None:
    listener = deployed(listening())
    end(listener)
    end(listener, trigger=Trigger.MANUAL)
    assert started(listener) == []


def test_failure_of_what_a_failure_has_started_starts_nothing(
    orders: Pattern, deployed: Callable[..., Pattern]
) -> None:
    one, two = deployed(listening(), "One"), deployed(listening(), "Two")
    root = end(one, trigger=Trigger.FAILURE)
    end(orders, trigger=Trigger.PATTERN_CALL, parent=root, root=root)
    assert started(two) == []


def test_failed_callee_of_another_run_is_heard(orders: Pattern, deployed: Callable[..., Pattern]) -> None:
    listener = deployed(listening())
    parent = run(orders, "running")
    end(deployed(started_by_hand(), "Callee"), trigger=Trigger.PATTERN_CALL, parent=parent, root=parent)
    assert len(started(listener)) == 1


def test_listener_that_is_paused_or_taken_down_hears_nothing(
    orders: Pattern, deployed: Callable[..., Pattern], editor: Any
) -> None:
    paused, gone = deployed(listening(), "Paused"), deployed(listening(), "Gone")
    pause(Deployment.objects.get(pk=paused.pk), editor)
    undeploy(gone, editor)
    end(orders)
    assert started(paused) == started(gone) == []


def test_pattern_that_no_longer_listens_is_not_started(
    orders: Pattern, deployed: Callable[..., Pattern], editor: Any
) -> None:
    listener = deployed(listening())
    Pattern.objects.filter(pk=listener.pk).update(graph=started_by_hand())
    deploy(listener, editor)
    end(orders)
    assert started(listener) == []


def test_broken_listener_keeps_neither_the_end_nor_the_others_back(
    orders: Pattern, deployed: Callable[..., Pattern], caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = deployed(listening("x"), "Broken"), deployed(listening(), "Sound")
    version = Version.objects.select_related("snapshot").get(pattern=broken)
    damaged = listening()
    damaged["nodes"][0]["data"]["properties"]["patterns"] = 5
    type(version.snapshot).objects.filter(pk=version.snapshot_id).update(graph=damaged)
    failed = end(orders)
    assert Execution.objects.get(pk=failed.pk).status == "failed"
    assert (len(started(broken)), len(started(sound))) == (0, 1)
    assert "cannot be read as a listener" in caplog.text


def test_storm_of_failures_starts_every_run_in_bulk(
    orders: Pattern, deployed: Callable[..., Pattern], django_assert_max_num_queries: Any
) -> None:
    listeners = [deployed(listening(), f"Listener {n}") for n in range(3)]
    end(orders)
    failed = [run(orders, "failed") for _ in range(200)]
    with django_assert_max_num_queries(30):  # SQLite takes 600 rows in some twenty statements
        settle(failed)
    assert [len(started(listener)) for listener in listeners] == [201] * 3


def test_failure_without_listeners_costs_two_queries(orders: Pattern, django_assert_num_queries: Any) -> None:
    failed = run(orders, "failed")
    with django_assert_num_queries(2):  # its deployment, the listeners
        failures.heard([failed])


@pytest.mark.parametrize("patterns", ["x", 5, [1], [None], {"a": 1}, ["x"] * 201])
def test_patterns_that_are_no_list_of_ids_do_not_compile(deployed: Callable[..., Pattern], patterns: Any) -> None:
    with pytest.raises(CompileRefused):
        deployed(graph(node("start", "OnExecutionFailed", {"patterns": patterns})))


@pytest.mark.django_db(transaction=True)
def test_failing_run_starts_its_listener_in_the_transaction_of_its_end(
    deployed: Callable[..., Pattern], worker: Any, api_as: Callable[[Any], Any], operator: Any
) -> None:
    throws = deployed(chain("start: OnStart", node("throw", "ThrowError", message="on fire")), "Throws")
    listener = deployed(listening(throws.pk), "Listens")
    answer = api_as(operator).post(f"/api/deployments/{throws.pk}/execute", {"wait": 20}, format="json")
    assert answer.json()["data"]["status"] == "failed"
    (heard,) = started(listener)
    told = api_as(operator).get(f"/api/runs/{heard.pk}").json()["data"]
    assert (told["triggeredBy"], told["eventData"]["error"]["message"]) == ("failure", "on fire")
