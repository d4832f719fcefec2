import logging

from django.utils import timezone

from deployments.models import Deployment
from dragops_site.accounts.models import User
from dragops_site.errors import NotDeployed
from patterns.models import Pattern

logger = logging.getLogger(__name__)


def undeploy(pattern: Pattern, user: User | None) -> None:
    """Take the pattern down; its graph, versions and history stay. Raises NotDeployed."""
    taken_down = (
        Deployment.objects.filter(pattern=pattern)
        .exclude(status=Deployment.Status.UNDEPLOYED)
        .update(
            status=Deployment.Status.UNDEPLOYED,
            version=None,
            pause_reason="",
            updated_at=timezone.now(),
        )
    )
    if not taken_down:
        raise NotDeployed("The pattern is not deployed.")
    logger.info("%s undeployed pattern %s", user, pattern.pk)
