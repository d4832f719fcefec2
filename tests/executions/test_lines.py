"""Lines of a run: parallel branches, waits, attempts within a graph, and time limits of its parts."""

import time
from dataclasses import replace
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executions.effects import left_behind
from executions.engine import Again, Ended, Limits, Waiting
from executions.journal import Journal
from executions.keys import undone
from executions.status import Status
from patterns.context import Listen, NodeError, Sleep
from patterns.registry import _TYPES, effect, get
from patterns.types import Any, Float, Value
from tests.executions.running import Host, Ran, run
from tests.executions.test_engine import COUNT, adds, reads, says, throws
from tests.executions.test_journal import journal_of
from tests.graphs import graph, node, variable


@pytest.fixture(autouse=True, scope="module")
def slow_effect():
    """A node Slow, which blocks for so many seconds and gives back its value."""

    def slow(seconds: Float = 0.2, value: Any = None) -> Any:
        """Blocks."""
        time.sleep(seconds)
        if value == "bad":
            raise NodeError("it is bad", "Bad", retryable=True)
        return value

    effect("Test", output="Value")(slow)
    yield
    del _TYPES["Slow"]


def slow(name: str, seconds: float = 0.2, value: Value = None):
    return node(name, "Slow", seconds=seconds, value=value)


def parallel(*branches, more=(), **variables):
    """A Parallel node `p` with a branch for each of these nodes, and after it a node that says so."""
    fork = node("p", "Parallel", {"outputs": len(branches)})
    wires = ["start > p", "p.completed > after", *(f"p.branch{i} > {each['id']}" for i, each in enumerate(branches))]
    return graph("start: OnStart", fork, *says("after"), *branches, *more, *wires, **variables)


def goes_on(ran: Ran) -> Ran:
    """The same run, advanced until its end, its short waits waited for."""
    state = ran.state
    while isinstance(state, Waiting):
        assert all(isinstance(asked.request, Sleep) for asked in state.asked)
        state = ran.run.advance(min(asked.due for asked in state.asked))
    return replace(ran, state=state, entries=[*ran.entries, *ran.run.journal.take()])


# --- Parallel ---------------------------------------------------------------------------------------------------------


def test_branches_run_at_the_same_time_and_completed_after_the_last():
    began = time.monotonic()
    ran = run(parallel(slow("a", 0.4), slow("b", 0.2), slow("c", 0.4)))
    assert ran.status is Status.COMPLETED
    assert time.monotonic() - began < 0.8
    assert (ran.nodes[:3], sorted(ran.nodes[3:5]), ran.nodes[5:]) == (["start", "p", "b"], ["a", "c"], ["after"])


def test_each_branch_works_on_its_own_variables_and_their_changes_are_joined_in_order():
    ran = run(
        parallel(
            adds("one", 1),
            adds("two", 10),
            node("list", "AppendToArray", name="items", item="c"),
            node("word", "SetVariable", name="word", value="last"),
            more=[
                adds("one2", 100),
                node("list2", "AppendToArray", name="items", item="d"),
                "say: Log",
                reads(),
                "one > one2, list > list2, word > say, read.value > say.message",
            ],
            variables=[COUNT, variable("items", "Array", ["a"]), variable("word", "String", "first")],
        )
    )
    assert ran.status is Status.COMPLETED
    values = {name: ran.run.variables.get(name) for name in ("n", "items", "word")}
    assert values == {"n": 111, "items": ["a", "c", "d"], "word": "last"}
    assert ran.messages == ["0", "after"]  # what the others add is not seen in this branch


def test_all_branches_end_before_the_first_error_in_their_order_is_raised():
    ran = run(parallel(slow("a", 0.1), slow("b", 0.2, "bad"), throws("boom"), slow("d", 0.3)))
    assert (ran.status, ran.error.node_name) == (Status.FAILED, "b")
    assert {entry.node_name for entry in ran.errors} == {"b", "boom"}
    assert "d" in ran.nodes and "after" not in ran.nodes
    assert set(ran.error.roots) == {"1.0-1.0", "1.0-2.0"}


def test_error_of_a_branch_can_be_caught_around_them_all():
    whole = graph(
        "start: OnStart",
        "try: TryCatch",
        node("p", "Parallel", {"outputs": 2}),
        throws("boom"),
        *says("other", "caught", "finally"),
        "start > try, try.try > p, p.branch0 > boom, p.branch1 > other, try.catch > caught, try.finally > finally",
    )
    ran = run(whole)
    assert (ran.status, ran.messages) == (Status.COMPLETED, ["other", "caught", "finally"])


