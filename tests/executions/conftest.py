"""Executions in a real database, and workers that a test drives by hand."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from deployments.actions import deploy
from dragops_site.lifeline import path_of
from executions.actions.start_execution import start_execution
from executions.batch import Batch
from executions.models import Execution
from executions.presence import Presence
from executions.queue import claim
from executions.status import Mode, Trigger
from executions.suspects import SUSPECT_FROM
from patterns.actions import create_pattern
from patterns.actions.take_snapshot import take_snapshot
from patterns.models import Pattern
from tests.graphs import graph


@pytest.fixture
def started(db: None) -> Callable[..., Execution]:
    """started(graph, event) -> a queued execution of that graph, of version 1 of a pattern of its own."""

    def start(drawn: dict[str, Any] | None = None, event: Any = None, **options: Any) -> Execution:
        pattern = create_pattern(None, "Orders", graph=drawn or graph("start: OnStart"))
        options = {"version_number": 1, "mode": Mode.LIVE, "trigger": Trigger.MANUAL, **options}
        return start_execution(pattern_id=pattern.pk, snapshot_id=take_snapshot(pattern).pk, event=event, **options)

    return start


@pytest.fixture
def suspect(started: Callable[..., Execution]) -> Callable[..., Execution]:
    """suspect(graph) -> a queued execution that no worker has seen before it was a suspect."""

    def start(drawn: dict[str, Any], **options: Any) -> Execution:
        with transaction.atomic():
            execution = started(drawn, **options)
            Execution.objects.filter(pk=execution.pk).update(recoveries=SUSPECT_FROM)
        return execution

    return start


@pytest.fixture
def deployed(db: None) -> Callable[..., Pattern]:
    """deployed(graph, name) -> a pattern that is deployed."""

    def make(drawn: dict[str, Any], name: str = "Callee") -> Pattern:
        pattern = create_pattern(None, name, graph=drawn)
        deploy(pattern, None)
        return pattern

    return make


class Hand(Presence):
    """A worker without a heart: what it does, a test tells it to."""

    def __init__(self, name: str) -> None:
        path_of(settings.DATA_DIR, name).unlink(missing_ok=True)  # of a process of another test, by the same name
        super().__init__(name)
        self._register()

    def take(self, limit: int = 100) -> Batch:
        return Batch(self, claim(self.worker_id, limit))

    def work(self) -> None:
        """Run what is queued now, in one batch."""
        self.take().run()


@pytest.fixture
def worker(db: None) -> Iterator[Hand]:
    yield Hand("one")


@pytest.fixture
def other(db: None) -> Iterator[Hand]:
    yield Hand("two")
