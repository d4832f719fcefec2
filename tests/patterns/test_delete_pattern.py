"""Deleting a pattern takes its history along, and nothing that still runs."""

from datetime import UTC, datetime
from typing import Any

import pytest

from deployments.actions import deploy, pause, undeploy
from deployments.models import CapturedRequest, Deployment, Version
from dragops_site.errors import Conflict, PatternNotFound
from executions.models import Execution, LogEntry
from patterns.actions import create_pattern, delete_pattern, take_snapshot
from patterns.models import Pattern, Snapshot, Tag

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _ended_runs(pattern: Pattern, count: int) -> None:
    snapshot = take_snapshot(pattern)
    runs = Execution.objects.bulk_create(
        Execution(pattern=pattern, snapshot=snapshot, mode="test", trigger="manual", status="completed", ended_at=NOW)
        for _ in range(count)
    )
    LogEntry.objects.bulk_create(
        LogEntry(execution=run, seq=1, key="1", node_id="start", node_name="On Start", level="info", at=NOW)
        for run in runs
    )


def test_delete_pattern_takes_its_versions_and_history_along_and_leaves_the_others(editor: Any) -> None:
    other = create_pattern(editor, "Other", tags=["shared"])
    _ended_runs(other, 1)
    pattern = create_pattern(editor, "Orders", tags=["shared"])
    deploy(pattern, editor)
    undeploy(pattern, editor)
    CapturedRequest.objects.create(pattern=pattern, event={})
    _ended_runs(pattern, 1_200)
    delete_pattern(pattern)
    assert list(Pattern.objects.all()) == [other]
    assert (Execution.objects.count(), LogEntry.objects.count(), Snapshot.objects.count()) == (1, 1, 1)
    assert not (Version.objects.exists() or Deployment.objects.exists() or CapturedRequest.objects.exists())
    assert Tag.objects.count() == 1


def test_delete_pattern_refuses_while_it_is_deployed_or_paused(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    deploy(pattern, editor)
    _ended_runs(pattern, 1)
    with pytest.raises(Conflict, match="Undeploy"):
        delete_pattern(pattern)
    pause(pattern.deployment, editor)
    with pytest.raises(Conflict, match="Undeploy"):
        delete_pattern(pattern)
    assert Execution.objects.count() == 1


def test_delete_pattern_refuses_while_an_execution_has_not_ended(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    _ended_runs(pattern, 1)
    Execution.objects.create(pattern=pattern, snapshot=take_snapshot(pattern), mode="test", trigger="manual")
    with pytest.raises(Conflict, match="not ended"):
        delete_pattern(pattern)
    assert Execution.objects.count() == 2


def test_delete_pattern_refuses_one_that_is_gone(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    delete_pattern(Pattern.objects.get(pk=pattern.pk))
    with pytest.raises(PatternNotFound):
        delete_pattern(pattern)
