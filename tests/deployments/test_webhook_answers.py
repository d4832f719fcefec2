"""What a webhook may answer on behalf of a pattern, in a browser that is signed in to the dashboard."""

from typing import Any
from uuid import uuid4

import pytest

from deployments import webhook_answers
from dragops_site import jsontext
from executions.models import Execution
from patterns.context import Response

RUN_ID = uuid4()


def _answer(body: Any = "", status: Any = 200, **headers: Any) -> Any:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return webhook_answers.response(Response(status, names, body), RUN_ID)


def test_response_carries_status_headers_body_and_run_id() -> None:
    answer = _answer("made", 201, X_Own="1", Content_Type="text/html; charset=utf-8", Cache_Control="max-age=5")
    assert (answer.status_code, answer.content) == (201, b"made")
    assert (answer["X-Own"], answer["Content-Type"]) == ("1", "text/html; charset=utf-8")
    assert (answer["X-Run-Id"], answer["Cache-Control"]) == (str(RUN_ID), "max-age=5")


@pytest.mark.parametrize(
    ("body", "sent", "content_type"),
    [
        ("", b"", "text/plain; charset=utf-8"),
        ("é\x00", "é\x00".encode(), "text/plain; charset=utf-8"),
        ("\ud800", b"\\ud800", "text/plain; charset=utf-8"),
        ('{"a":1}', b'{"a":1}', "text/plain; charset=utf-8"),
        ({"a": [1, None]}, b'{"a":[1,null]}', "application/json"),
        ([], b"[]", "application/json"),
        (5, b"5", "application/json"),
        (None, b"null", "application/json"),
        (b"\x00\xff", b"\x00\xff", "application/octet-stream"),
    ],
)
def test_response_sends_strings_as_they_are_and_other_values_as_json(body: Any, sent: bytes, content_type: str) -> None:
    answer = _answer(body)
    assert (answer.content, answer["Content-Type"]) == (sent, content_type)


@pytest.mark.parametrize("status", [204, 205, 304])
def test_response_has_no_body_where_http_has_none(status: int) -> None:
    assert _answer("text", status).content == b""


@pytest.mark.parametrize("status", [0, -1, 99, 100, 199, 600, 10**30, "200", None, 200.0, {}])
def test_response_with_a_status_that_is_none_is_an_error_that_names_it(status: Any) -> None:
    answer = _answer("x", status)
    error = jsontext.loads(answer.content)
    assert (answer.status_code, error["success"], error["runId"]) == (500, False, str(RUN_ID))
    assert str(status) in error["error"]["message"]


def test_response_is_sandboxed_whatever_its_headers_say() -> None:
    answer = _answer("<script>", content_security_policy="default-src *", X_Content_Type_Options="none")
    assert (answer["Content-Security-Policy"], answer["X-Content-Type-Options"]) == ("sandbox", "nosniff")


@pytest.mark.parametrize(
    "name",
    [
        *[
            "Set-Cookie",
            "set-cookie",
            "Connection",
            "TRANSFER-ENCODING",
            "Content-Length",
            "Upgrade",
            "Trailer",
            "Date",
        ],
        *["Clear-Site-Data", "Service-Worker-Allowed", "Strict-Transport-Security", "Content-Encoding", "Keep-Alive"],
        *["", " ", "a b", "a:b", "a\r\nb", "é", "\x00", "a\x7f", "(x)"],
    ],
)
def test_response_leaves_out_headers_that_are_not_the_patterns_to_send(name: str) -> None:
    plain = _answer("x")
    answer = webhook_answers.response(Response(200, {name: "value"}, "x"), RUN_ID)
    assert dict(answer.items()) == dict(plain.items())


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: x=1", "a\nb", "a\x00b", "\x7f", "", "  "])
def test_response_leaves_out_headers_whose_value_cannot_be_sent(value: str) -> None:
    assert "X-Own" not in _answer("x", X_Own=value)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (5, "5"),
        (True, "true"),
        (None, "null"),
        (["a", 1], "a, 1"),
        ({"a": 1}, '{"a":1}'),
        (" a\tb ", "a\tb"),
        ("é", "é"),
    ],
)
def test_response_writes_header_values_of_every_type(value: Any, sent: str) -> None:
    assert _answer("x", X_Own=value)["X-Own"] == sent


@pytest.mark.parametrize("value", ["€", "\ud800", "😀" * 200])
def test_response_sends_header_values_beyond_latin_1_on_one_line(value: str) -> None:
    sent = _answer("x", X_Own=value).serialize_headers()
    assert sent.count(b"X-Own") == 1
    assert all(b":" in line for line in sent.split(b"\r\n"))


def test_failure_names_code_message_and_node() -> None:
    run = Execution(pk=uuid4(), status="failed", error_type="Boom", error_message="It broke.", error_node_id="n1")
    answer = webhook_answers.result(run)
    error = jsontext.loads(answer.content)["error"]
    assert (answer.status_code, error["code"], error["message"]) == (500, "RUN_FAILED", "It broke.")
    assert error["details"]["nodeId"] == "n1"


@pytest.mark.parametrize("status", ["timeout", "dead_letter", "canceled"])
def test_failure_without_a_message_says_how_the_run_ended(status: str) -> None:
    error = jsontext.loads(webhook_answers.result(Execution(pk=uuid4(), status=status)).content)["error"]
    assert error["code"] == f"RUN_{status.upper()}"
    assert status.replace("_", " ") in error["message"]
