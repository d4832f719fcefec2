"""What Run and Execute are pre-filled with."""

from datetime import UTC, datetime, timedelta

import pytest

import patterns.nodes  # noqa: F401 (fills the registry)
from patterns.samples import sample_event
from tests.graphs import graph
from tests.patterns.graphs import callable_pattern, started_by_hand, started_by_webhook

STORED = {"body": {"a": 1}, "query": {}}


def _with_sample(sample):
    stored = started_by_webhook()
    stored["nodes"][0]["data"]["sampleEvent"] = sample
    return stored


def test_sample_event_is_the_one_stored_in_the_trigger():
    assert sample_event(_with_sample(STORED)) == STORED


@pytest.mark.parametrize("sample", [None, {}, [], "text"])
def test_sample_event_has_the_shape_of_the_trigger_when_none_is_stored(sample):
    assert sample_event(_with_sample(sample)) == sample_event(started_by_webhook())
    assert sample_event(started_by_webhook())["method"] == "POST"


def test_sample_event_of_a_call_holds_the_declared_inputs():
    assert sample_event(callable_pattern("Order")) == {"order": 0}


@pytest.mark.parametrize("stored", [started_by_hand(), graph(), None, {"nodes": [1, {"id": "a", "type": "OnStart"}]}])
def test_sample_event_is_empty_where_nothing_is_expected(stored):
    assert sample_event(stored) == {}


def test_sample_event_of_a_schedule_is_a_tick_that_is_due_now():
    [(name, moment)] = sample_event(graph("tick: OnSchedule")).items()
    assert name == "timestamp"
    assert abs(datetime.now(UTC) - datetime.fromisoformat(moment)) < timedelta(seconds=10)
