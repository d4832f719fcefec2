"""Running the live version by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from deployments.actions import deploy, execute, pause, rollback, undeploy
from deployments.models import Deployment
from dragops_site.errors import Invalid, NotDeployed, PatternNotFound, Paused
from executions.models import Execution
from patterns.actions import save_pattern
from patterns.models import Pattern
from tests.patterns.graphs import started_by_hand, started_by_webhook

pytestmark = pytest.mark.django_db
Deployed = Callable[..., Pattern]


def _deployment(pattern: Pattern) -> Deployment:
    return Deployment.objects.get(pk=pattern.pk)


def test_execute_starts_the_live_version_and_not_the_draft(deployed: Deployed, operator: Any, editor: Any) -> None:
    pattern = deployed(started_by_hand())
    Deployment.objects.update(time_limit_s=7)
    save_pattern(pattern.pk, 1, graph=started_by_webhook())
    run = Execution.objects.get(pk=execute(_deployment(pattern), {"a": "\x00\ud800"}, operator).pk)
    assert (run.pattern, run.version_number, run.snapshot.graph) == (pattern, 1, started_by_hand())
    assert (run.mode, run.trigger, run.started_by, run.status) == ("live", "manual", operator, "queued")
    assert (run.event, run.time_limit_s, run.awaited) == ({"a": "\x00\ud800"}, 7, False)


def test_execute_runs_the_version_that_was_rolled_back_to(deployed: Deployed, editor: Any) -> None:
    pattern = deployed(started_by_hand())
    deploy(pattern, editor)
    rollback(_deployment(pattern), 1, editor)
    assert execute(_deployment(pattern), None, editor).version_number == 1


def test_execute_without_an_event_has_an_empty_one(deployed: Deployed, editor: Any) -> None:
    run = execute(_deployment(deployed(started_by_hand())), None, editor, awaited=True)
    assert (run.event, run.awaited) == ({}, True)


def test_execute_refuses_while_it_is_paused_or_undeployed(deployed: Deployed, editor: Any) -> None:
    pattern = deployed(started_by_hand())
    read_before = _deployment(pattern)
    pause(read_before, editor)
    with pytest.raises(Paused):
        execute(read_before, {}, editor)
    undeploy(pattern, editor)
    with pytest.raises(NotDeployed):
        execute(read_before, {}, editor)
    Pattern.objects.all().delete()
    with pytest.raises(PatternNotFound):
        execute(read_before, {}, editor)
    assert not Execution.objects.exists()


def _nested(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "event", [[], "text", 5, True, {"a": {1, 2}}, _nested(5_000), {"a": "x" * 10_000_000}], ids=range(7)
)
def test_execute_refuses_an_event_that_is_no_object_or_cannot_be_stored(
    deployed: Deployed, editor: Any, event: Any
) -> None:
    with pytest.raises(Invalid):
        execute(_deployment(deployed(started_by_hand())), event, editor)
    assert not Execution.objects.exists()
