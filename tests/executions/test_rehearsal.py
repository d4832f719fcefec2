"""Test runs with pinned data and from a node on, and how a run is painted on its graph."""

from typing import Any

import pytest

from deployments.actions import deploy
from dragops_site.errors import Invalid
from executions import outputs
from executions.actions.start_test_run import start_test_run
from executions.models import Execution, LogEntry
from executions.overlay import Row, Wire, frames, under_way
from executions.painting import paint
from executions.status import Status
from patterns.actions import create_pattern, export_pattern
from patterns.actions.check_pattern import check_pattern
from patterns.models import Pattern
from tests.executions.test_batch import row, server  # noqa: F401 (a fixture)
from tests.graphs import graph, node

pytestmark = pytest.mark.django_db


def pin(drawing: Any, node_id: str, pinned: Any) -> Any:
    next(item for item in drawing["nodes"] if item["id"] == node_id)["data"]["pinned"] = pinned
    return drawing


def drawn(drawing: Any) -> Pattern:
    return create_pattern(None, "Orders", graph=drawing)


def rehearsed(worker: Any, pattern: Pattern, **options: Any) -> Execution:
    run = start_test_run(pattern, options.pop("event", {}), None, **options)
    worker.work()
    return row(run)


def url_of(server: Any) -> str:  # noqa: F811
    return f"http://127.0.0.1:{server.server_port}/"


def log_of(run: Execution) -> list[tuple[str, str]]:
    return list(LogEntry.objects.filter(execution=run).order_by("seq").values_list("node_name", "message"))


# --- Pinned data ------------------------------------------------------------------------------------------------------
def posting(url: str) -> Any:
    drawing = graph(
        "start: OnStart",
        node("post", "HTTPRequest", url=url, method="POST"),
        "stop: Stop",
        "start > post, post > stop, post.status > stop.result",
    )
    return pin(drawing, "post", {"status": 418, "body": "tea"})


def test_pinned_effect_is_not_done_and_its_outputs_go_on(worker: Any, server: Any) -> None:  # noqa: F811
    run = rehearsed(worker, drawn(posting(url_of(server))))
    assert (run.status, run.result) == (Status.COMPLETED, 418)
    assert server.keys == []
    assert ("post", "Pinned data, not run.") in log_of(run)


def test_live_run_ignores_pinned_data(worker: Any, server: Any, started: Any) -> None:  # noqa: F811
    run = started(posting(url_of(server)))
    worker.work()
    assert row(run).status == Status.COMPLETED
    assert len(server.keys) == 1
    assert row(run).result == 200


def test_pinned_pure_node_is_not_evaluated(worker: Any) -> None:
    drawing = graph(
        "start: OnStart",
        node("bad", "Divide", a=1, b=0),
        node("sum", "Add", b=1),
        "stop: Stop",
        "start > stop, bad.result > sum.a, sum.result > stop.result",
    )
    assert rehearsed(worker, drawn(drawing)).status == Status.FAILED
    assert rehearsed(worker, drawn(pin(drawing, "bad", {"result": "41"}))).result == 42


@pytest.mark.parametrize(
    ("node_type", "pinned", "told"),
    [
        ("Branch", {"x": 1}, "always runs"),
        ("HTTPRequest", [], "not an object"),
        ("HTTPRequest", {"statuses": 1}, "no output “statuses”"),
        ("HTTPRequest", {"status": "many"}, "Status"),
    ],
)
def test_pinned_data_that_cannot_be_used_is_warned_of(node_type: str, pinned: Any, told: str) -> None:
    drawing = pin(graph("start: OnStart", f"one: {node_type}", "start > one"), "one", pinned)
    found = [problem for problem in check_pattern(drawn(drawing)) if problem.code == "BAD_PINNED"]
    assert [problem.severity.value for problem in found] == ["warning"]
    assert told in found[0].message


