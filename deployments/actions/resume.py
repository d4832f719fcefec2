import logging

from django.db import transaction
from django.utils import timezone

from deployments.actions.refusals import wrong_status
from deployments.breaker import CLOSED
from deployments.models import Deployment
from deployments.timetable import start_again
from dragops_site import audit
from dragops_site.accounts.models import User

logger = logging.getLogger(__name__)


@transaction.atomic
def resume(deployment: Deployment, user: User | None) -> None:
    """Let the trigger fire again, for what comes from now on; the circuit breaker counts anew. Raises Conflict unless
    it is paused."""
    start_again(deployment.pk)
    now = timezone.now()
    resumed = Deployment.objects.filter(pk=deployment.pk, status=Deployment.Status.PAUSED).update(
        **CLOSED, status=Deployment.Status.ACTIVE, pause_reason="", breaker_closed_at=now, updated_at=now
    )
    if not resumed:
        raise wrong_status(deployment, "resumed")
    logger.info("%s resumed pattern %s", user, deployment.pk)
    audit.record(user, "resumed", deployment.pattern)
