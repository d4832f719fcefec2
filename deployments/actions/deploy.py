import logging

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from deployments.breaker import CLOSED
from deployments.models import Deployment, Version
from deployments.timetable import register
from dragops_site import jsontext
from dragops_site.accounts.models import User
from dragops_site.errors import PatternNotFound
from patterns.actions.take_snapshot import compile_draft, store_snapshot
from patterns.models import Pattern
from patterns.plan import Plan

logger = logging.getLogger(__name__)


@transaction.atomic
def deploy(pattern: Pattern, user: User | None) -> Version:
    """Make the draft the next version, live at once; a paused deployment becomes active. All of it or nothing.

    Raises CompileRefused with all problems, Invalid, PatternNotFound.
    """
    # Locked before it is read: of two deploys the later one has the later draft and the next number.
    draft = Pattern.objects.select_for_update().filter(pk=pattern.pk).first()
    if draft is None:
        raise PatternNotFound(pattern.pk)
    compiled = compile_draft(draft)
    snapshot = store_snapshot(draft, compiled.interfaces)
    version = Version.objects.create(
        pattern=draft,
        number=_next_number(draft),
        snapshot=snapshot,
        created_by=user,
        **_read_off(compiled.plan),
    )
    register(version)
    _go_live(version)
    logger.info("%s deployed version %d of pattern %s", user, version.number, draft.pk)
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


def _go_live(version: Version) -> None:
    now = timezone.now()
    Deployment.objects.update_or_create(
        pattern=version.pattern,
        defaults={
            **CLOSED,
            "status": Deployment.Status.ACTIVE,
            "version": version,
            "deployed_at": now,
            "pause_reason": "",
            "breaker_closed_at": now,  # how the version before did is not its fault
        },
    )
