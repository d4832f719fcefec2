"""The API of environments: variables are read and changed, secrets go in and never come out."""

import json
from typing import Any

import pytest

from deployments.environments import environment_of
from deployments.models import Deployment, Environment, EnvironmentSecret
from dragops_site.ids import new_id
from tests.api.made import deployed

SECRET = "sk_live_51H8abcdef"
PATH = "/api/environments"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


@pytest.fixture
def as_viewer(api_as: Any, viewer: Any) -> Any:
    return api_as(viewer)


@pytest.fixture
def as_editor(api_as: Any, editor: Any) -> Any:
    return api_as(editor)


@pytest.fixture
def as_admin(api_as: Any, admin: Any) -> Any:
    return api_as(admin)


@pytest.fixture
def production(db: None) -> Environment:
    return Environment.objects.create(name="Production")


def _error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_environment_is_created_changed_and_shown(as_editor: Any, as_viewer: Any) -> None:
    sent = {"name": "Production", "description": "Real.", "isDefault": True, "variables": {"API": " a ", "B": ""}}
    answer = as_editor.post(PATH, sent, format="json")
    made = answer.json()["data"]
    assert answer.status_code == 201
    assert {name: made[name] for name in sent} == sent
    assert (made["secrets"], made["variableCount"], made["secretCount"], made["deploymentCount"]) == ([], 2, 0, 0)
    change = {"name": "Live", "variables": {"API": None, "C": "3"}}
    changed = as_editor.patch(f"{PATH}/{made['id']}", change, format="json").json()["data"]
    assert (changed["name"], changed["description"], changed["isDefault"]) == ("Live", "Real.", True)
    assert changed["variables"] == {"B": "", "C": "3"}
    assert as_viewer.get(f"{PATH}/{made['id']}").json()["data"] == changed
    assert as_editor.patch(f"{PATH}/{made['id']}", {}, format="json").json()["data"] == changed


def test_environments_are_listed_by_name_with_what_they_hold(
    as_viewer: Any, editor: Any, django_assert_max_num_queries: Any
) -> None:
    for name in ("b", "a", "c"):
        Environment.objects.create(name=name)
    found = Environment.objects.get(name="a")
    for number in range(3):
        found.variables.create(name=f"V{number}")
    found.secrets.create(name="S", sealed="x", updated_at=found.created_at)
    pattern = deployed(editor).pattern
    Deployment.objects.filter(pk=pattern.pk).update(environment=found)
    as_viewer.get(PATH)
    with django_assert_max_num_queries(3):
        answer = as_viewer.get(f"{PATH}?limit=2").json()
    assert [row["name"] for row in answer["data"]] == ["a", "b"]
    counts = [(row["variableCount"], row["secretCount"], row["deploymentCount"]) for row in answer["data"]]
    assert counts == [(3, 1, 1), (0, 0, 0)]
    assert answer["meta"] == {
        "page": 1,
        "limit": 2,
        "total": 3,
        "totalPages": 2,
        "nextCursor": answer["meta"]["nextCursor"],
    }


