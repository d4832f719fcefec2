"""The example patterns: one exported document a file, loaded and deployed on the first start.

A Call Pattern node of an example names another one as `example:<file name without suffix>`; loading puts the id that
the other got here in its place.
"""

from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from django.db import transaction

from deployments.actions import deploy
from dragops_site import jsontext
from dragops_site.accounts.models import User
from patterns.actions import import_pattern
from patterns.compiler import called_patterns
from patterns.models import Pattern

FOLDER = Path(__file__).parent
TAG = "example"
PREFIX = "example:"
Document = dict[str, Any]


@transaction.atomic
def load_examples(owner: User) -> list[Pattern]:
    """Import and deploy the examples that are not there, callees first; all of them or none. Returns the new ones.

    An example is there when a pattern has its name and the tag of the examples, whatever became of its graph.
    """
    _await_turn()
    documents = read_documents()
    present: dict[str, Pattern] = {}
    added: list[Pattern] = []
    for key in in_order(documents):
        pattern = _find(documents[key])
        if pattern is None:
            pattern = import_pattern(_resolved(documents[key], present), owner)
            deploy(pattern, owner)
            added.append(pattern)
        present[PREFIX + key] = pattern
    return added


def read_documents() -> dict[str, Document]:
    """The documents by key."""
    return {path.stem: jsontext.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def in_order(documents: dict[str, Document]) -> list[str]:
    """The keys, callees before their callers."""
    calls = {key: called_patterns(document["graph"]) for key, document in documents.items()}
    sorter = TopologicalSorter({key: {name.removeprefix(PREFIX) for name in names} for key, names in calls.items()})
    return list(sorter.static_order())


def _await_turn() -> None:
    """Let one process at a time look what is there: the first user's row is the lock; on SQLite the transaction is."""
    User.objects.select_for_update().order_by("pk").first()


def _find(document: Document) -> Pattern | None:
    return Pattern.objects.filter(name=document["name"], tags__name__iexact=TAG).order_by("pk").first()


def _resolved(document: Document, present: dict[str, Pattern]) -> Document:
    """The document with the ids of the patterns that it calls."""
    graph = document["graph"]
    return {**document, "graph": {**graph, "nodes": [_resolved_node(node, present) for node in graph["nodes"]]}}


def _resolved_node(node: dict[str, Any], present: dict[str, Pattern]) -> dict[str, Any]:
    data = node["data"]
    if node["type"] != "CallPattern":
        return node
    target = present[data["properties"]["pattern"]]
    return {**node, "data": {**data, "properties": {**data["properties"], "pattern": str(target.pk)}}}
