"""The OpenAPI document and its page."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator as Validator

from tests.conftest import PASSWORD


def test_schema_is_valid_and_generated_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_schema_is_openapi_3_1_with_the_envelope_and_the_roles(api_as: Any, viewer: Any) -> None:
    answer = api_as(viewer).get("/api/schema")
    schema = answer.json()
    validate_schema(schema)
    assert schema["openapi"].startswith("3.1")
    listed = schema["paths"]["/api/deployments/{pattern_id}/runs"]["get"]
    envelope = listed["responses"]["200"]["content"]["application/json"]["schema"]
    assert envelope["required"] == ["success", "data", "timestamp", "meta"]
    assert "nextCursor" in envelope["properties"]["meta"]["properties"]
    assert {"401", "403", "404", "422"} <= set(listed["responses"])
    assert listed["description"].endswith("Needs the role viewer.")
    bare = schema["paths"]["/api/patterns/{pattern_id}"]["get"]["responses"]["200"]
    assert bare["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/PatternData"}


@pytest.mark.parametrize("path", ["/api/schema", "/api/docs"])
@pytest.mark.django_db
def test_schema_and_page_are_401_in_json_for_whoever_has_not_signed_in(api: Any, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/json")
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_page_shows_the_api_under_the_content_security_policy(live_server: Any, browser: Any, viewer: Any) -> None:
    client = Client()
    assert client.login(email=viewer.email, password=PASSWORD)
    context = browser.new_context()
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/api/docs")
    page.locator(".opblock-summary", has_text="/api/deployments/{pattern_id}/runs").first.wait_for()
    context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    generator = SchemaGenerator()
    return generator.get_schema(request=None, public=True)


def _operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    paths = document["paths"].items()
    return [(f"{method} {path}", each) for path, operations in paths for method, each in operations.items()]


def test_every_parameter_body_and_answer_has_an_example_that_its_schema_allows(document: dict[str, Any]) -> None:
    schemas = {"components": document["components"]}
    for name, operation in _operations(document):
        shown = [(parameter["name"], parameter) for parameter in operation.get("parameters", ())]
        for content in (operation.get("requestBody", {}), *operation["responses"].values()):
            shown += content.get("content", {}).items()
        for what, media in shown:
            faults = [
                error.message for error in Validator({**media["schema"], **schemas}).iter_errors(media["example"])
            ]
            assert faults == [], (name, what)


def test_every_property_of_a_schema_has_an_example(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for member, told in schema.get("properties", {}).items():
            assert "$ref" in told or "examples" in told, (name, member)


def test_every_operation_tells_which_failures_it_may_answer_with(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        answers = operation["responses"]
        assert "default" not in answers, name
        assert {"400", "429", "503"} <= set(answers), name
        assert ("404" in answers) >= ("{" in name), name
