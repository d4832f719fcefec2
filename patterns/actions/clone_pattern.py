from dragops_site.accounts.models import User
from patterns.actions.checks import MAX_NAME
from patterns.actions.create_pattern import create_pattern
from patterns.models import Pattern

SUFFIX = " (copy)"


def clone_pattern(pattern: Pattern, owner: User | None) -> Pattern:
    """A new private draft with the same graph, description and tags."""
    return create_pattern(
        owner,
        pattern.name[: MAX_NAME - len(SUFFIX)] + SUFFIX,
        graph=pattern.graph,
        description=pattern.description,
        tags=[tag.name for tag in pattern.tags.all()],
    )
