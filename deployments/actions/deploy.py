import logging
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from deployments.actions.environment_rules import keep_environment
from deployments.breaker import CLOSED
from deployments.connection_uses import hold_connections
from deployments.models import Deployment, Version
from deployments.settable import by_api_name, problems
from deployments.timetable import register
from dragops_site import audit, jsontext
from dragops_site.accounts.models import User
from dragops_site.errors import Invalid, PatternNotFound
from patterns.actions.take_snapshot import compile_draft, store_snapshot
from patterns.models import Pattern
from patterns.plan import Plan

logger = logging.getLogger(__name__)


@transaction.atomic
def deploy(pattern: Pattern, user: User | None, **settings: Any) -> Version:
    """Make the draft the next version, live at once; a paused deployment becomes active. All of it or nothing.

    `settings`, by the names in `settable.SETTINGS`, become those of the deployment; the others stay.
    Raises CompileRefused with all problems, Invalid, PatternNotFound.
    """
    if wrong := problems(settings):
        raise Invalid(" ".join(wrong.values()), details=by_api_name(wrong))
    # Locked before it is read: of two deploys the later one has the later draft and the next number.
    draft = Pattern.objects.select_for_update().filter(pk=pattern.pk).first()
    if draft is None:
        raise PatternNotFound(pattern.pk)
    hold_connections(draft.graph)
    keep_environment(settings)
    compiled = compile_draft(draft)
    snapshot = store_snapshot(draft, compiled)
    version = Version.objects.create(
        pattern=draft,
        number=_next_number(draft),
        snapshot=snapshot,
        created_by=user,
        **_read_off(compiled.plan),
    )
    register(version)
    _go_live(version, settings)
    logger.info("%s deployed version %d of pattern %s", user, version.number, draft.pk)
    audit.record(user, "deployed", draft, detail=f"version {version.number}")
    return version


def _next_number(pattern: Pattern) -> int:
    last = pattern.versions.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _read_off(plan: Plan) -> dict[str, str]:
    return {
        "trigger_type": plan.trigger.type,
        "trigger_node": jsontext.clean(plan.trigger.id)[:200],
        "response_mode": plan.response_mode,
    }


def _go_live(version: Version, settings: Mapping[str, Any]) -> None:
    now = timezone.now()
    Deployment.objects.update_or_create(
        pattern=version.pattern,
        defaults={
            **settings,
            **CLOSED,
            "status": Deployment.Status.ACTIVE,
            "version": version,
            "deployed_at": now,
            "pause_reason": "",
            "breaker_closed_at": now,  # how the version before did is not its fault
        },
    )
