"""What Call Pattern learns of the pattern that it calls."""

from typing import Any
from uuid import uuid4

import pytest

from deployments.actions import deploy, pause, rollback, undeploy
from deployments.callees import interfaces, live_version
from patterns.actions import create_pattern, save_pattern
from patterns.context import NodeError
from patterns.models import Pattern
from tests.patterns.graphs import callable_pattern, started_by_hand

pytestmark = pytest.mark.django_db


@pytest.fixture
def callee(editor: Any) -> Pattern:
    """A pattern whose version 1 takes A, and whose draft takes A and B."""
    pattern = create_pattern(editor, "Callee", graph=callable_pattern("A"))
    deploy(pattern, editor)
    return save_pattern(pattern.pk, 1, graph=callable_pattern("A", "B"))


def _inputs(pattern: Pattern) -> list[str]:
    return [pin.name for pin in interfaces([str(pattern.pk)])[str(pattern.pk)].inputs]


def test_interface_is_that_of_the_live_version(callee: Pattern, editor: Any) -> None:
    assert _inputs(callee) == ["a"]
    pause(callee.deployment, editor)
    assert _inputs(callee) == ["a"]


def test_interface_is_that_of_the_draft_when_it_is_not_deployed(callee: Pattern, editor: Any) -> None:
    undeploy(callee, editor)
    assert _inputs(callee) == ["a", "b"]
    assert _inputs(create_pattern(editor, "Draft", graph=callable_pattern("C"))) == ["c"]


def test_interfaces_leave_out_what_cannot_be_called(callee: Pattern, editor: Any) -> None:
    by_hand = create_pattern(editor, "By hand", graph=started_by_hand())
    broken = create_pattern(editor, "Broken", graph={"nodes": [5], "edges": []})
    asked = [str(by_hand.pk), str(broken.pk), str(uuid4()), "", "no id", "\x00", str(callee.pk).upper()]
    assert list(interfaces(asked)) == [str(callee.pk).upper()]


def test_interfaces_of_many_take_one_query(callee: Pattern, editor: Any, django_assert_num_queries: Any) -> None:
    patterns = [callee, *(create_pattern(editor, str(number), graph=callable_pattern("A")) for number in range(5))]
    with django_assert_num_queries(1):
        assert len(interfaces([str(pattern.pk) for pattern in patterns])) == 6


def test_live_version_is_what_a_call_runs(callee: Pattern, editor: Any, django_assert_num_queries: Any) -> None:
    second = deploy(callee, editor)
    with django_assert_num_queries(1):
        found = live_version(str(callee.pk))
    assert (found.pattern_id, found.snapshot_id) == (callee.pk, second.snapshot_id)
    assert (found.version_number, found.time_limit_s) == (2, 300)
    rollback(callee.deployment, 1, editor)
    assert live_version(str(callee.pk)).version_number == 1


def _refusal(pattern_id: object) -> str:
    with pytest.raises(NodeError) as raised:
        live_version(str(pattern_id))
    return raised.value.type


def test_live_version_names_why_a_pattern_cannot_be_called(callee: Pattern, editor: Any) -> None:
    by_hand = create_pattern(editor, "By hand", graph=started_by_hand())
    assert _refusal(by_hand.pk) == "PatternNotDeployed"
    deploy(by_hand, editor)
    assert _refusal(by_hand.pk) == "PatternNotCallable"
    pause(callee.deployment, editor)
    assert _refusal(callee.pk) == "PatternPaused"
    undeploy(callee, editor)
    assert _refusal(callee.pk) == "PatternNotDeployed"


@pytest.mark.parametrize("pattern_id", [uuid4(), "", "no id", "\x00", "\ud800"])
def test_live_version_names_a_pattern_that_is_not_there(pattern_id: object) -> None:
    assert _refusal(pattern_id) == "PatternNotFound"
