import time

import pytest

from executions.journal import Journal
from patterns.context import Environment, NodeError
from tests.executions import running
from tests.graphs import graph, node
from tests.patterns.nodes.calling import Run, call


def test_a_variable_starts_with_its_default_and_keeps_what_is_set():
    run = Run(total=("Integer", 7))
    assert call("GetVariable", "total", run=run) == 7
    assert call("SetVariable", "total", "42", run=run) == 42
    assert call("GetVariable", "total", run=run) == 42


def test_set_variable_refuses_a_value_of_another_type():
    with pytest.raises(ValueError, match="not an Integer"):
        call("SetVariable", "total", "abc", run=Run(total=("Integer", 0)))


@pytest.mark.parametrize("type_name", ["GetVariable", "IncrementVariable"])
def test_an_unknown_variable_is_named_with_those_there_are(type_name):
    with pytest.raises(NodeError, match=r"“totl”.*total"):
        call(type_name, "totl", run=Run(total=("Integer", 0)))


@pytest.mark.parametrize(
    ("kind", "start", "amount", "result"),
    [("Integer", 3, 2, 5), ("Integer", 3, -4, -1), ("Float", 0.5, 1, 1.5), ("String", "3", 1, 4)],
)
def test_increment_variable_adds_and_gives_the_new_value(kind, start, amount, result):
    run = Run(total=(kind, start))
    assert call("IncrementVariable", "total", amount, run=run) == result


@pytest.mark.parametrize(("kind", "start"), [("Integer", 3), ("Float", 1.7e308), ("Object", {})])
def test_increment_variable_refuses_what_the_variable_cannot_hold(kind, start):
    amount = 1.7e308 if kind == "Float" else 0.5
    with pytest.raises(ValueError, match=r"not an Integer|too large|not a Float"):
        call("IncrementVariable", "total", amount, run=Run(total=(kind, start)))


def test_appending_changes_no_array_that_was_read_before():
    run = Run(items=("Array", [1]))
    before = call("GetVariable", "items", run=run)
    call("AppendToArray", "items", 2, run=run)
    call("AppendToArray", "items", None, run=run)
    assert (before, call("GetVariable", "items", run=run)) == ([1], [1, 2, None])


def test_append_to_string_adds_texts_between_reads_and_sets():
    run = Run(text=("String", "a"))
    call("AppendToString", "text", "b", run=run)
    assert call("GetVariable", "text", run=run) == "ab"
    call("AppendToString", "text", "ç", run=run)
    call("AppendToString", "text", "", run=run)
    assert call("GetVariable", "text", run=run) == "abç"
    call("AppendToString", "text", "lost", run=run)
    call("SetVariable", "text", "new", run=run)
    assert call("GetVariable", "text", run=run) == "new"


@pytest.mark.parametrize(("type_name", "item"), [("AppendToArray", 1), ("AppendToString", "x" * 40)])
def test_appending_takes_linear_time(type_name, item):
    run = Run(kept=("Array" if type_name == "AppendToArray" else "String", None))
    start = time.process_time()
    for _ in range(200_000):
        call(type_name, "kept", item, run=run)
    assert time.process_time() - start < 5


def test_append_to_string_stops_at_the_limit_of_texts():
    run = Run(text=("String", ""))
    call("AppendToString", "text", "x" * 9_999_999, run=run)
    with pytest.raises(ValueError, match="10,000,000 characters"):
        call("AppendToString", "text", "xx", run=run)


@pytest.mark.parametrize(("type_name", "kind"), [("AppendToArray", "String"), ("AppendToString", "Array")])
def test_appending_refuses_a_variable_of_another_type(type_name, kind):
    with pytest.raises((ValueError, NodeError), match=r"not an Array|not String"):
        call(type_name, "kept", "x", run=Run(kept=(kind, None)))


# --- The environment --------------------------------------------------------------------------------------------------
class _Closed(dict[str, str]):
    """Secrets, of which nobody has asked to see any but those that are opened."""

    def __getitem__(self, name: str) -> str:
        raise NodeError(f"Name: the secret “{name}” cannot be opened.", "SecretClosed")


def _in(environment: Environment) -> Run:
    run = Run()
    run.environment = environment
    return run


def test_environment_and_secrets_are_read_by_name():
    run = _in(Environment("staging", {"API": "https://a.example", "EMPTY": ""}, {"KEY": "hush hush"}))
    assert call("GetEnvironment", "API", run=run) == "https://a.example"
    assert call("GetEnvironment", "EMPTY", run=run) == ""
    assert call("GetSecret", "KEY", run=run) == "hush hush"


@pytest.mark.parametrize(
    ("type_name", "name", "kind", "said"),
    [
        ("GetEnvironment", "APi", "UnknownVariable", "“staging” is named “APi”. Known: API, B. Add it"),
        ("GetSecret", "KEy", "UnknownSecret", "“staging” is named “KEy”. Known: KEY. Add it"),
        ("GetEnvironment", "KEY", "UnknownVariable", "“KEY” is no variable. Read it with Get Secret."),
        ("GetSecret", "API", "UnknownSecret", "“API” is no secret. Read it with Get Environment."),
    ],
)
def test_an_unknown_name_is_told_with_those_there_are_and_no_value(type_name, name, kind, said):
    run = _in(Environment("staging", {"B": "value b", "API": "value a"}, {"KEY": "hush hush"}))
    with pytest.raises(NodeError) as failed:
        call(type_name, name, run=run)
    assert failed.value.message.startswith("Name: ") and said in failed.value.message
    assert failed.value.type == kind
    assert "value" not in failed.value.message.replace("Value", "") and "hush" not in failed.value.message


@pytest.mark.parametrize("type_name", ["GetEnvironment", "GetSecret"])
def test_without_an_environment_it_is_said_how_to_have_one(type_name):
    with pytest.raises(NodeError, match=r"Name: .*“API”, as there is no environment\. Create one"):
        call(type_name, "API", run=_in(Environment()))


def test_a_long_list_of_names_is_cut():
    run = _in(Environment("staging", {f"VARIABLE_{n}": "" for n in range(500)}))
    with pytest.raises(NodeError) as failed:
        call("GetEnvironment", "x" * 5_000, run=run)
    assert len(failed.value.message) < 400 and "…" in failed.value.message


def test_a_secret_that_cannot_be_opened_fails_by_its_name():
    with pytest.raises(NodeError, match="“KEY” cannot be opened"):
        call("GetSecret", "KEY", run=_in(Environment("staging", {}, _Closed(KEY=""))))


def _read(node_type, value, journal=None):
    drawn = graph(
        "start: OnStart", node("get", node_type, name="A"), "end: Stop", "start > end, get.value > end.result"
    )
    given = Environment("staging", {"A": value}, {"A": value})
    return running.run(drawn, journal=journal, host=running.Host(given=given))


@pytest.mark.parametrize(("node_type", "replayed"), [("GetEnvironment", "before"), ("GetSecret", "after")])
def test_a_replay_reads_the_environment_as_it_was_and_secrets_anew(node_type, replayed):
    first = _read(node_type, "before")
    recorded = {entry.key: entry.outcome for entry in first.entries if entry.outcome}
    assert ("before" in str(recorded)) is (node_type == "GetEnvironment")
    again = _read(node_type, "after", Journal(recorded, {entry.key: entry.node_id for entry in first.entries}))
    assert (first.result, again.result) == ("before", replayed)
