"""The engine alone: whatever a program does, and wherever it is interrupted, it comes to the same end."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from executions.engine import Limits
from executions.journal import Journal, Outcome
from tests.executions.programs import Statement, branching_blocks, drawn
from tests.executions.running import Ran, run

LIMITS = Limits(steps=20_000, seconds=20)
INTERRUPTIONS = st.lists(st.floats(0, 1), min_size=1, max_size=4)
Block = list[Statement]


def journal_of(entries) -> Journal:
    """What a later worker reads of these entries from the database."""
    recorded = {entry.key: Outcome.load(entry.outcome.dump()) for entry in entries if entry.outcome}
    return Journal(recorded, {entry.key: entry.node_id for entry in entries}, next_seq=len(entries) + 1)


def end_of(ran: Ran) -> tuple:
    error = ran.error and (ran.error.message, ran.error.type, ran.error.node_id, ran.error.roots)
    return ran.status, ran.result, error, ran.run.variables.get("n")


def done_in(entries) -> set[str]:
    return {f"e1-{entry.key}" for entry in entries if entry.outcome and entry.outcome.is_effect}


@settings(max_examples=300, deadline=None)
@given(branching_blocks(), st.none() | branching_blocks(), INTERRUPTIONS)
def test_run_interrupted_again_and_again_ends_as_if_it_had_not_been(statements: Block, handler: Block | None, shares):
    whole = drawn(statements, handler)
    first = run(whole, limits=LIMITS)
    written, last = [], first
    for share in shares:
        before = done_in(written)
        last = run(whole, journal=journal_of(written), limits=LIMITS)
        assert not before & set(last.host.effects), "a recorded effect was repeated"
        written += last.entries[: round(share * len(last.entries))]
    last = run(whole, journal=journal_of(written), limits=LIMITS)
    log = written + last.entries
    assert end_of(last) == end_of(first)
    assert Counter(entry.key for entry in log) == Counter(entry.key for entry in first.entries)
    assert [entry.seq for entry in log] == list(range(1, len(log) + 1))
    assert Counter(last.host.effects) == Counter(first.host.effects) - Counter(done_in(written))


@settings(max_examples=300, deadline=None)
@given(branching_blocks(), st.none() | branching_blocks())
def test_keys_are_unique_within_a_run_of_any_structure(statements: Block, handler: Block | None):
    keys = [entry.key for entry in run(drawn(statements, handler), limits=LIMITS).entries]
    assert len(set(keys)) == len(keys)