def test_secret_is_set_and_set_anew_and_no_answer_holds_it(as_admin: Any, production: Environment) -> None:
    path = f"{PATH}/{production.pk}"
    answers = [
        as_admin.put(f"{path}/secrets/KEY", {"value": "first one"}, format="json"),
        as_admin.put(f"{path}/secrets/KEY", {"value": f" {SECRET}\n"}, format="json"),
        as_admin.get(path),
        as_admin.get(PATH),
        as_admin.patch(path, {"isDefault": True}, format="json"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert set(answers[1].json()["data"]) == {"name", "updatedAt"}
    assert [set(secret) for secret in answers[2].json()["data"]["secrets"]] == [{"name", "updatedAt"}]
    sealed = EnvironmentSecret.objects.get().sealed
    for answer in answers:
        assert SECRET not in answer.content.decode() and sealed not in answer.content.decode()
    assert environment_of(new_id()).secrets["KEY"] == f" {SECRET}\n"
    assert as_admin.delete(f"{path}/secrets/KEY").status_code == 204
    assert _error(as_admin.delete(f"{path}/secrets/KEY")) == (404, "SECRET_NOT_FOUND")
    assert as_admin.get(path).json()["data"]["secrets"] == []


def test_editor_changes_variables_and_no_secret(as_editor: Any, as_viewer: Any, production: Environment) -> None:
    path = f"{PATH}/{production.pk}"
    assert as_editor.patch(path, {"variables": {"A": "1"}}, format="json").status_code == 200
    assert _error(as_editor.put(f"{path}/secrets/KEY", {"value": SECRET}, format="json")) == (403, "FORBIDDEN")
    assert _error(as_editor.delete(f"{path}/secrets/KEY")) == (403, "FORBIDDEN")
    assert _error(as_editor.delete(path)) == (403, "FORBIDDEN")
    assert _error(as_viewer.patch(path, {"variables": {"A": "2"}}, format="json")) == (403, "FORBIDDEN")
    assert as_viewer.get(path).json()["data"]["variables"] == {"A": "1"}


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({}, {"name": None}),
        ({"name": ""}, {"name": None}),
        ({"name": 7}, {"name": None}),
        ({"name": "x" * 101}, {"name": None}),
        ({"name": "a\u0000b"}, {"name": None}),
        ({"name": "x", "description": "x" * 2_001}, {"description": None}),
        ({"name": "x", "isDefault": "yes"}, {"isDefault": None}),
        ({"name": "x", "variables": ["A"]}, {"variables": None}),
        ({"name": "x", "variables": {"A": 1, "B": "2"}}, {"variables": {"A"}}),
        ({"name": "x", "variables": {"1A": "1", "B": "2", "é": ""}}, {"variables": {"1A", "é"}}),
        ({"name": "x", "variables": {"A": "x" * 64_001}}, {"variables": {"A"}}),
        ({"name": "x", "variables": {"\ud800": "x"}}, {"variables": {"\ud800"}}),
    ],
)
def test_what_is_wrong_is_said_by_name_and_nothing_is_created(
    as_editor: Any, sent: dict[str, Any], wrong: dict[str, set[str] | None]
) -> None:
    answer = as_editor.post(PATH, json.dumps(sent), content_type="application/json")
    assert _error(answer) == (422, "VALIDATION")
    details = answer.json()["error"]["details"]
    assert {name: set(found) if isinstance(found, dict) else None for name, found in details.items()} == wrong
    assert not Environment.objects.exists()


@pytest.mark.parametrize("value", [None, 7, "", "abc", "x" * 64_001, "a\u0000bcd", ["abcd"]])
def test_secret_that_cannot_be_is_refused_and_not_repeated(as_admin: Any, production: Environment, value: Any) -> None:
    answer = as_admin.put(f"{PATH}/{production.pk}/secrets/KEY", {"value": value}, format="json")
    assert _error(answer) == (422, "VALIDATION")
    assert list(answer.json()["error"]["details"]) == ["value"]
    assert not EnvironmentSecret.objects.exists()


def test_secret_under_a_name_that_is_none_or_taken_is_refused(as_admin: Any, production: Environment) -> None:
    production.variables.create(name="A", value="1")
    for name in ("A", "1a", "a%2Db", "%C3%A9", "x" * 101):
        answer = as_admin.put(f"{PATH}/{production.pk}/secrets/{name}", {"value": SECRET}, format="json")
        assert _error(answer) == (422, "VALIDATION")
        assert list(answer.json()["error"]["details"]) == ["name"] and SECRET not in answer.content.decode()


def test_name_of_another_environment_is_a_conflict(as_editor: Any, production: Environment) -> None:
    assert _error(as_editor.post(PATH, {"name": " Production "}, format="json")) == (409, "CONFLICT")


def test_environment_is_deleted_once_no_deployment_names_it(
    as_admin: Any, editor: Any, production: Environment
) -> None:
    deployment = deployed(editor)
    path = f"{PATH}/{production.pk}"
    named = as_admin.patch(f"/api/deployments/{deployment.pk}", {"environmentId": str(production.pk)}, format="json")
    assert named.json()["data"]["environmentId"] == str(production.pk)
    assert _error(as_admin.delete(path)) == (409, "CONFLICT")
    as_admin.patch(f"/api/deployments/{deployment.pk}", {"environmentId": None}, format="json")
    assert as_admin.delete(path).status_code == 204
    assert _error(as_admin.get(path)) == (404, "ENVIRONMENT_NOT_FOUND")
    assert _error(as_admin.delete(path)) == (404, "ENVIRONMENT_NOT_FOUND")