def test_values_of_the_branches_can_be_read_after_completed():
    ran = run(
        parallel(
            slow("a", 0.1, 2),
            slow("b", 0.05, 3),
            more=["sum: Concat", "a.value > sum.a, b.value > sum.b, sum.result > after.message"],
        )
    )
    assert ran.messages == ["23"]


def each(collection, *nodes, concurrency=5):
    loop = node("loop", "ParallelForEach", collection=collection, concurrency=concurrency)
    return graph("start: OnStart", loop, *nodes, "start > loop")


def test_parallel_for_each_gives_results_in_the_order_of_the_collection():
    body = [node("a", "Slow"), "after: Log", "loop.body > a, loop.item > a.seconds, loop.index > a.value"]
    ran = run(each([0.3, 0.1, 0.2], *body, "loop.completed > after, loop.results > after.message"))
    assert ran.messages == ['[{"value":0},{"value":1},{"value":2}]']


def test_parallel_for_each_runs_no_more_than_its_concurrency_at_once():
    began = time.monotonic()
    ran = run(each([0.1] * 6, node("a", "Slow", seconds=0.1), "loop.body > a", concurrency=2))
    assert ran.status is Status.COMPLETED
    assert 0.3 <= time.monotonic() - began < 0.9


def test_continue_ends_a_parallel_pass_and_break_is_an_error():
    whole = graph(
        "start: OnStart",
        node("loop", "ParallelForEach", collection=[1, 2, 3, 4]),
        "even: Branch",
        node("mod", "Modulo", b=2),
        node("zero", "Equal", b=0),
        "skip: Continue",
        adds(),
        "start > loop, loop.body > even, loop.index > mod.a, mod.result > zero.a, zero.result > even.condition",
        "even.true > skip, even.false > add",
        variables=[COUNT],
    )
    ran = run(whole)
    assert (ran.status, ran.run.variables.get("n")) == (Status.COMPLETED, 2)
    broken = run(each([1, 2], "out: Break", "loop.body > out"))
    assert (broken.status, broken.error.type) == (Status.FAILED, "NotInALoop")


def test_parallel_for_each_over_nothing_completes():
    body = [*says("a", "after"), "loop.body > a, loop.completed > after, loop.results > after.message"]
    ran = run(each([], *body))
    assert ran.messages == ["[]"]


def test_thousand_passes_with_few_at_once_take_linear_time():
    ran = run(each(list(range(1000)), "a: Log", "loop.body > a, loop.item > a.message", concurrency=10))
    assert (ran.status, len(ran.messages)) == (Status.COMPLETED, 1000)


def test_concurrency_outside_of_its_bounds_is_a_clear_error():
    for concurrency in (0, -1, 101):
        ran = run(each([1], *says("a"), "loop.body > a", concurrency=concurrency))
        assert (ran.status, ran.error.message) == (
            Status.FAILED,
            f"Concurrency is {concurrency}, not between 1 and 100.",
        )


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(4)), st.integers(0, 12))
def test_interrupted_branches_replay_to_the_same_end_whatever_order_they_took(order, written):
    branches = [slow(f"s{i}", 0.002 * place, i) for i, place in enumerate(order)]
    counts = [adds(f"a{i}", 10**i) for i in range(4)]
    whole = parallel(*branches, more=[*counts, *(f"s{i} > a{i}" for i in range(4))], variables=[COUNT])
    first = run(whole)
    second = run(whole, journal=journal_of(first.entries[:written]))
    assert first.status is second.status is Status.COMPLETED
    assert first.run.variables.get("n") == second.run.variables.get("n") == 1111
    done = {entry.key for entry in first.entries[:written] if entry.outcome}
    assert not done & {effect.removeprefix("e1-") for effect in second.host.effects}


# --- Waits ------------------------------------------------------------------------------------------------------------


def delayed(seconds=3600.0):
    return graph("start: OnStart", node("wait", "Delay", seconds=seconds), *says("after"), "start > wait, wait > after")


def test_delay_asks_to_go_on_at_a_moment_that_a_replay_reads_back():
    first = run(delayed())
    (asked,) = first.state.asked
    assert asked.due == pytest.approx(time.time() + 3600, abs=5)
    assert [entry.message[:11] for entry in first.entries][1:] == ["Waits until"]
    second = run(delayed(), journal=journal_of(first.entries))
    assert second.state.asked[0].due == asked.due
    assert second.entries == []


