from typing import Any

import pytest

from deployments.actions import create_connection, deploy, set_secret
from deployments.connections import opened
from deployments.models import Connection, Environment
from patterns.actions import create_pattern
from tests.graphs import graph, node

SECRET = "sk_live_51H8abcdef"
OTHER_KEY = "YW5vdGhlciBrZXkgb2YgdGhlIHRlc3RzLCAzMiBieXQ="


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def shop(admin: Any) -> Connection:
    return create_connection(admin, "api_key", "<b>Shop", {"key": SECRET}, ["api.example.com"], "Example")


def test_the_list_says_what_connections_are_for_where_there_is_none(client_as: Any, viewer: Any, admin: Any) -> None:
    assert "No connections yet" in (html := text_of(client_as(viewer).get("/connections")))
    assert "/connections/new" not in html
    assert "/connections/new" in text_of(client_as(admin).get("/connections"))


@pytest.mark.parametrize("kind", Connection.Type.values)
def test_a_connection_of_each_type_is_made_by_its_form(client_as: Any, admin: Any, kind: str) -> None:
    browser = client_as(admin)
    assert browser.get(f"/connections/new?type={kind}").status_code == 200
    sent = {"type": kind, "displayName": "Shop", "hosts": "api.example.com\r\n*.example.org", "key": SECRET}
    sent |= {"token": SECRET, "username": "ada", "password": SECRET, "headers": f"X-A: {SECRET}\r\nX-B: 2"}
    sent |= {"tokenUrl": "https://a.example/token", "clientId": "app", "clientSecret": SECRET}
    made = browser.post("/connections/new", sent)
    assert made.status_code == 302
    row = Connection.objects.get()
    assert row.hosts == ["api.example.com", "*.example.org"] and SECRET in "".join(opened(row).values())
    html = text_of(browser.get(made["Location"])) + text_of(browser.get("/connections"))
    assert "Shop" in html and SECRET not in html and row.sealed not in html


def test_what_is_wrong_stands_beside_its_field_and_no_secret_is_repeated(client_as: Any, admin: Any, shop: Any) -> None:
    sent = {"type": "api_key", "displayName": "<b>Shop", "hosts": "a.example", "key": SECRET, "name": "typed name"}
    answer = client_as(admin).post("/connections/new", sent)
    assert answer.status_code == 422 and "typed name" in text_of(answer) and SECRET not in text_of(answer)
    assert "is no name of a header" in text_of(answer)
    answer = client_as(admin).post("/connections/new", {**sent, "name": "X-Key"})
    assert "This name is taken." in text_of(answer) and "&lt;b&gt;Shop" in text_of(answer)
    answer = client_as(admin).post(f"/connections/{shop.pk}/change", {"displayName": "Shop", "hosts": "a b/c"})
    assert answer.status_code == 422 and "is no host" in text_of(answer)
    answer = client_as(admin).post(f"/connections/{shop.pk}/replace", {"key": "abc", "name": "X-Key"})
    assert answer.status_code == 422 and "fewer than 4" in text_of(answer)
    assert client_as(admin).get("/connections/new?type=none").status_code == 404


def test_a_secret_that_is_left_empty_stays(client_as: Any, admin: Any, shop: Connection) -> None:
    browser, path = client_as(admin), f"/connections/{shop.pk}"
    browser.post(f"{path}/replace", {"key": "", "place": "query", "name": "key", "prefix": ""})
    assert opened(Connection.objects.get()) == {"key": SECRET, "place": "query", "name": "key", "prefix": ""}
    browser.post(f"{path}/replace", {"key": "another", "place": "query", "name": "key", "prefix": ""})
    assert opened(Connection.objects.get())["key"] == "another"
    browser.post(f"{path}/change", {"displayName": "Store", "provider": "", "hosts": "*.example.com"})
    assert Connection.objects.values_list("name", "provider", "hosts").get() == ("Store", "", ["*.example.com"])


def test_the_page_names_who_uses_it_and_deleting_is_refused(client_as: Any, admin: Any, shop: Connection) -> None:
    asking = node("ask", "HTTPRequest", {"connection": "<b>Shop"}, url="https://api.example.com")
    pattern = create_pattern(admin, "Orders <i>", graph=graph("start: OnStart", asking, "start > ask"))
    deploy(pattern, admin)
    browser = client_as(admin)
    assert "Orders &lt;i&gt;" in text_of(browser.get(f"/connections/{shop.pk}"))
    answer = browser.post(f"/connections/{shop.pk}/delete", follow=True)
    assert "cannot be deleted while Orders" in text_of(answer) and Connection.objects.exists()


def test_a_viewer_sees_names_and_may_change_nothing(client_as: Any, viewer: Any, shop: Connection) -> None:
    browser = client_as(viewer)
    html = text_of(browser.get(f"/connections/{shop.pk}")) + text_of(browser.get("/connections"))
    assert (
        "&lt;b&gt;Shop" in html and "<b>Shop" not in html and "<form" not in html.split("<main")[1].split("</main")[0]
    )


def test_the_list_costs_no_more_with_more_connections(
    client_as: Any, admin: Any, viewer: Any, django_assert_num_queries: Any
) -> None:
    for number in range(5):
        create_connection(admin, "bearer", f"Shop {number}", {"token": SECRET}, ["api.example.com"])
    browser = client_as(viewer)
    browser.get("/connections")
    with django_assert_num_queries(3):  # session, user, connections
        browser.get("/connections")


def test_keys_and_what_they_have_sealed_are_counted(
    client_as: Any, admin: Any, editor: Any, shop: Connection, settings: Any
) -> None:
    set_secret(Environment.objects.create(name="Live"), "KEY", SECRET, admin)
    browser, own = client_as(admin), settings.ENCRYPTION_KEYS
    assert "Every value is sealed with the first key." in text_of(browser.get("/settings/encryption"))
    settings.ENCRYPTION_KEYS = f"{OTHER_KEY},{own}"
    html = text_of(browser.get("/settings/encryption"))
    assert "2 values are sealed with an older key" in html and own not in html and OTHER_KEY not in html
    settings.ENCRYPTION_KEYS = OTHER_KEY
    assert "key that is not here cannot be used" in text_of(browser.get("/settings/encryption"))
    assert client_as(editor).get("/settings/encryption").status_code == 403
