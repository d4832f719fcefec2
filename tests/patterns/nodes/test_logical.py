import pytest

from tests.patterns.nodes.calling import call


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [(True, True, True, True), (True, False, False, True), (False, True, False, True), (False, False, False, False)],
)
def test_and_and_or_follow_their_table(a, b, both, either):
    assert (call("And", a, b), call("Or", a, b)) == (both, either)


def test_not_turns_its_value_round():
    assert (call("Not", True), call("Not", False)) == (False, True)


@pytest.mark.parametrize(("condition", "result"), [(True, "yes"), (False, None)])
def test_select_takes_one_of_two_values(condition, result):
    assert call("Select", condition, "yes", None) == result


@pytest.mark.parametrize(
    ("a", "b", "result"), [(None, 1, 1), (0, 1, 0), ("", 1, ""), (False, 1, False), (None, None, None)]
)
def test_coalesce_takes_the_first_that_is_not_null(a, b, result):
    assert call("Coalesce", a, b) == result
