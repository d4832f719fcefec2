"""The overview: what runs, what went wrong, and what needs somebody."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.pages.made import a_deployment, a_run


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_fresh_installation_is_told_how_to_begin(client_as: Any, viewer: Any) -> None:
    assert "Nothing is deployed yet" in text_of(client_as(viewer).get("/overview"))


def test_page_shows_what_is_open_what_failed_and_what_is_paused(client_as: Any, viewer: Any) -> None:
    pattern = a_deployment("Orders").pattern
    a_deployment("Broken", status="paused", breaker_opened_at=timezone.now(), pause_reason="<b>9 of 10</b> failed")
    a_run(pattern, "queued"), a_run(pattern, "dead_letter")
    bad = a_run(pattern, "failed", error_type="Http", error_message="503 <b>")
    html = text_of(client_as(viewer).get("/overview"))
    assert "is paused by its circuit breaker" in html and "&lt;b&gt;9 of 10" in html
    assert f"/executions/{bad.pk}" in html and "503 &lt;b&gt;" in html
    assert html.index("Waiting") < html.index("Dead letters")
    part = text_of(client_as(viewer).get("/overview", headers={"HX-Request": "true"}))
    assert "Dead letters" in part and "<html" not in part


def test_page_takes_the_same_queries_whatever_there_is(client_as: Any, viewer: Any) -> None:
    browser, counts = client_as(viewer), []
    for number in (1, 12):
        for name in range(number):
            pattern = a_deployment(f"P {number} {name}", status="paused").pattern
            a_run(pattern, "failed", error_message=str(name)), a_run(pattern, "queued")
        browser.get("/overview")
        with CaptureQueriesContext(connection) as made:
            browser.get("/overview")
        counts.append(len(made))
    assert counts[0] == counts[1] <= 24
