"""The filters of a list of runs, as an address has them."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from executions.history import Filters
from executions.history_query import NAMES, Asked, duration_ms, read
from executions.matching import parse

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
PATTERN = UUID(int=7)


def asked(query: str) -> Asked:
    return read(QueryDict(query), PATTERN, NOW)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {}),
        ("status=failed&status=timeout&status=odd", {"statuses": ("failed", "timeout")}),
        ("trigger=webhook&mode=live&version=v3", {"trigger": "webhook", "mode": "live", "version": 3}),
        ("within=24h", {"since": datetime(2026, 3, 13, 12, tzinfo=UTC)}),
        ("since=2026-03-01&within=1h", {"since": datetime(2026, 3, 1, tzinfo=UTC)}),
        ("until=2026-03-01T10:00%2B02:00", {"until": datetime(2026, 3, 1, 8, tzinfo=UTC)}),
        ("min=500ms&max=1m+30s", {"min_ms": 500, "max_ms": 90_000}),
        ("q=late+event.body.id+%3D+7", {"q": "late", "matches": (parse("event.body.id = 7"),)}),
        ("error_type=Http&error_node=n4", {"error_type": "Http", "error_node": "n4"}),
    ],
)
def test_filters_are_read_off_an_address(query: str, expected: dict) -> None:
    found = asked(query)
    assert found.filters == Filters(pattern_id=PATTERN, **expected)
    assert found.problems == {}


@pytest.mark.parametrize(
    "query",
    [
        "trigger=x",
        "mode=x",
        "version=x",
        "version=-1",
        "within=2h",
        "since=x",
        "until=2026-13-01",
        "min=x",
        "max=9999999999",
    ],
)
def test_what_cannot_be_read_is_told_and_left_out(query: str) -> None:
    found = asked(query)
    assert found.filters == Filters(pattern_id=PATTERN)
    assert set(found.problems) == {query.split("=")[0]}


@pytest.mark.parametrize(
    ("text", "ms"),
    [("5", 5_000), ("0.5", 500), ("500ms", 500), ("1m30s", 90_000), ("1.5h", 5_400_000), ("2 d", 172_800_000)],
)
def test_duration_is_read(text: str, ms: int) -> None:
    assert duration_ms(text) == ms


def test_address_of_the_same_list_can_be_made_with_a_filter_less() -> None:
    found = asked("status=failed&status=timeout&min=5s&other=1")
    assert found.query == "status=failed&status=timeout&min=5s"
    assert found.without("min") == "status=failed&status=timeout"
    assert found.without("status", "failed") == "status=timeout&min=5s"
    assert found.without("status") == "min=5s"


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40)))
def test_nothing_in_an_address_breaks_the_page(params: dict[str, str]) -> None:
    given = QueryDict(mutable=True)
    given.update(params)
    found = read(given, PATTERN, NOW)
    assert read(QueryDict(found.query), PATTERN, NOW) == found
