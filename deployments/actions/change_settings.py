"""Change how the runs of a deployment are run."""

import logging
from datetime import timedelta

from django.utils import timezone

from deployments.models import Deployment
from dragops_site.accounts.models import User
from dragops_site.errors import Invalid, PatternNotFound

logger = logging.getLogger(__name__)
LONGEST_RUN_S = int(timedelta(days=30).total_seconds())


def change_settings(deployment: Deployment, user: User | None, *, time_limit_s: int) -> None:
    """Holds for the runs that start from now on. Raises Invalid, PatternNotFound."""
    if not 1 <= time_limit_s <= LONGEST_RUN_S:
        message = f"The time limit must be a whole number from 1 to {LONGEST_RUN_S:,}."
        raise Invalid(message, details={"timeLimitS": message})
    now = timezone.now()
    if not Deployment.objects.filter(pk=deployment.pk).update(time_limit_s=time_limit_s, updated_at=now):
        raise PatternNotFound(deployment.pk)
    logger.info("%s set the time limit of pattern %s to %d s", user, deployment.pk, time_limit_s)
