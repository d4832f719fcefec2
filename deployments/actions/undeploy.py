import logging

from django.db import transaction
from django.utils import timezone

from deployments.breaker import CLOSED
from deployments.models import Deployment
from deployments.timetable import remove
from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import NotDeployed
from patterns.models import Pattern

logger = logging.getLogger(__name__)


@transaction.atomic
def undeploy(pattern: Pattern, user: User | None) -> None:
    """Take the pattern down; its graph, versions and history stay. Raises NotDeployed."""
    remove(pattern.pk)
    taken_down = (
        Deployment.objects.filter(pattern=pattern)
        .exclude(status=Deployment.Status.UNDEPLOYED)
        .update(
            **CLOSED,
            status=Deployment.Status.UNDEPLOYED,
            version=None,
            pause_reason="",
            updated_at=timezone.now(),
        )
    )
    if not taken_down:
        raise NotDeployed("The pattern is not deployed.")
    logger.info("%s undeployed pattern %s", user, pattern.pk)
    audit.record(user, "undeployed", pattern)
