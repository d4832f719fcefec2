from typing import Any

import pytest

from deployments.environments import environment_of
from deployments.models import Environment
from dragops_site.ids import new_id
from tests.pages.made import a_deployment

SECRET = "sk_live_51H8abcdef"
FRAGMENT = {"HX-Request": "true"}


def text_of(answer: Any) -> str:
    return answer.content.decode()


@pytest.fixture
def production(db: None) -> Environment:
    return Environment.objects.create(name="Production", is_default=True)


def test_the_list_says_what_environments_are_for_where_there_is_none(client_as: Any, viewer: Any, editor: Any) -> None:
    assert "No environments yet" in (html := text_of(client_as(viewer).get("/environments")))
    assert "/environments/new" not in html
    assert "/environments/new" in text_of(client_as(editor).get("/environments"))


def test_many_environments_are_shown_in_pages_by_the_same_queries(
    client_as: Any, viewer: Any, production: Environment, django_assert_num_queries: Any
) -> None:
    browser = client_as(viewer)
    with django_assert_num_queries(4):  # session, person, count, rows
        browser.get("/environments")
    Environment.objects.bulk_create(Environment(name=f"Site {number:02}") for number in range(30))
    with django_assert_num_queries(4):
        html = text_of(browser.get("/environments"))
    assert html.index("Production") < html.index("Site 00") and "Page 1 of 2" in html and "Site 29" not in html
    assert "Site 29" in text_of(browser.get("/environments?page=2"))


def test_an_environment_is_created_and_listed(client_as: Any, editor: Any) -> None:
    browser = client_as(editor)
    made = browser.post("/environments/new", {"name": "<b>Live", "description": "Real.", "is_default": "on"})
    assert made.status_code == 302
    assert "&lt;b&gt;Live" in (html := text_of(browser.get("/environments"))) and "<b>Live" not in html
    assert "Real." in text_of(browser.get(made["Location"]))
    again = browser.post("/environments/new", {"name": "<b>Live", "description": "typed"})
    assert again.status_code == 422 and "This name is taken." in text_of(again) and "typed" in text_of(again)


def test_a_variable_is_set_changed_and_removed(client_as: Any, editor: Any, production: Environment) -> None:
    browser, path = client_as(editor), f"/environments/{production.pk}/variable"
    html = text_of(browser.post(path, {"name": "API", "value": "a\r\nb"}, headers=FRAGMENT))
    assert "<html" not in html and 'id="variables"' in html and "Saved." in html
    assert environment_of(new_id()).variables == {"API": "a\nb"}
    assert browser.post(path, {"name": "API", "value": "c"}).status_code == 302
    assert environment_of(new_id()).variables == {"API": "c"}
    browser.post(path, {"name": "API", "value": "c", "remove": "yes"})
    assert environment_of(new_id()).variables == {}


def test_what_is_wrong_stands_beside_its_field(client_as: Any, admin: Any, production: Environment) -> None:
    browser, path = client_as(admin), f"/environments/{production.pk}"
    html = text_of(browser.post(f"{path}/variable", {"name": "1<b>", "value": "typed"}, headers=FRAGMENT))
    assert "“1&lt;b&gt;” is no name" in html and 'aria-invalid="true"' in html and "typed" in html
    refused = browser.post(f"{path}/secret", {"name": "1", "value": SECRET})
    assert refused.status_code == 422 and "is no name" in text_of(refused) and SECRET not in text_of(refused)
    assert "fewer than 4" in text_of(browser.post(f"{path}/secret", {"name": "KEY", "value": "abc"}, headers=FRAGMENT))
    assert "1 to 100 characters" in text_of(browser.post(f"{path}/change", {"name": " "}))


def test_a_secret_is_set_and_deleted_and_never_shown(client_as: Any, admin: Any, production: Environment) -> None:
    browser, path = client_as(admin), f"/environments/{production.pk}"
    html = text_of(browser.post(f"{path}/secret", {"name": "KEY", "value": SECRET}, headers=FRAGMENT))
    html += text_of(browser.get(path)) + text_of(browser.get("/environments"))
    assert "KEY" in html and SECRET not in html and production.secrets.get().sealed not in html
    assert environment_of(new_id()).secrets["KEY"] == SECRET
    assert browser.post(f"{path}/secret", {"name": "KEY", "remove": "yes"}).status_code == 302
    assert not production.secrets.exists()


def test_the_page_is_for_reading_to_viewers_and_secrets_are_for_admins(
    client_as: Any, viewer: Any, editor: Any, production: Environment
) -> None:
    production.variables.create(name="API", value="<b>value")
    path = f"/environments/{production.pk}"
    html = text_of(client_as(viewer).get(path))
    assert "API" in html and "&lt;b&gt;value" in html and "<b>value" not in html and f"{path}/" not in html
    for way in ("change", "variable", "secret", "delete"):
        assert client_as(viewer).post(f"{path}/{way}", {"name": "X", "value": SECRET}).status_code == 403
    for way in ("secret", "delete"):
        assert f"{path}/{way}" not in text_of(client_as(editor).get(path))
        assert client_as(editor).post(f"{path}/{way}", {"name": "X", "value": SECRET}).status_code == 403


def test_an_environment_is_changed_and_deleted_once_nothing_names_it(
    client_as: Any, admin: Any, production: Environment
) -> None:
    browser, path = client_as(admin), f"/environments/{production.pk}"
    browser.post(f"{path}/change", {"name": "Live", "description": "x"})
    production.refresh_from_db()
    assert (production.name, production.description, production.is_default) == ("Live", "x", False)
    deployment = a_deployment("Orders", environment=production)
    assert "Orders" in text_of(browser.get(path))
    assert "is that of Orders" in text_of(browser.post(f"{path}/delete", follow=True))
    settings = f"/deployments/{deployment.pk}/settings"
    assert f'value="{production.pk}" selected' in text_of(browser.get(settings))
    browser.post(settings, {"environment_id": "", "was-environment_id": str(production.pk)})
    assert browser.post(f"{path}/delete")["Location"] == "/environments"
    assert browser.get(path).status_code == 404