def test_neither_a_deploy_nor_an_export_holds_what_is_for_tests() -> None:
    drawing = {**posting("http://127.0.0.1:1"), "test": {"startAt": "stop", "given": {}}}
    pattern = drawn(drawing)
    stored = deploy(pattern, None).snapshot.graph
    for held in (stored, export_pattern(pattern)["graph"]):
        assert "test" not in held
        assert all("pinned" not in item["data"] for item in held["nodes"])
    assert "pinned" in pattern.graph["nodes"][1]["data"]


# --- From a node on ---------------------------------------------------------------------------------------------------
def tripled(url: str) -> Any:
    return graph(
        "start: OnStart",
        node("post", "HTTPRequest", url=url, method="POST"),
        node("times", "Multiply", b=3),
        node("say", "Log"),
        "stop: Stop",
        "start > post, post > say, say > stop, post.status > times.a, times.result > say.message",
        "times.result > stop.result",
    )


def test_run_from_a_node_takes_the_outputs_of_an_earlier_run(worker: Any, server: Any) -> None:  # noqa: F811
    pattern = drawn(tripled(url_of(server)))
    first = rehearsed(worker, pattern)
    again = rehearsed(worker, pattern, start_at="say", source=first)
    assert (again.status, again.result) == (Status.COMPLETED, 600)
    assert len(server.keys) == 1
    assert [name for name, _ in log_of(again)] == ["start", "say", "stop"]


def test_run_from_a_node_takes_pinned_data_before_what_ran(worker: Any, server: Any) -> None:  # noqa: F811
    pattern = drawn(tripled(url_of(server)))
    first = rehearsed(worker, pattern)
    pattern.graph = pin(pattern.graph, "post", {"status": 7})
    again = rehearsed(worker, pattern, start_at="say", source=first)
    assert again.result == 21


def test_run_from_a_node_goes_on_after_its_worker_is_lost(worker: Any, other: Any, server: Any) -> None:  # noqa: F811
    drawing = tripled(url_of(server))
    drawing["nodes"].append(node("wait", "Delay", seconds=0.01))
    pattern = drawn(drawing)
    first = rehearsed(worker, pattern)
    run = start_test_run(pattern, {}, None, start_at="say", source=first)
    worker.take()  # and is never heard of again
    Execution.objects.filter(pk=run.pk).update(status="queued", worker=None)
    other.work()
    assert (row(run).status, row(run).result) == (Status.COMPLETED, 600)


@pytest.mark.parametrize("start_at", ["nobody", "start", "times"])
def test_run_from_a_node_that_no_wire_can_lead_to_is_refused(start_at: str) -> None:
    with pytest.raises(Invalid):
        start_test_run(drawn(tripled("http://127.0.0.1:1")), {}, None, start_at=start_at)


# --- Painted on the graph ---------------------------------------------------------------------------------------------
LOOP = graph(
    node("start", "OnStart"),
    node("each", "ForRange", end=3),
    node("if", "Branch"),
    node("same", "Equal", b=1),
    node("yes", "Log", message="one"),
    node("no", "Log", message="other"),
    node("also", "Log", message="also"),
    node("done", "Log", message="done"),
    "start > each, each.body > if, each.index > same.a, same.result > if.condition",
    "if.true > yes, if.false > no, if.false > also, each.completed > done",
)


def test_wires_are_counted_as_often_as_they_were_taken(worker: Any) -> None:
    run = rehearsed(worker, drawn(LOOP))
    found = paint(run)
    names = {edge["id"]: f"{edge['source']} {edge['target']}" for edge in LOOP["edges"]}
    assert {names[key]: times for key, times in found.wires.items()} == {
        "start each": 1,
        "each if": 3,
        "if yes": 1,
        "if no": 2,
        "if also": 2,
        "each done": 1,
    }
    passes = {key: node.passes for key, node in found.nodes.items()}
    assert passes == {"start": 1, "each": 1, "if": 3, "yes": 1, "no": 2, "also": 2, "done": 1}


