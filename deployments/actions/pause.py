import logging

from django.utils import timezone

from deployments.actions.refusals import wrong_status
from deployments.models import Deployment
from dragops_site import jsontext
from dragops_site.accounts.models import User

logger = logging.getLogger(__name__)
MAX_REASON = 1_000


def pause(deployment: Deployment, user: User | None, reason: str = "") -> None:
    """Refuse what would start a run, until somebody resumes. Raises Conflict unless it is active."""
    paused = Deployment.objects.filter(pk=deployment.pk, status=Deployment.Status.ACTIVE).update(
        status=Deployment.Status.PAUSED,
        pause_reason=jsontext.clean(reason).strip()[:MAX_REASON],
        updated_at=timezone.now(),
    )
    if not paused:
        raise wrong_status(deployment, "paused")
    logger.info("%s paused pattern %s", user, deployment.pk)
