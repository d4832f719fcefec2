"""The page of all executions, and its filters."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from executions import history, run_list
from tests.pages.made import a_deployment, a_run

FRAGMENT = {"HX-Request": "true"}


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def rows_in(html: str) -> list[str]:
    return re.findall(r'id="run-([0-9a-f-]{36})"', html)


def test_page_shows_the_executions_of_all_patterns_newest_first(client_as: Any, viewer: Any) -> None:
    first = a_run(a_deployment("Orders").pattern)
    second = a_run(a_deployment("Returns").pattern, "failed", error_node_name="Ask", error_message="503")
    html = text_of(client_as(viewer).get("/executions"))
    assert rows_in(html) == [str(second.pk), str(first.pk)]
    assert "Orders" in html and "Returns" in html and "<bdi>Ask</bdi>: 503" in html


def test_page_says_what_to_do_when_nothing_has_run(client_as: Any, viewer: Any) -> None:
    assert "No executions yet" in text_of(client_as(viewer).get("/executions"))


@pytest.mark.parametrize(
    "query",
    ["status=failed", "status=failed&status=timeout", "min=10m", "q=error.type+%3D+Http", "q=order", "version=2"],
)
def test_filters_of_the_address_find(client_as: Any, viewer: Any, query: str) -> None:
    pattern, now = a_deployment().pattern, timezone.now()
    a_run(pattern)
    times = {"started_at": now - timedelta(hours=1), "ended_at": now}
    bad = a_run(pattern, "failed", event={"order": 7}, error_type="Http", version_number=2, **times)
    for base in ("/executions", f"/deployments/{pattern.pk}"):
        html = text_of(client_as(viewer).get(f"{base}?{query}"))
        assert rows_in(html) == [str(bad.pk)], base
        assert 'class="chip"' in html


def test_filter_that_is_none_is_told_and_left_out(client_as: Any, viewer: Any) -> None:
    run = a_run(a_deployment().pattern)
    html = text_of(client_as(viewer).get("/executions?min=soon&status=<b>"))
    assert rows_in(html) == [str(run.pk)]
    assert "Left out: Write a duration" in html and "&lt;b&gt;" in html


def test_nothing_matching_leads_back_to_all(client_as: Any, viewer: Any) -> None:
    a_run(a_deployment().pattern)
    assert "No execution matches" in text_of(client_as(viewer).get("/executions?status=failed"))


def test_a_search_that_takes_long_is_shown_at_once_and_goes_on_until_it_has_found_something(
    client_as: Any, viewer: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(history, "WINDOW", 2)
    monkeypatch.setattr(history, "SEARCH_S", 0.0)  # every look ends after one window
    monkeypatch.setattr(run_list, "GLANCE_S", 0.0)
    pattern, browser = a_deployment().pattern, client_as(viewer)
    wanted = a_run(pattern, event={"order": 7})
    for _ in range(5):
        a_run(pattern)
    html, looks = text_of(browser.get("/executions?q=order")), 0
    while further := re.search(r'hx-get="([^"]+)" hx-trigger="load"', html):
        assert "Searching…" in html and rows_in(html) == []
        html, looks = text_of(browser.get(unescape(further[1]), headers=FRAGMENT)), looks + 1
    assert rows_in(html) == [str(wanted.pk)] and looks == 3  # the first window again, and two more
    assert "patient" not in html


def test_fragment_is_204_until_something_changes(client_as: Any, viewer: Any) -> None:
    pattern, browser = a_deployment().pattern, client_as(viewer)
    a_run(pattern)
    seen = re.findall(r"seen=([0-9a-f]{16})", text_of(browser.get("/executions")))[0]
    assert browser.get(f"/executions?seen={seen}", headers=FRAGMENT).status_code == 204
    a_run(pattern)
    html = text_of(browser.get(f"/executions?seen={seen}", headers=FRAGMENT))
    assert len(rows_in(html)) == 2 and "<html" not in html


def test_page_takes_the_same_queries_whatever_the_number_of_runs(client_as: Any, viewer: Any) -> None:
    browser, counts = client_as(viewer), []
    for number in (1, 20):
        for name in range(number):
            a_run(a_deployment(f"Pattern {number} {name}").pattern, "failed")
        browser.get("/executions")
        with CaptureQueriesContext(connection) as made:
            browser.get("/executions")
        counts.append(len(made))
    assert counts[0] == counts[1] <= 5
