"""The OpenAPI document: what a view declares, in the envelope that every answer has, with the role it needs."""

import inspect
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from dragops_site.accounts.roles import Role
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
FAILURE = ResolvedComponent("Failure", ResolvedComponent.SCHEMA, schema=ERROR, object="Failure")

# `extend_schema(extensions=…)` of a view's method: its answer is sent as it is; what its meta holds.
BARE = {"x-bare": True}


def with_meta(*optional: str, **members: dict[str, Any]) -> dict[str, Any]:
    """The extension that declares an answer's meta; members named in `optional` may be missing."""
    required = [name for name in members if name not in optional]
    return {"x-meta": {"type": "object", "required": required, "properties": members}}


PAGE_META = with_meta(page=NUMBER, limit=NUMBER, total=NUMBER, totalPages=NUMBER)
OFFSET_META = with_meta(total=NUMBER, limit=NUMBER, offset=NUMBER)


class EnvelopeSchema(AutoSchema):
    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        is_bare, meta = operation.pop("x-bare", False), operation.pop("x-meta", None)
        for status, response in operation["responses"].items():
            if status.startswith("2") and not is_bare:
                _wrap(response, meta)
        self.registry.register_on_missing(FAILURE)
        operation["responses"]["default"] = _json("A failure.", FAILURE.ref)
        return operation

    def get_description(self) -> str:  # type: ignore[override]
        told = inspect.getdoc(getattr(self.view, self.method.lower())) or ""
        role = needed_role(self.view, self.method)
        needs = f"Needs the role {Role(role).label.lower()}." if role else "Open to everybody."
        return f"{told}\n\n{needs}".strip()


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _wrap(response: dict[str, Any], meta: dict[str, Any] | None) -> None:
    for media in response.get("content", {}).values():
        members = {"success": {"const": True}, "data": media["schema"], "timestamp": TIMESTAMP}
        if meta:
            members["meta"] = meta
        media["schema"] = {"type": "object", "required": list(members), "properties": members}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "The dashboard's, with CSRF."}
