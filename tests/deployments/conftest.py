"""Deployed patterns, and a worker for those tests that wait for an execution."""

from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection

from deployments.actions import deploy
from executions.presence import Presence
from executions.worker import drain
from patterns.actions import create_pattern
from patterns.models import Pattern
from tests.conftest import lacking
from tests.deployments import github


@pytest.fixture
def deployed(editor: Any) -> Callable[..., Pattern]:
    """deployed(graph, name="Orders") -> a pattern whose draft is that graph, deployed."""

    def make(graph: dict[str, Any], name: str = "Orders") -> Pattern:
        pattern = create_pattern(editor, name, graph=graph)
        deploy(pattern, editor)
        return pattern

    return make


@pytest.fixture
def worker(transactional_db: None, valkey: Any) -> Iterator[Presence]:
    """A worker in a thread of the test's process, which needs no bell."""
    presence = Presence("test worker")
    stop = Event()

    def work() -> None:
        presence.begin()
        while not stop.wait(0.01):
            drain(presence)
        presence.end()
        connection.close()

    thread = Thread(target=work)
    thread.start()
    yield presence
    stop.set()
    thread.join()


@pytest.fixture(scope="session")
def github_payloads(pytestconfig: pytest.Config) -> github.Payloads:
    """GitHub's own webhook payloads by event; fetched by npm once, then kept in pytest's cache."""
    try:
        return github.payloads(pytestconfig.cache.mkdir("github-payloads"))
    except github.Unreachable as error:
        lacking(f"needs the npm package {github.PACKAGE}: {error}")
