"""The application as the web server calls it."""

from typing import Any

import pytest
from django.test import RequestFactory

from dragops_site.wsgi import application

pytestmark = pytest.mark.django_db


def _status(**environ: Any) -> str:
    statuses: list[str] = []
    environ = RequestFactory()._base_environ(PATH_INFO="/healthz", **environ)
    answer = application(environ, lambda status, headers: statuses.append(status))
    answer.close()
    return statuses[0]


@pytest.mark.parametrize("charset", ["utf-8", "idna", "rot13", "undefined", "hex", "no-such", "\x00", "x" * 50_000])
def test_request_is_answered_whatever_charset_its_content_type_names(charset: str) -> None:
    assert _status(CONTENT_TYPE=f"text/plain; charset={charset}", QUERY_STRING="a=%ff") == "200 OK"


def test_request_is_answered_when_its_query_has_too_many_fields() -> None:
    assert _status(CONTENT_TYPE="text/plain; charset=utf-8", QUERY_STRING="a&" * 5_000) == "200 OK"
