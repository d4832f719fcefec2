import logging
from collections.abc import Mapping

from django.db import transaction

from deployments.actions.change_environment import change_environment
from deployments.actions.environment_rules import checked_title
from deployments.models import Environment
from dragops_site import audit
from dragops_site.accounts.models import User

logger = logging.getLogger(__name__)


@transaction.atomic
def create_environment(
    user: User | None,
    name: str,
    description: str = "",
    is_default: bool = False,
    variables: Mapping[str, str | None] | None = None,
) -> Environment:
    """Raises Invalid, Conflict where the name is taken."""
    made = Environment.objects.create(name=checked_title(name))
    logger.info("%s created environment %s", user, made.pk)
    audit.record(user, "created", made)
    return change_environment(
        made, user, description=description, is_default=is_default or None, variables=variables or {}
    )
