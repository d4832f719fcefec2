from typing import Any

from django.utils import timezone

from patterns.models import Pattern
from patterns.rehearsal import for_deploy

FORMAT = 1


def export_pattern(pattern: Pattern) -> dict[str, Any]:
    """The draft as a JSON document for `import_pattern`, here or on another installation.

    No owner, no deployment, no history, no pinned data, no webhook id: a copy gets its own.
    """
    return {
        "dragops": FORMAT,
        "name": pattern.name,
        "description": pattern.description,
        "tags": [tag.name for tag in pattern.tags.all()],
        "isTemplate": pattern.is_template,
        "graph": for_deploy(pattern.graph),
        "exportedAt": timezone.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
