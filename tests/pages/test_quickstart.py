"""The page that leads through the API."""

from typing import Any

from dragops_site.quickstart import STEPS


def test_quick_start_shows_each_step_in_both_languages_with_this_servers_address(client_as: Any, viewer: Any) -> None:
    page = client_as(viewer).get("/quick-start", headers={"host": "automation.test"}).content.decode()
    assert page.count("<figure>") == 2 * len(STEPS)
    assert "BASE=http://automation.test" in page
    assert "dragops.example.com" not in page


def test_quick_start_tells_of_the_limit_there_is(client_as: Any, viewer: Any, settings: Any) -> None:
    assert "Calls are not counted" in client_as(viewer).get("/quick-start").content.decode()
    settings.API_CALLS_A_MINUTE = 6_000
    assert "6,000 calls a minute" in client_as(viewer).get("/quick-start").content.decode()