@pytest.mark.parametrize("key", ["x", "0", "{}", "01a206f3-99ec-7681-ae5d-8df90e5b7026", "%00"])
def test_environment_that_is_not_there_is_404(as_admin: Any, key: str) -> None:
    for answer in (
        as_admin.get(f"{PATH}/{key}"),
        as_admin.patch(f"{PATH}/{key}", {"name": "x"}, format="json"),
        as_admin.put(f"{PATH}/{key}/secrets/KEY", {"value": SECRET}, format="json"),
        as_admin.delete(f"{PATH}/{key}/secrets/KEY"),
    ):
        assert _error(answer) == (404, "ENVIRONMENT_NOT_FOUND")


# --- The environment of a deployment ----------------------------------------------------------------------------------
def test_deploy_takes_the_environment_and_keeps_it_where_none_is_given(
    as_editor: Any, editor: Any, production: Environment
) -> None:
    pattern = deployed(editor).pattern
    path = f"/api/patterns/{pattern.pk}/deploy"

    def chosen(body: dict[str, Any]) -> Any:
        assert as_editor.post(path, body, format="json").status_code == 200
        return Deployment.objects.values_list("environment", flat=True).get(pk=pattern.pk)

    assert chosen({"environmentId": str(production.pk), "nodeDefinitions": []}) == production.pk
    assert chosen({}) == production.pk
    assert chosen({"environmentId": None}) is None


@pytest.mark.parametrize("value", [7, "x", "", "01a206f3-99ec-7681-ae5d-8df90e5b7026", [], {}])
def test_environment_that_is_none_is_refused_and_nothing_is_deployed(as_editor: Any, editor: Any, value: Any) -> None:
    deployment = deployed(editor)
    for answer in (
        as_editor.post(f"/api/patterns/{deployment.pk}/deploy", {"environmentId": value}, format="json"),
        as_editor.patch(f"/api/deployments/{deployment.pk}", {"environmentId": value}, format="json"),
    ):
        assert _error(answer) == (422, "VALIDATION")
        assert list(answer.json()["error"]["details"]) == ["environmentId"]
    assert deployment.pattern.versions.count() == 1


def test_variable_is_set_and_removed_by_its_name(as_editor: Any, as_viewer: Any, production: Environment) -> None:
    path = f"{PATH}/{production.pk}/variables/API"
    assert as_editor.put(path, {"value": " a "}, format="json").json()["data"] == {"name": "API", "value": " a "}
    assert as_editor.put(path, {"value": ""}, format="json").status_code == 200
    assert dict(production.variables.values_list("name", "value")) == {"API": ""}
    assert _error(as_editor.put(path, {"value": None}, format="json")) == (422, "VALIDATION")
    assert _error(as_editor.put(f"{path}%20", {"value": "a"}, format="json")) == (422, "VALIDATION")
    assert _error(as_viewer.put(path, {"value": "b"}, format="json")) == (403, "FORBIDDEN")
    assert as_editor.delete(path).status_code == 204
    assert _error(as_editor.delete(path)) == (404, "VARIABLE_NOT_FOUND")
    assert _error(as_editor.delete(f"{PATH}/{production.pk}/variables/a%00")) == (404, "VARIABLE_NOT_FOUND")


def test_deployments_of_an_environment_are_listed(
    as_viewer: Any, editor: Any, production: Environment, django_assert_max_num_queries: Any
) -> None:
    chosen = [deployed(editor) for _ in range(3)]
    Deployment.objects.filter(pk__in=[one.pattern_id for one in chosen[:2]]).update(environment=production)
    path = f"{PATH}/{production.pk}/deployments"
    as_viewer.get(path)
    with django_assert_max_num_queries(4):
        answer = as_viewer.get(path).json()
    assert {row["deploymentId"] for row in answer["data"]} == {str(one.pattern_id) for one in chosen[:2]}
    assert answer["data"][0]["status"] == "active" and answer["data"][0]["versionNumber"] == 1
    Deployment.objects.update(status="undeployed", version=None)
    assert [row["versionNumber"] for row in as_viewer.get(path).json()["data"]] == [None, None]
