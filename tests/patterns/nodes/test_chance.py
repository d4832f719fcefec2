import pytest

from patterns import registry
from tests.patterns.nodes.calling import call


def test_random_item_takes_each_item_sooner_or_later():
    taken = {call("RandomItem", ["a", "b", None]) for _ in range(500)}
    assert taken == {"a", "b", None}


def test_random_item_of_an_empty_list_is_null():
    assert call("RandomItem", []) is None


def test_shuffle_keeps_every_item_and_leaves_its_input_alone():
    items = [*range(1_000), {"a": 1}, [2]]
    before = list(items)
    shuffled = call("Shuffle", items)
    assert items == before
    assert shuffled != before
    assert sorted(map(str, shuffled)) == sorted(map(str, before))


@pytest.mark.parametrize("items", [[], [None]])
def test_shuffle_of_less_than_two_items_changes_nothing(items):
    assert call("Shuffle", items) == items


def test_shuffle_takes_a_million_items():
    assert len(call("Shuffle", [0] * 1_000_000)) == 1_000_000


@pytest.mark.parametrize("type_name", ["RandomItem", "Shuffle"])
def test_choice_by_chance_is_recorded_for_replays(type_name):
    assert registry.get(type_name).is_volatile
