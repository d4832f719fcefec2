from collections.abc import Iterable
from typing import Any

from django.db import transaction

from dragops_site import audit
from dragops_site.accounts.models import User
from patterns.actions import checks
from patterns.actions.tags import set_tags
from patterns.graph import empty_graph
from patterns.models import Pattern


@transaction.atomic
def create_pattern(
    owner: User | None,
    name: str,
    *,
    graph: dict[str, Any] | None = None,
    description: str = "",
    tags: Iterable[str] = (),
    is_public: bool = False,
    is_template: bool = False,
) -> Pattern:
    """A new draft, with an On Start node where no graph is given. Raises Invalid."""
    names = checks.tags(tags)
    pattern = Pattern.objects.create(
        owner=owner,
        name=checks.name(name),
        description=checks.description(description),
        graph=empty_graph() if graph is None else checks.graph(graph),
        is_public=checks.flag("is_public", is_public),
        is_template=checks.flag("is_template", is_template),
    )
    set_tags(pattern, names)
    audit.record(owner, "created", pattern)
    return pattern