def test_delay_that_is_over_goes_on_and_the_log_shows_how_long_it_took():
    first = run(delayed(0.1))
    time.sleep(0.15)
    second = run(delayed(0.1), journal=journal_of(first.entries))
    assert second.status is Status.COMPLETED
    assert second.of("wait")[0].duration >= 0.1


@pytest.mark.parametrize("seconds", [-1, 1e9, 1e300])
def test_delay_that_is_no_time_is_a_clear_error(seconds):
    ran = run(delayed(seconds))
    assert (ran.status, ran.error.type) == (Status.FAILED, "ValueError")
    assert "not between 0 and 31,536,000 (365 days)" in ran.error.message


def test_wait_until_a_time_that_is_past_goes_on_at_once():
    whole = graph("start: OnStart", node("wait", "WaitUntil", time="2020-01-01T00:00:00Z"), "start > wait")
    assert run(whole).status is Status.COMPLETED


def test_loop_of_delays_waits_pass_by_pass_and_replays_none_of_them():
    whole = graph(
        "start: OnStart",
        node("loop", "ForRange", end=3),
        node("wait", "Delay", seconds=0.05),
        "start > loop, loop.body > wait",
    )
    ran = goes_on(run(whole))
    assert (ran.status, ran.nodes.count("wait")) == (Status.COMPLETED, 6)  # each says that it waits, and that it has
    replayed = run(whole, journal=journal_of(ran.entries[:-1]))
    assert (replayed.status, len(replayed.entries)) == (Status.COMPLETED, 1)


def listening():
    return graph(
        "start: OnStart",
        node("hook", "WaitForWebhook", timeoutS=60),
        *says("waiting", "received", "late"),
        "start > hook, hook.waiting > waiting, hook.url > waiting.message, hook.received > received",
        "hook.body > received.message, hook.timedOut > late",
    )


def test_wait_for_webhook_gives_its_address_first_and_then_listens():
    ran = run(listening())
    (asked,) = ran.state.asked
    assert ran.messages[0] == "http://localhost/1"
    assert isinstance(asked.request, Listen) and asked.fiber.place == "1"
    ran.run.answer(asked, {"body": "yes", "query": {}, "method": "POST"})
    assert ran.run.advance().status is Status.COMPLETED
    assert [e.message for e in ran.run.journal.take() if e.node_name == "received"] == ["yes"]


def test_wait_for_webhook_that_nobody_answers_goes_on_at_timed_out():
    ran = run(listening())
    ran.run.answer(ran.state.asked[0], None)
    assert ran.run.advance().status is Status.COMPLETED
    assert "late" in [entry.node_name for entry in ran.run.journal.take()]


# --- Retry ------------------------------------------------------------------------------------------------------------


def retried(*body, attempts=3, delay=0.01, **more):
    loop = node("again", "Retry", attempts=attempts, delayS=delay)
    wires = "start > again, again.body > add, again.succeeded > well, again.exhausted > bad"
    return graph("start: OnStart", loop, adds(), *body, *says("well", "bad"), wires, variables=[COUNT], **more)


def test_retry_runs_its_body_until_it_succeeds():
    whole = retried(
        "third: Branch",
        throws("boom"),
        node("less", "LessThan", b=3),
        reads(),
        "add > third, read.value > less.a, less.result > third.condition, third.true > boom",
    )
    ran = goes_on(run(whole))
    assert (ran.status, ran.run.variables.get("n")) == (Status.COMPLETED, 3)
    assert ran.messages[-1] == "well"


def test_retry_goes_on_at_exhausted_with_the_last_error_after_its_attempts():
    ran = goes_on(run(retried(throws("boom"), "add > boom, again.error > bad.message")))
    assert (ran.status, ran.run.variables.get("n")) == (Status.COMPLETED, 3)
    assert '"no such order"' in ran.messages[-1]


def test_pauses_of_retry_grow_and_are_read_back():
    whole = retried(throws("boom"), "add > boom", delay=600)
    first = run(whole)
    assert 600 <= first.state.asked[0].due - time.time() <= 721
    second = run(whole, journal=journal_of(first.entries))
    assert second.state.asked[0].due == first.state.asked[0].due
    assert second.host.effects == []


def test_break_leaves_the_retry_and_its_loop():
    whole = retried("out: Break", node("loop", "ForRange", end=5), "add > out")
    edges = [e for e in whole["edges"] if (e["source"], e["target"]) != ("start", "again")]
    loop = graph("start > loop, loop.body > again")["edges"]
    ran = run({**whole, "edges": [*edges, *({**e, "id": f"x{i}"} for i, e in enumerate(loop))]})
    assert (ran.status, ran.run.variables.get("n")) == (Status.COMPLETED, 1)


