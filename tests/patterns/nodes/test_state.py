"""The nodes on state, with a state that lives as long as the test."""

import pytest

from executions.journal import Journal
from patterns.context import NodeError
from patterns.state import KEY_LENGTH, VALUE_LENGTH
from tests.executions.running import Host
from tests.executions.running import run as run_graph
from tests.graphs import chain, node
from tests.patterns.nodes.calling import Memory, Run, call


def run_with(**kept):
    run = Run()
    run.state = Memory(**kept)
    return run


def test_get_state_returns_what_is_kept():
    assert call("GetState", "orders", run=run_with(orders=[1, {"a": None}])) == [1, {"a": None}]


def test_get_state_returns_the_default_when_nothing_is_kept():
    assert call("GetState", "orders", 7, run=run_with()) == 7
    assert call("GetState", "orders", run=run_with()) is None


def test_get_state_returns_null_that_was_kept_and_not_the_default():
    assert call("GetState", "orders", 7, run=run_with(orders=None)) is None


def test_set_state_keeps_and_returns_the_value():
    run = run_with()
    assert call("SetState", "last", {"id": 17}, run=run) == {"id": 17}
    assert run.state.kept == {"last": {"id": 17}}


def test_delete_state_returns_what_was_kept_and_null_the_second_time():
    run = run_with(token="abc")
    assert call("DeleteState", "token", run=run) == "abc"
    assert call("DeleteState", "token", run=run) is None


@pytest.mark.parametrize(
    ("kept", "amount", "total"),
    [
        (3, 2, 5),
        (3, -5, -2),
        (0.5, 1, 1.5),
        (2**70, 1, 2**70 + 1),
        (-(10**300), -1, -(10**300) - 1),
        (1, 0, 1),
    ],
)
def test_increment_state_adds_exactly(kept, amount, total):
    new = call("IncrementState", "n", amount, run=run_with(n=kept))
    assert (new, type(new)) == (total, type(total))


def test_increment_state_counts_from_zero():
    run = run_with()
    assert [call("IncrementState", "n", run=run) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("kept", ["5", True, None, [], {}, b"5"])
def test_increment_state_refuses_what_is_no_number(kept):
    with pytest.raises(ValueError, match=r"Key “n” holds .* which is not a number"):
        call("IncrementState", "n", run=run_with(n=kept))


@pytest.mark.parametrize(("kept", "amount"), [(1.7e308, 1.7e308), (10**308 * 17 // 10, 10**308), (10**309, 0.5)])
def test_increment_state_refuses_a_total_that_is_too_large(kept, amount):
    with pytest.raises(ValueError, match="New Value of Key “n” would be too large"):
        call("IncrementState", "n", amount, run=run_with(n=kept))


# --- Keys, values, times ----------------------------------------------------------------------------------------------

NODES = ["GetState", "SetState", "IncrementState", "DeleteState"]


def inputs(node_type, key):
    return (key, 1) if node_type == "SetState" else (key,)


@pytest.mark.parametrize("node_type", NODES)
@pytest.mark.parametrize("key", ["", "k" * (KEY_LENGTH + 1), "k" * 10_000_000])
def test_every_node_refuses_a_key_that_is_empty_or_too_long(node_type, key):
    with pytest.raises(ValueError, match=r"^Key must have between 1 and 200 characters") as refused:
        call(node_type, *inputs(node_type, key))
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("node_type", NODES)
@pytest.mark.parametrize("key", ["a\x00b", "\ud800"])
def test_every_node_refuses_a_key_that_not_every_database_takes(node_type, key):
    with pytest.raises(ValueError, match=r"^Key .* holds a NUL character or half of a surrogate pair"):
        call(node_type, *inputs(node_type, key))


@pytest.mark.parametrize("node_type", NODES)
@pytest.mark.parametrize("key", ["k" * KEY_LENGTH, "schlüssel 🔑", r"a\x00b", "a\nb", " ", "'; DROP TABLE"])
def test_every_node_takes_any_other_key(node_type, key):
    call(node_type, *inputs(node_type, key))


def doubled(times):
    value = ["x"]
    for _ in range(times):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    "value",
    ["x" * VALUE_LENGTH, "\x00" * (VALUE_LENGTH // 6 + 1), [1] * VALUE_LENGTH, doubled(60), b"x" * VALUE_LENGTH],
)
def test_set_state_refuses_a_value_that_is_too_large(value):
    with pytest.raises(ValueError, match=r"^Value is too large: as JSON it may have 1,000,000 characters"):
        call("SetState", "k", value)


def test_set_state_refuses_a_value_that_json_cannot_hold():
    deep = []
    for _ in range(1_000):
        deep = [deep]
    with pytest.raises(ValueError, match=r"^Value cannot be kept: .*nested too deeply"):
        call("SetState", "k", deep)


def test_set_state_takes_a_value_of_the_largest_size():
    value = "x" * (VALUE_LENGTH - 2)
    assert call("SetState", "k", value) == value


@pytest.mark.parametrize("seconds", [-1, 1e12, 10**400, float("nan")])
@pytest.mark.parametrize("node_type", ["SetState", "IncrementState"])
def test_expiry_is_refused_outside_of_its_bounds(node_type, seconds):
    with pytest.raises(ValueError, match=r"^Expires After \(s\) must be between 0 \(never\) and"):
        call(node_type, "k", 1, seconds)


# --- In a graph -------------------------------------------------------------------------------------------------------


def test_error_of_a_state_node_is_caught_like_any_other():

    ran = run_graph(chain("start: OnStart", node("count", "IncrementState", key="")))
    assert (ran.error.node_name, ran.error.type) == ("count", "ValueError")
    assert isinstance(ran.error, NodeError)


def test_state_that_was_read_is_read_back_by_a_replay():

    host = Host(kept=Memory(n=1))
    graph = chain("start: OnStart", node("get", "GetState", key="n"))
    first = run_graph(graph, host=host)
    host.kept.kept["n"] = 2
    recorded = {entry.key: entry.outcome for entry in first.entries if entry.outcome}
    assert run_graph(graph, host=host, journal=Journal(recorded)).result == first.result == {"value": 1}
