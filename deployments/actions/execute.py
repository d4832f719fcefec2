from typing import Any
from uuid import UUID

from django.conf import settings

from deployments import breaker
from deployments.models import Deployment, Version
from dragops_site import audit, jsontext
from dragops_site.accounts.models import User
from dragops_site.errors import Invalid, NotDeployed, PatternNotFound, Paused
from executions.actions.start_execution import start_execution
from executions.models import Execution
from executions.persistence import writing
from executions.status import Mode, Trigger


def execute(deployment: Deployment, event: Any, user: User | None, *, awaited: bool = False) -> Execution:
    """Run the live version by hand with `event`, a JSON object (None: an empty one).

    While its circuit breaker is open, this is the trial once it has cooled down.
    Raises NotDeployed, Paused, Invalid, PatternNotFound.
    """
    given = checked_event({} if event is None else event)
    with writing():
        run = execute_live(deployment.pk, given, user, awaited=awaited)
        audit.record(user, "executed", run, name=deployment.pattern.name)
    return run


def execute_live(pattern_id: UUID, event: Any, user: User | None, **more: Any) -> Execution:
    """The same with an event that was checked when it came, and `more` columns.

    Raises NotDeployed, Paused, PatternNotFound.
    """
    live = Deployment.objects.select_related("version").filter(pk=pattern_id).first()
    if live is None:
        raise PatternNotFound(pattern_id)
    if live.version is None:
        raise NotDeployed("The pattern is not deployed.")
    if live.status == Deployment.Status.PAUSED:
        return _try(live, live.version, event=event, started_by=user, **more)
    return _start(live, live.version, event=event, started_by=user, **more)


@writing()
def _try(live: Deployment, version: Version, **given: Any) -> Execution:
    if breaker.is_cool(live):
        run = _start(live, version, **given)
        if breaker.admit_trial(live.pk, run.pk):
            return run
    raise Paused("The deployment is paused. Resume it first.")


def _start(live: Deployment, version: Version, **given: Any) -> Execution:
    return start_execution(
        pattern_id=live.pk,
        snapshot_id=version.snapshot_id,
        version_number=version.number,
        mode=Mode.LIVE,
        trigger=Trigger.MANUAL,
        time_limit_s=live.time_limit_s,
        concurrency=live.concurrency_limit,
        **given,
    )


def checked_event(event: Any) -> Any:
    """An event as somebody has typed it. Raises Invalid."""
    if not isinstance(event, dict):
        raise Invalid("The event is not a JSON object.", details={"event": "is not a JSON object"})
    if jsontext.is_deeper(event):
        raise Invalid(f"The event is nested more than {jsontext.MAX_DEPTH} levels deep.")
    try:
        size = len(jsontext.dumps(event))
    except ValueError as error:
        raise Invalid(f"The event is not JSON: {error}.") from None
    if size > settings.WEBHOOK_BODY_BYTES:
        raise Invalid(f"The event has {size:,} bytes; the limit is {settings.WEBHOOK_BODY_BYTES:,}.")
    return event