# --- Timeout ----------------------------------------------------------------------------------------------------------


def limited(seconds, *body, first="a"):
    wires = f"start > limit, limit.body > {first}, limit.completed > done, limit.timedOut > late"
    limit = node("limit", "Timeout", seconds=seconds)
    return graph("start: OnStart", limit, *body, *says("done", "late"), wires)


def test_body_that_ends_in_time_completes():
    assert run(limited(5, slow("a", 0.05))).messages == ["done"]


def test_effect_that_hangs_is_given_up_in_time():
    began = time.monotonic()
    ran = run(limited(0.2, slow("a", 1.5)))
    assert time.monotonic() - began < 1
    assert (ran.status, ran.messages) == (Status.COMPLETED, ["late"])
    assert left_behind() >= 1


def test_wait_within_a_timeout_is_given_up_when_its_time_is_over():
    first = run(limited(0.1, node("a", "Delay", seconds=100)))
    ran = goes_on(first) if isinstance(first.state, Ended) else late(first)
    assert ran.messages[-1] == "late"


def late(ran):
    state = ran.run.advance(time.time() + 0.15)
    return replace(ran, state=state, entries=[*ran.entries, *ran.run.journal.take()])


def test_loop_without_effects_is_stopped_by_the_timeout_around_it():
    body = [
        node("a", "ForRange", end=10**9),
        *says("x"),
        node("stop", "Stop", result="late"),
        "a.body > x, late > stop",
    ]
    ran = run(limited(0.2, *body), limits=Limits(seconds=20))
    assert (ran.status, ran.result) == (Status.COMPLETED, "late")


def test_try_within_does_not_catch_the_timeout_and_its_finally_runs():
    body = [
        "a: TryCatch",
        slow("hang", 2),
        *says("caught", "finally"),
        "a.try > hang, a.catch > caught, a.finally > finally",
    ]
    assert run(limited(0.2, *body)).messages == ["finally", "late"]


def test_outer_timeout_passes_through_an_inner_one():
    body = [
        node("a", "Timeout", seconds=50),
        slow("hang", 2),
        *says("inner"),
        "a.body > hang, a.timedOut > inner",
    ]
    assert run(limited(0.2, *body)).messages == ["late"]


def test_timeout_reaches_into_parallel_branches():
    body = [
        node("a", "Parallel", {"outputs": 2}),
        slow("hang", 2),
        slow("quick", 0.01),
        *says("inner"),
        "a.branch0 > hang, a.branch1 > quick, a.completed > inner",
    ]
    began = time.monotonic()
    assert run(limited(0.3, *body)).messages == ["late"]
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("written", range(1, 6))
def test_interrupted_timeout_fires_at_the_same_step_again(written):
    whole = limited(0.15, slow("a", 0.1), slow("b", 0.1), slow("c", 0.1), "a > b, b > c")
    first = run(whole)
    assert first.messages == ["late"]
    second = run(whole, journal=journal_of(first.entries[:written]))
    assert (second.status, second.messages[-1:]) == (Status.COMPLETED, ["late"])


# --- Effects in threads -----------------------------------------------------------------------------------------------


def test_run_ends_at_its_time_limit_although_an_effect_hangs():
    began = time.monotonic()
    ran = run(graph("start: OnStart", slow("a", 1.5), "start > a"), limits=Limits(seconds=0.2))
    assert time.monotonic() - began < 0.6
    assert (ran.status, ran.error.node_name) == (Status.TIMEOUT, "a")


def test_cancel_reaches_a_run_inside_an_effect():
    host = Host()
    Thread(target=lambda: (time.sleep(0.2), setattr(host, "status", Status.CANCELED))).start()
    began = time.monotonic()
    ran = run(graph("start: OnStart", slow("a", 1.5), "start > a"), host=host)
    assert time.monotonic() - began < 0.6
    assert ran.status is Status.CANCELED


def test_journal_is_written_right_after_every_effect():
    ran = run(graph("start: OnStart", slow("a", 0), slow("b", 0), "start > a, a > b"))
    assert ran.host.after == [1, 2]


def test_values_drawn_for_an_effect_are_noted_before_it():
    whole = graph("start: OnStart", "dice: Random", node("a", "Slow", seconds=0), "start > a, dice.result > a.value")
    ran = run(whole)
    assert [(entry.node_name, entry.key) for entry in ran.entries] == [("start", "0"), ("a", "1~drawn"), ("a", "1")]
    again = run(whole, journal=journal_of(ran.entries[:2]))
    assert again.result == ran.result


# --- Attempts of the whole run ----------------------------------------------------------------------------------------


