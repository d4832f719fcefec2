"""The application as the web server calls it."""

from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from dragops_site.ids import new_id
from dragops_site.wsgi import application
from dragops_site.wsgi_handler import Request

pytestmark = pytest.mark.django_db(transaction=True)


def _answer(handler: WSGIHandler, path: str, **environ: Any) -> tuple[str, dict[str, str]]:
    """The status and the headers."""
    told: list[tuple[str, dict[str, str]]] = []
    environ = RequestFactory()._base_environ(PATH_INFO=path, **environ)
    answer = handler(environ, lambda status, headers: told.append((status, dict(headers))))
    answer.close()
    return told[0]


def _status(**environ: Any) -> str:
    return _answer(application, "/healthz", **environ)[0]


@pytest.mark.parametrize("charset", ["utf-8", "idna", "rot13", "undefined", "hex", "no-such", "\x00", "x" * 50_000])
def test_request_is_answered_whatever_charset_its_content_type_names(charset: str) -> None:
    assert _status(CONTENT_TYPE=f"text/plain; charset={charset}", QUERY_STRING="a=%ff") == "200 OK"


def test_request_is_answered_when_its_query_has_too_many_fields() -> None:
    assert _status(CONTENT_TYPE="text/plain; charset=utf-8", QUERY_STRING="a&" * 5_000) == "200 OK"


WEBHOOKS = [f"/webhooks/{new_id()}", "/webhooks/", "/webhooks/resume", "/api/webhooks/x", f"/api/webhooks/{new_id()}"]


@pytest.mark.parametrize("path", WEBHOOKS)
@pytest.mark.parametrize("method", ["GET", "POST", "TRACE"])
def test_webhook_is_answered_alike_without_the_middleware_for_pages(path: str, method: str) -> None:
    whole = WSGIHandler()
    whole.request_class = Request
    status, headers = _answer(whole, path, REQUEST_METHOD=method)
    assert headers.pop("Vary") == "Cookie"
    assert _answer(application, path, REQUEST_METHOD=method) == (status, headers)


def test_webhook_for_another_host_is_refused_with_all_headers_that_keep_a_browser_safe() -> None:
    status, headers = _answer(application, WEBHOOKS[0], HTTP_HOST="no host!")
    assert status.startswith("400") and headers["Content-Security-Policy"] == "sandbox"
    assert {"X-Content-Type-Options", "Permissions-Policy", "Referrer-Policy"} <= set(headers)


@pytest.mark.parametrize("path", WEBHOOKS)
def test_webhook_asks_for_no_session(path: str, django_assert_num_queries: Any) -> None:
    _answer(application, path)
    with django_assert_num_queries(len(path) > 30):  # who the pattern is
        _answer(application, path, HTTP_COOKIE="sessionid=0123456789abcdef0123456789abcdef")


@pytest.mark.parametrize("path", ["/webhooks/resume/x", "/api/webhooks/x/tap", "/", "/api/patterns"])
def test_page_and_api_pass_through_all_middleware(path: str) -> None:
    policy = _answer(application, path, HTTP_ACCEPT="text/html")[1]["Content-Security-Policy"]
    assert "script-src" in policy
