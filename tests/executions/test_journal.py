"""The journal: keys, replay, and how values are written and cut."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragops_site.jsontext import MAX_WRITTEN_DEPTH
from executions.engine import Ended, Limits, Waiting
from executions.journal import Journal, Outcome, cut, dump, is_cut, loads, shown
from executions.status import Status
from patterns.context import NodeError
from patterns.pins import Interface
from patterns.values import equal
from tests.executions.programs import blocks, drawn
from tests.executions.running import Host, Ran, run
from tests.graphs import chain, graph, node, variable

LIMITS = Limits(steps=20_000, seconds=20)


def journal_of(entries, limit=10_000):
    """What a later worker reads of these entries from the database."""
    recorded = {entry.key: Outcome.load(entry.outcome.dump()) for entry in entries if entry.outcome}
    return Journal(recorded, {entry.key: entry.node_id for entry in entries}, limit, next_seq=len(entries) + 1)


def waits(ran):
    """What a run waits for."""
    assert isinstance(ran.state, Waiting), ran.state
    return ran.state.asked


def same_end(first: Ran, second: Ran) -> bool:
    ends = [
        (ran.status, ran.result, ran.error and (ran.error.message, ran.error.type, ran.error.node_id))
        for ran in (first, second)
    ]
    return ends[0] == ends[1]


# --- Keys and replay --------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(blocks(), st.none() | blocks())
def test_keys_are_unique_within_a_run_of_any_structure(statements, handler):
    ran = run(drawn(statements, handler), limits=LIMITS)
    keys = [entry.key for entry in ran.entries]
    assert len(set(keys)) == len(keys)
    assert [entry.seq for entry in ran.entries] == list(range(1, len(keys) + 1))


@settings(max_examples=100, deadline=None)
@given(blocks(), st.none() | blocks(), st.floats(0, 1))
def test_run_interrupted_anywhere_comes_to_the_same_end_and_repeats_no_recorded_effect(statements, handler, share):
    whole = drawn(statements, handler)
    first = run(whole, limits=LIMITS)
    written = first.entries[: round(share * len(first.entries))]
    second = run(whole, journal=journal_of(written), limits=LIMITS)
    assert same_end(first, second)
    assert [e.key for e in written + second.entries] == [e.key for e in first.entries]
    assert [e.seq for e in written + second.entries] == [e.seq for e in first.entries]
    done = sum(1 for entry in written if entry.outcome and entry.outcome.is_effect)
    assert second.host.responses == first.host.responses[done:]


def test_run_replayed_after_every_single_entry_comes_to_the_same_end():
    whole = graph(
        "start: OnStart",
        node("loop", "ForRange", end=3),
        "try: TryCatch",
        node("answer", "RespondToWebhook", body="ok"),
        node("bad", "RespondToWebhook", statusCode=42),
        node("add", "IncrementVariable", name="n"),
        node("get", "GetVariable", name="n"),
        "stop: Stop",
        "start > loop, loop.body > try, try.try > answer, answer > bad, try.catch > add, loop.completed > stop",
        "get.value > stop.result",
        variables=[variable("n", "Integer")],
    )
    first = run(whole)
    assert (first.status, first.result, len(first.host.responses)) == (Status.COMPLETED, 3, 3)
    for count in range(len(first.entries) + 1):
        assert same_end(first, run(whole, journal=journal_of(first.entries[:count])))


def test_volatile_values_come_back_in_a_replay():
    whole = graph(
        "start: OnStart",
        node("loop", "ForRange", end=3),
        node("add", "AppendToArray", name="all"),
        "dice: Random",
        node("get", "GetVariable", name="all"),
        "stop: Stop",
        "start > loop, loop.body > add, dice.result > add.item, loop.completed > stop, get.value > stop.result",
        variables=[variable("all", "Array")],
    )
    first = run(whole)
    for count in range(len(first.entries) + 1):
        replayed = run(whole, journal=journal_of(first.entries[:count])).result
        kept = sum(1 for entry in first.entries[:count] if entry.node_name == "add")
        assert replayed[:kept] == first.result[:kept]
        assert len(set(replayed)) == 3


def test_volatile_condition_of_a_loop_comes_back_pass_by_pass():
    whole = graph(
        "start: OnStart",
        "loop: While",
        "dice: Random",
        node("less", "LessThan", b=0.8),
        node("add", "IncrementVariable", name="n"),
        "start > loop, dice.result > less.a, less.result > loop.condition, loop.body > add",
        variables=[variable("n", "Integer")],
    )
    first = run(whole, limits=LIMITS)
    second = run(whole, journal=journal_of(first.entries), limits=LIMITS)
    assert second.run.variables.get("n") >= first.run.variables.get("n")


def test_effect_recorded_under_another_node_fails_the_run_with_that_message():
    first = run(chain("start: OnStart", node("answer", "RespondToWebhook")))
    other = chain("start: OnStart", node("reply", "RespondToWebhook"))
    ran = run(other, journal=journal_of(first.entries))
    assert (ran.status, ran.error.type, ran.host.responses) == (Status.FAILED, "JournalMismatch", [])
    assert ran.error.message == (
        "The journal does not match the plan: step 1 was node “answer” when it was recorded, and is “reply” now."
    )


def test_recorded_error_of_an_effect_is_raised_again_without_acting():
    whole = chain("start: OnStart", node("answer", "RespondToWebhook", statusCode=42))
    first = run(whole)
    second = run(whole, journal=journal_of(first.entries))
    assert first.status is Status.FAILED
    assert same_end(first, second)
    assert second.host.effects == []


def test_step_id_is_the_same_in_a_replay():
    whole = chain("start: OnStart", node("a", "RespondToWebhook"), node("b", "RespondToWebhook"))
    first = run(whole)
    second = run(whole, journal=journal_of(first.entries[:2]))
    assert second.host.effects == first.host.effects[1:] == ["e1-2"]


CALLEE = Interface.from_dict({"name": "Callee", "inputs": [], "outputs": [{"name": "Out", "type": "Any"}]})


def calling():
    return chain("start: OnStart", node("call", "CallPattern", {"pattern": "p2"}), node("after", "Log", message="x"))


def test_call_waits_for_its_answer_and_goes_on_with_it():
    first = run(calling(), interfaces={"p2": CALLEE})
    (asked,) = waits(first)
    assert (asked.request.pattern_id, asked.key, asked.node_id) == ("p2", "1", "call")
    first.run.answer(asked, Outcome("call", {"out": 1, "executionId": "e2"}, is_effect=True))
    assert first.run.advance() == Ended(Status.COMPLETED, {"out": 1, "executionId": "e2"})


def test_recorded_call_is_not_made_again():
    first = run(calling(), interfaces={"p2": CALLEE})
    first.run.answer(*waits(first), Outcome("call", {"out": 1, "executionId": "e2"}, is_effect=True))
    first.run.advance()
    entries = [*first.entries, *first.run.journal.take()]
    assert run(calling(), interfaces={"p2": CALLEE}, journal=journal_of(entries)).status is Status.COMPLETED


def test_answer_that_no_journal_can_hold_fails_the_call_and_not_the_machine():
    first = run(calling(), interfaces={"p2": CALLEE})
    first.run.answer(*waits(first), Outcome("call", {"out": nested(2000)}, is_effect=True))
    ended = first.run.advance()
    assert (ended.status, ended.error.type, ended.error.node_id) == (Status.FAILED, "NotRecordable", "call")
    for entry in first.run.journal.take():
        assert not entry.outcome or entry.outcome.dump()


def test_replay_of_a_full_journal_counts_no_entry_twice():
    whole = graph(
        "start: OnStart",
        node("loop", "ForRange", end=100),
        node("add", "IncrementVariable", name="n"),
        "start > loop, loop.body > add",
        variables=[variable("n", "Integer")],
    )
    first = run(whole, journal=Journal(limit=10))
    second = run(whole, journal=journal_of(first.entries, limit=10))
    assert (first.run.journal.dropped, second.run.journal.dropped) == (92, 92)


def test_full_journal_keeps_effects_and_volatile_values():
    whole = graph(
        "start: OnStart",
        node("loop", "ForRange", end=20),
        node("answer", "RespondToWebhook"),
        node("add", "IncrementVariable", name="n"),
        "start > loop, loop.body > answer, answer > add",
        variables=[variable("n", "Integer")],
    )
    first = run(whole, journal=Journal(limit=5))
    assert len(first.of("answer")) == 20
    second = run(whole, journal=journal_of(first.entries, limit=5))
    assert second.host.responses == []


def test_end_of_a_full_journal_says_how_much_it_does_not_show():
    journal = Journal(limit=2)
    journal.dropped = 12_345
    journal.note_dropped(run(graph("start: OnStart")).run.plan.start)
    entry = journal.take()[0]
    assert entry.message.startswith("12,345 more steps are not shown: the log keeps 2 entries")
    assert entry.level == "warning"


# --- Values as text ---------------------------------------------------------------------------------------------------


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=10)
    | st.sampled_from(["\x00", "\ud800", "\udfff\ud800", "$binary", "$cut"])
    | st.binary(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["$binary", "$cut", "a", "\x00", "\ud800"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(json_values)
def test_value_comes_back_as_it_was_written(value):
    assert equal(loads(dump(value)), value)


@pytest.mark.parametrize(
    "value",
    [
        {"$binary": "aGk="},
        {"$binary": "not base 64"},
        {"$binary": "a"},
        {"$binary": "ü"},
        {"$binary": None},
        {"$binary": [b"x"]},
        {"$binary": {"$binary": "aGk="}},
        [{"$binary": b"bytes"}, b"", {"a": b"\xff"}],
        {"$binary": "aGk=", "more": 1},
        {"$cut": {"type": "String", "size": 1, "start": ""}},
        10**300,
        "\ud800\x00",
    ],
)
def test_hostile_value_comes_back_as_it_was_written(value):
    assert equal(loads(dump(value)), value)


@pytest.mark.parametrize("text", ['{"$binary":"a"}', '{"$binary":"é"}', '{"$binary":7}', '{"$binary":["a","b"]}'])
def test_foreign_text_that_looks_like_bytes_is_read_as_it_stands(text):
    assert loads(text) == json.loads(text)


def test_value_too_deep_to_be_read_again_is_refused_when_it_is_written():
    for depth in (MAX_WRITTEN_DEPTH + 1, 900, 100_000):
        with pytest.raises(ValueError, match="nested too deeply"):
            dump(nested(depth))
    with pytest.raises(ValueError, match="nested too deeply"):
        dump([nested(900), {"$binary": "x"}, "\ud800"])


def test_outcome_comes_back_whole():
    outcome = Outcome("n1", {"a": b"\x00"}, NodeError("late", "Busy", True), True, {"1~r": 0.5})
    back = Outcome.load(outcome.dump())
    assert (back.node_id, back.result, back.is_effect, back.volatile) == ("n1", {"a": b"\x00"}, True, {"1~r": 0.5})
    assert (back.error.message, back.error.type, back.error.retryable) == ("late", "Busy", True)


def test_value_of_50_megabytes_is_cut_to_its_beginning_and_says_its_size():
    big = "x" * 50_000_000
    text = shown({"message": big, "level": "info"}, 64_000)
    assert len(text) < 3_000
    found = json.loads(text)
    assert found["level"] == "info"
    assert found["message"]["$cut"] == {"type": "String", "size": 50_000_002, "start": "x" * 2_000}


def test_value_far_over_the_limit_is_cut_without_being_written_out():
    value = ["first"]
    for _ in range(40):
        value = [value, value]
    mark = json.loads(shown({"x": value}, 64_000))["x"]["$cut"]
    assert (mark["type"], mark["size"]) == ("Array", None)
    assert mark["start"].startswith("[[[[") and len(mark["start"]) == 2_000
    assert is_cut(cut(value, 10_000_000))


def test_effect_whose_result_is_far_too_large_cannot_be_recorded():
    value = ["x" * 1_000_000] * 1_000
    with pytest.raises(ValueError, match="too large"):
        Outcome("n1", value, is_effect=True).dump()


def test_journal_holds_the_beginning_alone_of_a_long_value_until_it_is_written():
    journal = Journal()
    ran = run(chain("start: OnStart", node("log", "Log", message="x" * 1_000_000)), journal=journal)
    entry = next(entry for entry in ran.entries if entry.node_id == "log")
    assert is_cut(entry.inputs["message"])
    assert len(entry.message) == 10_000


def test_value_under_the_limit_is_shown_whole_beside_one_that_is_cut():
    found = json.loads(shown({"a": [1, 2], "b": list(range(1000))}, 100))
    assert found["a"] == [1, 2]
    assert found["b"]["$cut"]["type"] == "Array"
    assert found["b"]["$cut"]["start"].startswith("[0,1,2")


def test_value_that_json_cannot_hold_is_shown_by_its_type():
    found = json.loads(shown({"deep": nested(5000)}, 64_000))
    assert found == {"deep": {"$cut": {"type": "Array", "size": None, "start": ""}}}


def test_pins_without_values_take_no_text():
    assert shown({}, 10) == ""


def test_mark_of_a_cut_value_is_told_from_a_value():
    assert is_cut(cut("x" * 100, 10))
    assert not is_cut(cut("x" * 100, 1000))
    assert not is_cut({"$cut": 1})


def test_interrupted_run_goes_on_under_a_host_that_wrote_nothing():
    assert same_end(run(calling_nothing()), run(calling_nothing(), journal=journal_of([]), host=Host()))


def calling_nothing():
    return chain("start: OnStart", node("stop", "Stop", result=[1]))
