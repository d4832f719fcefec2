import logging

from django.db import transaction
from django.utils import timezone

from deployments.actions.refusals import wrong_status
from deployments.models import Deployment
from deployments.timetable import start_again
from dragops_site.accounts.models import User

logger = logging.getLogger(__name__)


@transaction.atomic
def resume(deployment: Deployment, user: User | None) -> None:
    """Let the trigger fire again, for what comes from now on. Raises Conflict unless it is paused."""
    start_again(deployment.pk)
    resumed = Deployment.objects.filter(pk=deployment.pk, status=Deployment.Status.PAUSED).update(
        status=Deployment.Status.ACTIVE, pause_reason="", updated_at=timezone.now()
    )
    if not resumed:
        raise wrong_status(deployment, "resumed")
    logger.info("%s resumed pattern %s", user, deployment.pk)