def test_branches_that_run_together_are_painted_each(worker: Any) -> None:
    drawing = graph(
        "start: OnStart",
        "both: Parallel",
        node("a", "Log", message="a"),
        node("b", "Log", message="b"),
        node("end", "Log", message="end"),
        "start > both, both.branch0 > a, both.branch1 > b, both.completed > end",
    )
    found = paint(rehearsed(worker, drawn(drawing)))
    assert sorted(found.wires.values()) == [1, 1, 1, 1]


def test_failed_node_is_painted_so_although_somebody_caught_it(worker: Any) -> None:
    drawing = graph(
        "start: OnStart",
        "try: TryCatch",
        node("throw", "ThrowError", message="no"),
        node("caught", "Log", message="caught"),
        "start > try, try.try > throw, try.catch > caught",
    )
    found = paint(rehearsed(worker, drawn(drawing)))
    states = {key: node.state for key, node in found.nodes.items()}
    assert states == {"start": "completed", "try": "completed", "throw": "failed", "caught": "completed"}
    assert found.nodes["throw"].errors == 1


def test_frames_tell_the_loops_around_a_step() -> None:
    assert frames("2.3.1") == [("2", 3)]
    assert frames("2.3.1.0.4") == [("2", 3), ("2.3.1", 0)]
    assert frames("4.0-2.0") == [("4", 2)]
    assert frames("7") == []


def test_last_outputs_are_those_of_the_last_pass(worker: Any) -> None:
    drawing = graph(
        "start: OnStart",
        node("each", "ForRange", end=3),
        node("set", "SetVariable", name="n"),
        "start > each, each.body > set, each.index > set.value",
        variables=[{"name": "n", "type": "Integer", "default": 0}],
    )
    found = outputs.of(rehearsed(worker, drawn(drawing)))
    assert found.values["set"] == {"value": 2}
    assert found.cut == []


def test_outputs_that_the_log_has_cut_are_named_and_left_out(worker: Any) -> None:
    drawing = graph(
        "start: OnStart",
        node("big", "Repeat", value="x", times=100_000),
        node("set", "SetVariable", name="n"),
        "start > set, big.result > set.value",
        variables=[{"name": "n", "type": "String", "default": ""}],
    )
    found = outputs.of(rehearsed(worker, drawn(drawing)))
    assert found.cut == ["set"]
    assert "set" not in found.values


# --- What is under way ------------------------------------------------------------------------------------------------
def logged(*steps: tuple[str, str]) -> list[Row]:
    """Rows of a log by key and node, the newest first."""
    return [Row(key, node_id) for key, node_id in steps][::-1]


def leads(**targets: str) -> dict[str, tuple[Wire, ...]]:
    """leads(a="b") -> an exec wire from a to b."""
    return {source: (Wire(f"{source} {target}", "exec", target),) for source, target in targets.items()}


def test_a_run_is_at_what_its_last_step_leads_to() -> None:
    assert under_way(logged(("0", "start"), ("1", "a")), leads(start="a", a="b")) == ({"b"}, set())


def test_a_run_within_a_loop_is_in_the_loop_too() -> None:
    newest = logged(("0", "start"), ("1", "each"), ("1.0.0", "a"), ("1.0.1", "b"), ("1.1.0", "a"))
    assert under_way(newest, leads(start="each", each="a", a="b")) == ({"b"}, {"1"})


def test_branches_that_run_together_are_each_somewhere() -> None:
    newest = logged(("0", "start"), ("1", "both"), ("1.0-0.0", "a"), ("1.0-1.0", "x"))
    assert under_way(newest, leads(start="both", a="b", x="y")) == ({"b", "y"}, {"1"})


def test_a_run_that_waits_is_at_the_node_that_waits() -> None:
    newest = logged(("0", "start"), ("1~wait", "delay"))
    assert under_way(newest, leads(start="delay", delay="b")) == ({"delay"}, set())
