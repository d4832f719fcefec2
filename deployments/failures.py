"""What the deployments do when live runs end badly: weigh, count, and start the patterns that wait for it."""

import logging
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from deployments import breaker, notices
from deployments.models import Deployment, Version
from dragops_site.api_fields import iso
from executions import bell
from executions.actions.start_execution import new_execution
from executions.models import Execution
from executions.status import Mode, Trigger
from patterns.samples import trigger_of

log = logging.getLogger(__name__)

TRIGGER = "OnExecutionFailed"


def heard(failed: Collection[Execution]) -> None:
    """Called in the transaction in which these live executions ended failed, timed out or dead-lettered.

    What goes wrong here must not change how they end; the database's errors are the transaction's own.
    """
    counts = Counter(execution.pattern_id for execution in failed)
    found = Deployment.objects.filter(pk__in=counts).select_related("pattern").order_by("pk")
    deployments = list(found.defer("pattern__graph", "pattern__description"))
    try:
        breaker.weigh(deployments)
        notices.count_failures({one.pk: counts[one.pk] for one in deployments if one.notify})
        _start_listeners(failed, {one.pk: one.pattern.name for one in deployments})
    except (DatabaseError, InterfaceError):
        raise
    except Exception:
        log.exception("what follows from failed runs could not be done")


# --- On Execution Failed --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Listener:
    """A live version that starts with On Execution Failed."""

    deployment: Deployment
    version: Version
    chosen: frozenset[str]  # ids of patterns; empty: every other one

    def heeds(self, pattern_id: UUID) -> bool:
        return pattern_id != self.deployment.pk and (not self.chosen or str(pattern_id) in self.chosen)


def _start_listeners(failed: Collection[Execution], names: dict[UUID, str]) -> None:
    listeners = _listeners()
    if not listeners:
        return
    heeded = _without_consequences(failed)
    runs = [run for listener in listeners for run in _runs(listener, heeded, names)]
    Execution.objects.bulk_create(runs, batch_size=500)
    if runs:
        bell.ring_on_commit()


def _listeners() -> list[Listener]:
    live = Deployment.objects.filter(version__trigger_type=TRIGGER).select_related("version").order_by("pk")
    return [listener for one in live if (listener := _listener(one))]


def _listener(deployment: Deployment) -> Listener | None:
    """None where it is paused, or cannot be read: one broken pattern must not keep the others from hearing."""
    version = deployment.version
    if version is None or not (deployment.status == Deployment.Status.ACTIVE or breaker.is_cool(deployment)):
        return None
    try:
        return Listener(deployment, version, _chosen(version.pk))
    except (TypeError, ValueError, AttributeError):
        log.exception("version %s of pattern %s cannot be read as a listener", version.number, deployment.pk)
        return None


@lru_cache(maxsize=1_000)
def _chosen(version_id: UUID) -> frozenset[str]:
    """What a version's trigger says; versions never change."""
    version = Version.objects.select_related("snapshot").get(pk=version_id)
    trigger = trigger_of(version.snapshot.graph)
    return frozenset(one.lower() for one in trigger.properties.get("patterns") or ()) if trigger else frozenset()


def _without_consequences(failed: Iterable[Execution]) -> list[Execution]:
    """All but the runs that a failure has started, and what those called: else one failure could go on for ever."""
    roots = {execution.root_id for execution in failed if execution.root_id}
    consequences = set(Execution.objects.filter(pk__in=roots, trigger=Trigger.FAILURE).values_list("pk", flat=True))
    return [run for run in failed if run.trigger != Trigger.FAILURE and run.root_id not in consequences]


def _runs(listener: Listener, failed: Iterable[Execution], names: dict[UUID, str]) -> list[Execution]:
    runs = [_run(listener, run, names) for run in failed if listener.heeds(run.pattern_id)]
    if runs and listener.deployment.status == Deployment.Status.PAUSED:  # its breaker is open: one may try
        return runs[:1] if breaker.admit_trial(listener.deployment.pk, runs[0].pk) else []
    return runs


def _run(listener: Listener, failed: Execution, names: dict[UUID, str]) -> Execution:
    return new_execution(
        pattern_id=listener.deployment.pk,
        snapshot_id=listener.version.snapshot_id,
        version_number=listener.version.number,
        mode=Mode.LIVE,
        trigger=Trigger.FAILURE,
        event=event_of(failed, names.get(failed.pattern_id, "")),
        time_limit_s=listener.deployment.time_limit_s,
        concurrency=listener.deployment.concurrency_limit,
    )


def event_of(failed: Execution, pattern_name: str) -> dict[str, Any]:
    """What On Execution Failed is told: {execution, error}."""
    return {
        "execution": {
            "id": str(failed.pk),
            "patternId": str(failed.pattern_id),
            "patternName": pattern_name,
            "version": failed.version_number,
            "status": str(failed.status),
            "triggeredBy": str(failed.trigger),
            "startedAt": iso(failed.started_at) if failed.started_at else None,
            "endedAt": iso(failed.ended_at) if failed.ended_at else None,
            "attempt": failed.attempt,
            "url": f"{settings.PUBLIC_URL}/executions/{failed.pk}",
        },
        "error": failed.error or {},
    }