def attempt_of(first: Ran, error: NodeError) -> Journal:
    """The journal that the next attempt reads."""
    known = {entry.key for entry in first.entries}
    void = undone(error.roots, known)
    return journal_of([entry for entry in first.entries if entry.key not in void])


def test_host_may_ask_for_another_attempt_before_on_error_runs():
    handler = graph("start: OnStart", throws("boom"), "error: OnError", *says("told"), "start > boom, error > told")
    asked = Again(NodeError("x"), 5)
    ran = run(handler, host=Host(verdict=asked))
    assert (ran.state, ran.messages) == (asked, [])
    assert run(handler, host=Host(verdict=Status.DEAD_LETTER)).status is Status.DEAD_LETTER


def test_further_attempt_goes_on_at_the_failed_step_and_repeats_nothing_else():
    whole = graph(
        "start: OnStart",
        slow("first", 0, 1),
        node("loop", "ForRange", end=2),
        slow("inner", 0, 2),
        slow("bad", 0, "bad"),
        "start > first, first > loop, loop.body > inner, loop.completed > bad",
    )
    first = run(whole)
    assert first.error.roots == ("2.2.0",)
    second = run(whole, journal=attempt_of(first, first.error))
    assert second.host.effects == ["e1-2.2.0"]


def test_further_attempt_of_a_failure_that_catch_raised_anew_goes_on_where_it_came_from():
    whole = graph(
        "start: OnStart",
        "try: TryCatch",
        slow("good", 0),
        slow("bad", 0, "bad"),
        slow("cleanup", 0),
        throws("again"),
        slow("finally", 0),
        "start > try, try.try > good, good > bad, try.catch > cleanup, cleanup > again, try.finally > finally",
    )
    first = run(whole)
    assert (first.error.node_name, first.error.roots) == ("again", ("1.0.1",))
    second = run(whole, journal=attempt_of(first, first.error))
    assert [key.removeprefix("e1-") for key in second.host.effects] == ["1.0.1", "1.1.0", "1.2.0"]


def test_further_attempt_of_branches_goes_on_at_every_one_that_failed():
    whole = parallel(slow("a", 0), slow("b", 0, "bad"), slow("c", 0), slow("d", 0, "bad"))
    first = run(whole)
    second = run(whole, journal=attempt_of(first, first.error))
    assert {key.removeprefix("e1-") for key in second.host.effects} == {"1.0-1.0", "1.0-3.0"}


def test_further_attempt_of_an_exhausted_retry_goes_on_with_its_last_body():
    whole = graph(
        "start: OnStart",
        node("again", "Retry", attempts=2, delayS=0.01),
        slow("good", 0),
        slow("bad", 0, "bad"),
        throws("out"),
        "start > again, again.body > good, good > bad, again.exhausted > out",
    )
    first = goes_on(run(whole))
    assert first.status is Status.FAILED
    second = run(whole, journal=attempt_of(first, first.error))
    assert len(second.host.effects) == 1  # the last body's bad one; its good one stays


@pytest.mark.parametrize(
    ("root", "again", "stays"),
    [
        ("3", {"3"}, {"2", "3~drawn", "3~wait"}),
        ("2.0.1", {"2.0.1", "2.1.0", "2.2.0.0.1"}, {"2", "2.0.0", "1", "2.0.0.5.1"}),
        ("2.0-1.0", {"2.0-1.0", "2.1.0"}, {"2.0-0.0", "2.0-2.0", "2.0-2.4.1"}),
        ("2.3.1!", {"2.3.1!", "2.4~wait"}, {"2.3.1", "2.2.1", "2.3~limit"}),
    ],
)
def test_what_a_further_attempt_does_again_is_the_failed_step_and_what_followed_from_it(root, again, stays):
    assert undone([root], {*again, *stays, "error.0"}) == {*again, "error.0"}


def test_journal_of_another_graph_fails_the_run_with_that_message():
    first = run(graph("start: OnStart", *says("a", "b"), "start > a, a > b"))
    other = run(graph("start: OnStart", *says("a", "c"), "start > a, a > c"), journal=journal_of(first.entries))
    assert (other.status, other.error.type) == (Status.FAILED, "JournalMismatch")
    assert "step 2 was node “b” when it was recorded, and is “c” now" in other.error.message


def test_new_flow_nodes_are_in_the_library_as_flow_nodes():
    for name in ("Delay", "WaitUntil", "WaitForWebhook", "Retry", "Parallel", "ParallelForEach", "Timeout"):
        assert get(name).kind == "flow"
        assert get(name).help
