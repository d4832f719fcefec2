"""The API of connections: the published answer, and credentials that never come out."""

from typing import Any

import pytest

from deployments.connections import opened
from deployments.models import Connection
from dragops_site.ids import new_id

PATH = "/api/connections"
SECRET = "sk_live_51H8abcdef"
HOSTS = ["api.example.com"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
NEW: dict[str, dict[str, Any]] = {
    "api-key": {"apiKey": SECRET, "place": "query", "name": "key"},
    "bearer": {"token": SECRET},
    "basic": {"username": "ada", "password": SECRET},
    "headers": {"headers": {"X-One": SECRET, "X-Two": "2"}},
    "oauth2": {"tokenUrl": "https://a.example/token", "clientId": "app", "clientSecret": SECRET},
}


def created(api: Any, kind: str = "api-key", name: str = "Shop", **more: Any) -> Any:
    return api.post(f"{PATH}/{kind}", {"displayName": name, "hosts": HOSTS, **NEW[kind], **more}, format="json")


@pytest.mark.parametrize("kind", NEW)
def test_connection_of_each_type_is_created_and_its_secret_is_never_told(api_as: Any, admin: Any, kind: str) -> None:
    api = api_as(admin)
    answer = created(api, kind, provider="Example")
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert (data["displayName"], data["provider"], data["hosts"]) == ("Shop", "Example", HOSTS)
    told = answer.content + api.get(PATH).content + api.get(f"{PATH}/{data['id']}").content
    assert SECRET.encode() not in told and Connection.objects.get().sealed.encode() not in told
    assert SECRET in "".join(opened(Connection.objects.get()).values())


def test_list_is_the_published_one(api_as: Any, admin: Any, viewer: Any, django_assert_max_num_queries: Any) -> None:
    for name in ("b", "a", "c"):
        created(api_as(admin), name=name)
    api = api_as(viewer)
    api.get(PATH)
    with django_assert_max_num_queries(3):
        answer = api.get(f"{PATH}?limit=2").json()
    assert [row["displayName"] for row in answer["data"]["connections"]] == ["a", "b"]
    assert list(answer["data"]["connections"][0]) == [
        "id",
        "provider",
        "displayName",
        "type",
        "status",
        "createdAt",
        "updatedAt",
    ]
    assert answer["data"]["connections"][0]["status"] == "never_used"
    assert answer["meta"]["total"] == 3


def test_connection_is_changed_and_deleted(api_as: Any, admin: Any) -> None:
    api = api_as(admin)
    path = f"{PATH}/{created(api).json()['data']['id']}"
    change = {"displayName": "Store", "hosts": ["*.example.com"], "values": {"key": "another one"}}
    data = api.patch(path, change, format="json").json()["data"]
    assert (data["displayName"], data["hosts"], data["settings"]["name"]) == ("Store", ["*.example.com"], "key")
    assert opened(Connection.objects.get())["key"] == "another one"
    assert api.patch(path, {}, format="json").json()["data"] == data
    assert api.delete(path).status_code == 204
    assert api.get(path).json()["error"]["code"] == "CONNECTION_NOT_FOUND"


@pytest.mark.parametrize(
    "sent", [{"hosts": []}, {"hosts": ["a b"]}, {"displayName": ""}, {"apiKey": "abc"}, {"name": 7}]
)
def test_what_cannot_be_is_refused_with_its_field(api_as: Any, admin: Any, sent: dict[str, Any]) -> None:
    answer = created(api_as(admin), **sent) if "displayName" not in sent else created(api_as(admin), name="")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION")
    assert SECRET not in answer.content.decode() and not Connection.objects.exists()


def test_name_that_is_taken_conflicts(api_as: Any, admin: Any) -> None:
    created(api_as(admin))
    assert created(api_as(admin)).json()["error"]["code"] == "CONFLICT"


def test_connections_are_made_by_admins(api_as: Any, editor: Any, admin: Any) -> None:
    assert created(api_as(editor)).status_code == 403
    path = f"{PATH}/{created(api_as(admin)).json()['data']['id']}"
    assert api_as(editor).patch(path, {}, format="json").status_code == 403
    assert api_as(editor).delete(path).status_code == 403
    assert api_as(editor).get(f"{PATH}/{new_id()}").status_code == 404
