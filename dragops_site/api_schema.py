"""The OpenAPI document: what a view declares, in the envelope that every answer has, with the role it needs."""

import inspect
from collections.abc import Iterator
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from dragops_site import idempotency
from dragops_site.accounts.roles import Role
from dragops_site.api import Keys
from dragops_site.api_roles import needed_role

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
TIMESTAMP = {"type": "string", "format": "date-time"}
ERROR = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": TEXT, "message": TEXT, "details": {}},
        },
    },
}
# Of every answer to somebody who has signed in, unless calls are not counted.
ALLOWANCE = {
    "X-RateLimit-Limit": {"description": "Calls that you have in a minute.", "schema": NUMBER, "example": 6000},
    "X-RateLimit-Remaining": {"description": "Calls that are left of them.", "schema": NUMBER, "example": 5999},
    "X-RateLimit-Reset": {"description": "Seconds until the minute is over.", "schema": NUMBER, "example": 42},
}
KEY = {
    "in": "header",
    "name": idempotency.HEADER,
    "description": "Names what is to be done, so that it is done once however often the request is sent. Sent again by "
    f"the same person within 24 hours, it is answered as before, with `{idempotency.REPLAYED}: true`.",
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST, "pattern": "^[ -~]+$"},
    "example": "order-1017",
}
FAILURE = ResolvedComponent("Failure", ResolvedComponent.SCHEMA, schema=ERROR, object="Failure")

FAILURES = {
    400: "The request cannot be read.",
    401: "Nobody has signed in, or the token is not valid, or no longer.",
    403: "The role does not allow it.",
    404: "There is no such thing.",
    406: "Answers are JSON, and that is not accepted.",
    409: "The thing is not, or no longer, in the state that the request takes it to be in.",
    413: "The body is too long.",
    415: "The body is not JSON.",
    422: "A value cannot be accepted; `details` tells which.",
    429: "Too many requests; `Retry-After` tells when to go on.",
    503: "Neither done nor refused, because a part of the server is away: ask again.",
}

# `extend_schema(extensions=…)` of a view's method: its answer is sent as it is; what its meta holds.
BARE = {"x-bare": True}


def with_meta(*optional: str, **members: dict[str, Any]) -> dict[str, Any]:
    """The extension that declares an answer's meta; members named in `optional` may be missing."""
    required = [name for name in members if name not in optional]
    return {"x-meta": {"type": "object", "required": required, "properties": members}}


CURSOR = {"type": ["string", "null"], "description": "The `cursor` of the page after this one."}
PAGE_META = with_meta(
    "page", "total", "totalPages", page=NUMBER, limit=NUMBER, total=NUMBER, totalPages=NUMBER, nextCursor=CURSOR
)
OFFSET_META = with_meta("total", "offset", total=NUMBER, limit=NUMBER, offset=NUMBER, nextCursor=CURSOR)


class EnvelopeSchema(AutoSchema):
    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        is_bare, meta = operation.pop("x-bare", False), operation.pop("x-meta", None)
        for status, response in operation["responses"].items():
            if status.startswith("2") and not is_bare:
                _wrap(response, meta)
        if self.method == "POST" and getattr(self.view, "keys", Keys.IGNORED) is not Keys.IGNORED:
            operation.setdefault("parameters", []).append(KEY)
        if needed_role(self.view, self.method):
            _count_calls(operation["responses"])
        self.registry.register_on_missing(FAILURE)
        for told in self._failures(operation):
            operation["responses"].setdefault(str(told), _json(FAILURES[told], FAILURE.ref))
        return operation

    def _failures(self, operation: dict[str, Any]) -> Iterator[int]:
        """The statuses of the failures that an operation may answer with."""
        parameters = operation.get("parameters", ())
        yield from (400, 406, 429, 503)
        if needed_role(self.view, self.method):
            yield from (401, 403)
        if any(parameter["in"] == "path" for parameter in parameters):
            yield 404
        if self.method not in ("GET", "HEAD"):
            yield from (409, 413)
        if "requestBody" in operation:
            yield 415
        if "requestBody" in operation or any(parameter["in"] != "path" for parameter in parameters):
            yield 422
        yield from getattr(self.view, "failures", ())

    def get_description(self) -> str:  # type: ignore[override]
        told = inspect.getdoc(getattr(self.view, self.method.lower())) or ""
        role = needed_role(self.view, self.method)
        needs = f"Needs the role {Role(role).label.lower()}." if role else "Open to everybody."
        return f"{told}\n\n{needs}".strip()

    def _get_serializer_name(self, serializer: Any, direction: str, bypass_extensions: bool = False) -> str:
        """Bodies are told from answers by `Request` at the end, which some are called by already."""
        name = super()._get_serializer_name(serializer, direction, bypass_extensions)
        return str(name).replace("RequestRequest", "Request")


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _wrap(response: dict[str, Any], meta: dict[str, Any] | None) -> None:
    for media in response.get("content", {}).values():
        members = {"success": {"const": True}, "data": media["schema"], "timestamp": TIMESTAMP}
        if meta:
            members["meta"] = meta
        media["schema"] = {"type": "object", "required": list(members), "properties": members}


def _count_calls(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        if status.startswith("2"):
            response["headers"] = {**response.get("headers", {}), **ALLOWANCE}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "dragops_site.bearer.TokenAuthentication"
    name = "apiToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "A token that somebody has made: `dgo_…`."}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "The dashboard's, with CSRF."}
