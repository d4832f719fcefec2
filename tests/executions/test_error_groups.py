"""What goes wrong, and where."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from executions import error_groups, history
from executions.error_likeness import likeness
from executions.history import Filters
from tests.api.made import deployed, run


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("503 from https://a.example/1?x=2", "503 from https://b.example/"),
        ("No order 01890000-0000-7000-8000-000000000000", "No order 01890000-0000-7000-8000-00000000abcd"),
        ("“Müller” is no number", "“” is no number"),
        ("late since 2026-03-14T15:09:26Z", "late since 2025-01-01 00:00"),
        ("took 5.2 s of 3", "took 17 s of 4"),
        ("key deadbeef01 is gone", "key 0123456789abcdef is gone"),
    ],
)
def test_messages_that_differ_in_values_alone_are_alike(one: str, other: str) -> None:
    assert likeness(one) == likeness(other)


@pytest.mark.parametrize(("one", "other"), [("no such order", "no such customer"), ("added", "defaced"), ("", "x")])
def test_messages_with_other_words_are_not_alike(one: str, other: str) -> None:
    assert likeness(one) != likeness(other)


@given(st.text(max_size=400))
def test_any_message_has_a_likeness_that_ends(message: str) -> None:
    assert len(likeness(message)) <= 6 * error_groups.LONGEST


def failed(pattern: Any, message: str, status: str = "failed", **fields: Any) -> Any:
    kind = {"error_type": "Http", "error_node_id": "n4", "error_node_name": "Ask", "error_message": message}
    return run(pattern, status, **{**kind, **fields})


def test_failures_are_grouped_by_error_node_and_likeness_the_largest_first(editor: Any) -> None:
    pattern, other = deployed(editor).pattern, deployed(editor, "Returns").pattern
    first = failed(pattern, "503 after 1 s")
    failed(pattern, "503 after 2 s", "dead_letter")
    last = failed(pattern, "503 after 3 s", "timeout")
    failed(pattern, "503 after 4 s", error_node_id="n5")
    failed(other, "503 after 5 s")
    run(pattern), run(pattern, "canceled")
    found = error_groups.of(Filters())
    assert sorted((group.count for group in found.groups), reverse=True) == [3, 1, 1]
    largest = found.groups[0]
    assert (largest.message, largest.first_id, largest.last_id) == ("503 after 3 s", first.pk, last.pk)
    assert (found.looked_at, found.is_capped) == (5, False)
    assert [group.count for group in error_groups.of(Filters(pattern_id=other.pk)).groups] == [1]
    assert error_groups.of(Filters(statuses=("completed",))).groups == []


def test_executions_of_a_group_are_found_by_its_likeness(editor: Any) -> None:
    pattern = deployed(editor).pattern
    one, two = failed(pattern, "503 after 1 s"), failed(pattern, "503 after 2 s")
    failed(pattern, "refused after 2 s")
    found = history.page(Filters(error_like=likeness("503 after 7 s")))
    assert [row.pk for row in found.rows] == [two.pk, one.pk]


def test_more_failures_than_are_looked_at_are_told(editor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_groups, "LOOKED_AT", 2)
    pattern = deployed(editor).pattern
    for number in range(3):
        failed(pattern, f"{number}")
    found = error_groups.of(Filters())
    assert (found.looked_at, found.is_capped, found.groups[0].count) == (2, True, 2)


def test_groups_take_the_same_queries_whatever_the_number_of_failures(editor: Any) -> None:
    pattern, counts = deployed(editor).pattern, []
    for number in (1, 30):
        for n in range(number):
            failed(pattern, "x" * n)
        with CaptureQueriesContext(connection) as made:
            error_groups.of(Filters())
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_page_and_api_show_the_groups(editor: Any, client_as: Any, api_as: Any) -> None:
    pattern = deployed(editor).pattern
    failed(pattern, "<b>503</b> after 1 s")
    run(pattern)
    html = client_as(editor).get("/executions/errors").content.decode()
    assert "&lt;b&gt;503" in html and "error_like=%3Cb%3E" in html
    link = html.split('class="row-link" href="')[1].split('"')[0].replace("&amp;", "&")
    assert client_as(editor).get(link).content.decode().count('id="run-0') == 1
    rows = api_as(editor).get(f"/api/runs/errors?patternId={pattern.pk}").json()["data"]
    assert [(row["errorType"], row["nodeName"], row["count"]) for row in rows] == [("Http", "Ask", 1)]
