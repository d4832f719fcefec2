from typing import Any

from dragops_site import jsontext
from dragops_site.accounts.models import User
from dragops_site.errors import Invalid
from patterns.actions.checks import MAX_GRAPH_BYTES
from patterns.actions.create_pattern import create_pattern
from patterns.actions.export_pattern import FORMAT
from patterns.models import Pattern

# The graph and the rest, written with spaces and line ends.
MAX_FILE_BYTES = 4 * MAX_GRAPH_BYTES


def import_pattern(data: Any, owner: User | None) -> Pattern:
    """A new draft from an exported document, given as a value or as the text of the file. Raises Invalid.

    Patterns it calls are kept as they are named; whether they exist here is for the compile check to say.
    """
    document = _read(data) if isinstance(data, (str, bytes)) else data
    _check_format(document)
    return create_pattern(
        owner,
        document.get("name"),
        graph=_graph(document),
        description=document.get("description") or "",
        tags=document.get("tags") or (),
        is_template=document.get("isTemplate", False),
    )


def _read(text: str | bytes) -> Any:
    if len(text) > MAX_FILE_BYTES:
        raise Invalid(f"The file is larger than {MAX_FILE_BYTES:,} bytes.")
    try:
        return jsontext.loads(text)
    except ValueError as error:
        raise Invalid(f"The file is not JSON: {error}.") from None


def _check_format(document: Any) -> None:
    if not isinstance(document, dict) or "dragops" not in document:
        raise Invalid("This is not an exported pattern: it is no JSON object with a member “dragops”.")
    made_for = document["dragops"]
    if isinstance(made_for, bool) or made_for != FORMAT:
        raise Invalid(f"This file has format {str(made_for)[:20]}; this DRAGOPS reads format {FORMAT}.")


def _graph(document: dict[str, Any]) -> Any:
    # None would ask create_pattern for the empty graph: a file without one is broken.
    graph = document.get("graph")
    if graph is None:
        raise Invalid("The file holds no graph.", details={"graph": "The file holds no graph."})
    return graph
