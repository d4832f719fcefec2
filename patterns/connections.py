"""The connections that a graph names."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from patterns import registry
from patterns.graph import Problem, parse


def named_connections(graph: Any) -> Iterator[tuple[str, str]]:
    """The ids of the nodes that name one, each with the name."""
    for node in parse(graph)[0].nodes.values():
        name = {**node.defaults, **node.properties}.get("connection")
        if isinstance(name, str) and name.strip() and _takes_connection(node.type):
            yield node.id, name.strip()


def missing_connections(graph: Any) -> list[Problem]:
    """A problem for each node that names a connection which is not here."""
    named = list(named_connections(graph))
    resolve: Callable[[Iterable[str]], set[str]] = import_string(settings.CONNECTION_NAMES_RESOLVER)
    known = resolve(name for _, name in named) if named else set()
    return [_missing(node_id, name) for node_id, name in named if name not in known]


def _missing(node_id: str, name: str) -> Problem:
    message = f"There is no connection “{name[:100]}” here. Make it on the page Connections, or choose another."
    return Problem("UNKNOWN_CONNECTION", message, node_id=node_id, pin="connection")


def _takes_connection(node_type: str) -> bool:
    try:
        return any(prop.editor == "connection" for prop in registry.get(node_type).properties)
    except registry.UnknownNode:
        return False
