"""What the deployments do when live runs end badly."""

from collections.abc import Collection

from executions.models import Execution


def heard(failed: Collection[Execution]) -> None:
    """Called in the transaction in which these live executions ended failed, timed out or dead-lettered."""
