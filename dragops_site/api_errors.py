"""Every failure of the API as one kind of answer: {"success": false, "error": {code, message, details}}."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import Error as DatabaseError  # InterfaceError, a lost connection, is no DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.views import defaults
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback
from rest_framework_simplejwt.exceptions import TokenError

from dragops_site import jsontext
from dragops_site.errors import Refused

logger = logging.getLogger(__name__)

CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "VALIDATION",
    429: "RATE_LIMITED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
RETRY_AFTER_S = 5


def failure(status: int, message: str, *, code: str = "", details: Any = None) -> dict[str, Any]:
    """The body of an answer that reports a failure."""
    error = {"code": code or CODES[status], "message": message}
    return {"success": False, "error": error if details is None else {**error, "details": details}}


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. None for a fault of ours: it is logged, and `server_error` answers."""
    set_rollback()
    for kinds, answer in ANSWERS:
        if isinstance(error, kinds):
            return answer(error)
    return None


def _refused(error: Refused) -> Response:
    headers = {"Retry-After": str(RETRY_AFTER_S)} if error.status == 503 else None
    return Response({"success": False, "error": error.as_dict()}, status=error.status, headers=headers)


def _invalid(error: drf.ValidationError) -> Response:
    return Response(failure(422, _first_message(error.detail), details=error.detail), status=422)


def _invalid_model(error: ValidationError) -> Response:
    details = error.message_dict if hasattr(error, "error_dict") else error.messages
    return Response(failure(422, _first_message(details), details=details), status=422)


def _api_exception(error: drf.APIException) -> Response:
    status = error.status_code
    headers = {}
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return Response(failure(status, _first_message(error.detail)), status=status, headers=headers)


def _bad_token(error: TokenError) -> Response:
    return Response(failure(401, "The token is not valid, or no longer."), status=401)


def _not_found(error: Http404) -> Response:
    return Response(failure(404, "There is nothing at this address."), status=404)


def _forbidden(error: PermissionDenied) -> Response:
    return Response(failure(403, "You may not do this."), status=403)


def _too_large(error: RequestDataTooBig) -> Response:
    return Response(failure(413, "The body is too long."), status=413)


def _suspicious(error: SuspiciousOperation) -> Response:
    return Response(failure(400, "The request cannot be read."), status=400)


def _database_away(error: DatabaseError) -> Response:
    logger.error("The database failed while the API answered: %s", error, exc_info=error)
    body = failure(503, "The database does not answer at the moment.")
    return Response(body, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})


ANSWERS: tuple[tuple[type[Exception], Callable[[Any], Response]], ...] = (
    (Refused, _refused),
    (drf.ValidationError, _invalid),
    (drf.APIException, _api_exception),
    (ValidationError, _invalid_model),
    (TokenError, _bad_token),
    (Http404, _not_found),
    (PermissionDenied, _forbidden),
    (RequestDataTooBig, _too_large),
    (SuspiciousOperation, _suspicious),
    (DatabaseError, _database_away),
)


def _first_message(detail: Any, field: str = "") -> str:
    """The first of DRF's messages, with the field it is about."""
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()), ("", "The request is not valid."))
        known = "" if name in ("non_field_errors", "detail") else str(name)
        return _first_message(inner, ".".join(filter(None, (field, known))))
    if isinstance(detail, (list, tuple)):
        return _first_message(next((item for item in detail if item), "The request is not valid."), field)
    return f"{field}: {detail}" if field else str(detail)


# --- Failures outside the API's views: Django's own handlers, as urls.py names them -----------------------------------
def is_api(request: HttpRequest) -> bool:
    return request.path == "/api" or request.path.startswith("/api/")


def _answer(status: int, message: str) -> HttpResponse:
    body = jsontext.dumps(failure(status, message))
    return HttpResponse(body, status=status, content_type="application/json")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not is_api(request):
        return defaults.bad_request(request, exception)
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return _answer(status, "The request cannot be read.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not is_api(request):
        return defaults.permission_denied(request, exception)
    return _answer(403, "You may not do this.")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not is_api(request):
        return defaults.page_not_found(request, exception)
    return _answer(404, "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    if not is_api(request):
        return defaults.server_error(request)
    return _answer(500, "Something went wrong here. It has been logged.")
