"""What Call Pattern asks of the deployments: a callee's interface when compiling, its live version when running."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from deployments import breaker
from deployments.models import Deployment
from dragops_site.ids import new_id, parse_id
from patterns.compiler import declared_interface
from patterns.context import NodeError
from patterns.models import Pattern
from patterns.pins import Interface


@dataclass(frozen=True)
class Callee:
    execution_id: UUID  # that its run takes
    pattern_id: UUID
    pattern_name: str
    snapshot_id: UUID
    version_number: int
    time_limit_s: int
    concurrency: int | None = None


def interfaces(ids: Iterable[str]) -> dict[str, Interface]:
    """The interface of each pattern that exists and has an On Pattern Call node, by the id it was asked for with.

    Of a deployed pattern, paused or not, that of its live version; else that of its draft.
    """
    keys = {asked: key for asked in ids if (key := parse_id(asked))}
    patterns = Pattern.objects.select_related("deployment__version__snapshot").in_bulk(set(keys.values()))
    found = {asked: interface_of(patterns[key]) for asked, key in keys.items() if key in patterns}
    return {asked: interface for asked, interface in found.items() if interface}


def interface_of(pattern: Pattern) -> Interface | None:
    deployment = getattr(pattern, "deployment", None)
    live = deployment.version if deployment else None
    return declared_interface(live.snapshot.graph if live else pattern.graph, pattern.name)


def live_version(pattern_id: str) -> Callee:
    """What a call runs now. Raises NodeError of the type PatternNotFound, PatternNotDeployed, PatternPaused or
    PatternNotCallable."""
    row = _live_row(parse_id(pattern_id))
    if row is None:
        raise NodeError(f"There is no pattern {pattern_id}.", "PatternNotFound")
    if row["deployment__version__number"] is None:
        raise NodeError(f"The pattern “{row['name']}” is not deployed.", "PatternNotDeployed")
    execution_id = new_id()
    if row["deployment__status"] == Deployment.Status.PAUSED and not _is_trial(row, execution_id):
        raise NodeError(f"The pattern “{row['name']}” is paused.", "PatternPaused")
    if row["deployment__version__trigger_type"] != "OnPatternCall":
        raise NodeError(f"The pattern “{row['name']}” does not start with On Pattern Call.", "PatternNotCallable")
    return Callee(
        execution_id=execution_id,
        pattern_id=row["id"],
        pattern_name=row["name"],
        snapshot_id=row["deployment__version__snapshot_id"],
        version_number=row["deployment__version__number"],
        time_limit_s=row["deployment__time_limit_s"],
        concurrency=row["deployment__concurrency_limit"],
    )


def _is_trial(row: Mapping[str, Any], execution_id: UUID) -> bool:
    """Whether the circuit breaker lets this call through to try."""
    may_try = breaker.may_try(
        opened_at=row["deployment__breaker_opened_at"],
        cooldown_s=row["deployment__breaker_cooldown_s"],
        trial=row["deployment__breaker_trial"],
    )
    return may_try and breaker.admit_trial(row["id"], execution_id)


def _live_row(key: UUID | None) -> Mapping[str, Any] | None:
    # Columns alone: the graphs stay where they are.
    return Pattern.objects.filter(pk=key).values(*_COLUMNS).first() if key else None


_COLUMNS = (
    "id",
    "name",
    "deployment__status",
    "deployment__time_limit_s",
    "deployment__concurrency_limit",
    "deployment__breaker_opened_at",
    "deployment__breaker_cooldown_s",
    "deployment__breaker_trial",
    "deployment__version__number",
    "deployment__version__snapshot_id",
    "deployment__version__trigger_type",
)
