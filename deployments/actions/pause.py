import logging

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from deployments.actions.refusals import wrong_status
from deployments.breaker import CLOSED
from deployments.models import Deployment
from dragops_site import audit, jsontext
from dragops_site.accounts.models import User

logger = logging.getLogger(__name__)
MAX_REASON = 1_000


@transaction.atomic
def pause(deployment: Deployment, user: User | None, reason: str = "") -> None:
    """Refuse what would start a run, until somebody resumes. Raises Conflict unless it is active, or paused by its
    circuit breaker, which then tries no more."""
    by_breaker = Q(status=Deployment.Status.PAUSED, breaker_opened_at__isnull=False)
    may_be_paused = Q(status=Deployment.Status.ACTIVE) | by_breaker
    paused = Deployment.objects.filter(may_be_paused, pk=deployment.pk).update(
        **CLOSED,
        status=Deployment.Status.PAUSED,
        pause_reason=jsontext.clean(reason).strip()[:MAX_REASON],
        updated_at=timezone.now(),
    )
    if not paused:
        raise wrong_status(deployment, "paused")
    logger.info("%s paused pattern %s", user, deployment.pk)
    audit.record(user, "paused", deployment.pattern, detail=reason)
