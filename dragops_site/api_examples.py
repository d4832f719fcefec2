"""Examples for the OpenAPI document: one for each property, parameter, body and answer, made from the schemas.

What a value looks like follows from its name (`BY_NAME`), else from its format or type. So an example cannot fall
behind its schema; a test compares the two.
"""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

ID = "019ab1d2-7c3e-7a40-9f51-2f6c8e0b4d17"
MOMENT = "2026-03-14T15:09:26.535Z"
EVENT = {"body": {"order": 1017}, "headers": {}, "query": {}, "method": "POST"}
GRAPH = {
    "nodes": [{"id": "start", "type": "OnWebhook", "data": {"label": "On Webhook", "properties": {}, "defaults": {}}}],
    "edges": [],
    "variables": [],
}

BY_NAME: Mapping[str, Any] = {
    "after": 0,
    "attempt": 1,
    "body": {"order": 1017},
    "code": "CONFLICT",
    "cron": "0 6 * * 1-5",
    "cursor": ID,
    "defaults": {},
    "description": "Takes orders and tells the warehouse.",
    "details": {"status": "paused"},
    "displayName": "Warehouse",
    "durationMs": 42.5,
    "email": "ada@example.com",
    "error": {"type": "HttpError", "message": "503 Service Unavailable", "nodeId": "n4", "nodeName": "Tell Warehouse"},
    "errorMessage": "503 Service Unavailable",
    "errorType": "HttpError",
    "event": EVENT,
    "eventData": EVENT,
    "firstName": "Ada",
    "from": ID,
    "graph": GRAPH,
    "graphData": GRAPH,
    "inputs": {"message": "Order 1017"},
    "label": "Log",
    "lastName": "Lovelace",
    "level": "info",
    "limit": 20,
    "message": "Order 1017",
    "name": "Orders",
    "nodeId": "n4",
    "node_id": "n4",
    "nodeName": "Tell Warehouse",
    "number": 3,
    "offset": 0,
    "output": {"status": 200},
    "page": 1,
    "password": "correct horse battery staple",
    "patternName": "Orders",
    "provider": "warehouse",
    "q": "1017",
    "reason": "The warehouse is closed.",
    "result": {"accepted": True},
    "search": "orders",
    "seq": 4,
    "status": "active",
    "tags": ["warehouse"],
    "timeZone": "Europe/Berlin",
    "total": 1,
    "totalPages": 1,
    "type": "OnWebhook",
    "url": "https://dragops.example.com/webhooks/whk_6f1c2a",
    "value": "https://warehouse.example.com",
    "version": 3,
    "versionNumber": 3,
    "wait": 5,
    "webhookUrl": "https://dragops.example.com/webhooks/whk_6f1c2a",
}
BY_FORMAT = {"date-time": MOMENT, "date": MOMENT[:10], "uuid": ID, "email": "ada@example.com", "uri": BY_NAME["url"]}
BY_TYPE: Mapping[str, Any] = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "null": None}
KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
    "": (object,),
}
DEEPEST = 6  # a tree is shown no deeper


def add_examples(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """The hook of drf-spectacular that is called with the finished document."""
    schemas = result.get("components", {}).get("schemas", {})
    _tidy(result)
    for schema in schemas.values():
        for name, member in schema.get("properties", {}).items():
            if "$ref" not in member:
                member.setdefault("examples", [example_of(member, schemas, name)])
    for operations in result["paths"].values():
        for operation in operations.values():
            _complete(operation, schemas)
    return result


def _complete(operation: Schema, schemas: Schema) -> None:
    for parameter in operation.get("parameters", ()):
        parameter.setdefault("example", example_of(parameter["schema"], schemas, parameter["name"]))
    for content in (operation.get("requestBody", {}), *operation["responses"].values()):
        for media in content.get("content", {}).values():
            if "schema" in media:
                media.setdefault("example", example_of(media["schema"], schemas))


def example_of(schema: Schema, schemas: Mapping[str, Schema], name: str = "", depth: int = 0) -> Any:
    """A value that `schema` allows, as the property `name` would have it."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas, name, depth + 1)
    if "example" in schema or "examples" in schema:
        return schema["example"] if "example" in schema else schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    for combined in ("oneOf", "anyOf", "allOf"):
        if combined in schema:
            return example_of(schema[combined][0], schemas, name, depth)
    return _typed(schema, schemas, name, depth)


def _typed(schema: Schema, schemas: Mapping[str, Schema], name: str, depth: int) -> Any:
    kind = _type_of(schema)
    if "properties" in schema:
        return _members(schema, schemas, depth)
    if "enum" in schema:
        return _chosen(schema, name)
    if kind == "array":
        inner = schema.get("items", {})
        return [] if depth >= DEEPEST or not inner else [example_of(inner, schemas, _singular(name), depth + 1)]
    return _scalar(schema, kind, name)


def _members(schema: Schema, schemas: Mapping[str, Schema], depth: int) -> dict[str, Any]:
    shown = {name: member for name, member in schema["properties"].items() if not member.get("deprecated")}
    if depth >= DEEPEST:
        shown = {name: member for name, member in shown.items() if name in schema.get("required", ())}
    return {name: example_of(member, schemas, name, depth + 1) for name, member in shown.items()}


def _chosen(schema: Schema, name: str) -> Any:
    return BY_NAME[name] if name in BY_NAME and BY_NAME[name] in schema["enum"] else schema["enum"][0]


def _scalar(schema: Schema, kind: str, name: str) -> Any:
    for found in (*_named(name), BY_FORMAT.get(schema.get("format", "")), schema.get("default")):
        if found is not None and _is_of(found, kind):
            return _within(found, schema)
    if kind == "object":
        return {}
    return _within(BY_TYPE.get(kind), schema)


def _named(name: str) -> tuple[Any, ...]:
    is_id = name == "id" or name.endswith(("Id", "_id", "Of"))
    return (BY_NAME.get(name), ID if is_id else None)


def _within(value: Any, schema: Schema) -> Any:
    """The value, or what bounds allow in its place."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    return min(max(value, low), high)


def _type_of(schema: Schema) -> str:
    kind = schema.get("type", "")
    return next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind


def _is_of(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind in ("boolean", "")
    return isinstance(value, KINDS.get(kind, ()))


def _singular(name: str) -> str:
    return name.removesuffix("s")


def _tidy(node: Any) -> None:
    """Any value or null is any value: as one of two, null would be both, and valid as neither."""
    if isinstance(node, list):
        for member in node:
            _tidy(member)
    if not isinstance(node, dict):
        return
    if node.get("oneOf") == [{}, {"type": "null"}]:
        del node["oneOf"]
    for member in list(node.values()):
        _tidy(member)
