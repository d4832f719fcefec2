"""Answers, failures and bodies are alike under all of /api."""

import re
from typing import Any

import orjson
import pytest
from django.db import OperationalError
from django.test import Client

from dragops_site import jsontext
from tests.api.made import deployed, run

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_success_has_data_time_and_meta(api_as: Any, viewer: Any) -> None:
    answer = api_as(viewer).get("/api/patterns")
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"success", "data", "timestamp", "meta"}
    assert body["success"] is True
    assert TIME.fullmatch(body["timestamp"])


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/patterns/", "/api/runs/1/2/3", "/api/%00"])
@pytest.mark.django_db
def test_unknown_address_is_404_in_json(api: Any, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
    assert answer.json()["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"{'a': 1}",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"name": 1e999}',
        b"[" * 100_000,
        b"[" * 300 + b"]" * 300,
        b'{"name": "x"} x',
    ],
)
def test_body_that_is_not_json_is_400(api_as: Any, editor: Any, body: bytes) -> None:
    answer = api_as(editor).post("/api/patterns", body or b" ", content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"text"', b"true"])
def test_body_that_is_no_object_is_422(api_as: Any, editor: Any, body: bytes) -> None:
    answer = api_as(editor).post("/api/patterns", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION")


def test_body_over_the_limit_is_413(api_as: Any, editor: Any, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = api_as(editor).post("/api/patterns", {"name": "x" * 1_000})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "TOO_LARGE")


def test_body_without_a_length_is_400_rather_than_taken_for_none(api_as: Any, editor: Any) -> None:
    answer = api_as(editor).post("/api/patterns", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


def test_form_is_415(api_as: Any, editor: Any) -> None:
    answer = api_as(editor).post("/api/patterns", b"name=x", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_answer_in_another_format_is_406_in_json(api_as: Any, viewer: Any) -> None:
    answer = api_as(viewer).get("/api/patterns", HTTP_ACCEPT="text/html")
    assert (answer.status_code, answer.json()["error"]["code"]) == (406, "NOT_ACCEPTABLE")


def test_validation_names_each_field(api_as: Any, editor: Any) -> None:
    error = api_as(editor).post("/api/patterns", {"name": 1, "isPublic": "maybe"}).json()["error"]
    assert error["code"] == "VALIDATION"
    assert set(error["details"]) == {"name", "isPublic"}
    assert error["message"].startswith("isPublic: ") or error["message"].startswith("name: ")


def test_host_that_is_no_host_is_400_in_json(api: Any) -> None:
    answer = api.get("/api/auth/providers", HTTP_HOST="a b")
    assert (answer.status_code, answer["Content-Type"]) in {(400, "application/json"), (200, "application/json")}


def test_fault_of_ours_is_500_in_json_without_a_traceback(viewer: Any, monkeypatch: Any) -> None:
    from patterns.api import NodesView

    def fail(view: Any, request: Any) -> None:
        raise RuntimeError("inner secret")

    monkeypatch.setattr(NodesView, "get", fail)
    client = Client(raise_request_exception=False)
    client.force_login(viewer)
    answer = client.get("/api/nodes")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "INTERNAL")
    assert b"secret" not in answer.content


def test_database_that_is_away_is_503(api_as: Any, viewer: Any, monkeypatch: Any) -> None:
    from patterns.api import NodesView

    def fail(view: Any, request: Any) -> None:
        raise OperationalError("connection to server at 10.0.0.1 failed")

    monkeypatch.setattr(NodesView, "get", fail)
    answer = api_as(viewer).get("/api/nodes")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "UNAVAILABLE")
    assert answer["Retry-After"]
    assert b"10.0.0.1" not in answer.content


def test_answer_carries_what_orjson_has_no_form_for(api_as: Any, viewer: Any, editor: Any) -> None:
    event = {"lone": "\ud800", "nul": "a\x00b", "big": 2**100, "text": "für"}
    execution = run(deployed(editor).pattern, event=event)
    answer = api_as(viewer).get(f"/api/runs/{execution.pk}")
    assert jsontext.loads(answer.content)["data"]["eventData"] == event


def test_deepest_event_that_is_taken_can_be_read_again(api_as: Any, operator: Any, editor: Any) -> None:
    event: Any = {}
    for _ in range(190):
        event = {"a": event}
    deployment = deployed(editor)
    answer = api_as(operator).post(
        f"/api/deployments/{deployment.pk}/execute", jsontext.dumps({"event": event}), content_type="application/json"
    )
    assert answer.status_code == 202
    assert orjson.loads(answer.content)["data"]["eventData"] == event
