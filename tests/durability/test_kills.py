"""A little of the suite, and that it would notice: the whole of it is `python -m tests.durability`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.durability.campaign import Campaign, Prepared
from tests.durability.patterns import KINDS
from tests.durability.sabotage import WAYS
from tests.durability.server import RecordingServer
from tests.durability.workers import Nursery

Prepare = Callable[..., Prepared]


@pytest.fixture
def prepare(process_env: dict[str, str], valkey: Any) -> Iterator[Prepare]:
    """prepare(kind, sabotage) -> a kind of pattern, with workers that are healthy, or broken on purpose."""
    server = RecordingServer()
    with ExitStack() as stack:

        def make(name: str, sabotage: str = "") -> Prepared:
            nursery = stack.enter_context(Nursery({**process_env, "SABOTAGE": sabotage}))
            return Campaign(server, nursery).prepare(next(kind for kind in KINDS if kind.name == name))

        yield make
    server.close()


@pytest.mark.parametrize("name", ["chain", "parallel"])
def test_run_whose_worker_is_killed_at_every_step_or_in_every_effect_loses_and_repeats_nothing(prepare, name) -> None:
    prepared = prepare(name)
    tallies = [prepared.disturb(plan) for plan in prepared.kills_in_turn([])]
    assert all(tally.is_clean for tally in tallies), tallies
    assert min(tally.kills for tally in tallies) > 2


@pytest.mark.parametrize(
    ("sabotage", "column"),
    [
        ("forget_answers", "effects_repeated"),
        ("draw_again", "effects_altered"),
        ("forget_the_journal", "effects_repeated"),
        ("lose_what_workers_held", "falsely_ended"),
    ],
)
def test_suite_notices_a_product_that_is_broken_on_purpose(prepare, sabotage, column) -> None:
    assert sabotage in WAYS
    prepared = prepare("chain", sabotage)
    tallies = [prepared.disturb(plan) for plan in prepared.kills_in_turn([])]
    assert sum(getattr(tally, column) for tally in tallies) > 0
    assert not all(tally.is_clean for tally in tallies)
