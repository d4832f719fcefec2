import logging

from django.db import transaction

from deployments.actions.environment_rules import locked
from deployments.models import Environment
from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import Conflict

logger = logging.getLogger(__name__)
NAMED = 3


@transaction.atomic
def delete_environment(environment: Environment, user: User | None) -> None:
    """Delete it with its variables and secrets. Raises Conflict where deployments name it, NotFound."""
    found = locked(environment.pk)
    names = list(found.deployments.order_by("pattern__name").values_list("pattern__name", flat=True))
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        raise Conflict(
            f"The environment “{found.name}” is that of {', '.join(names[:NAMED])}{more}. Give these deployments "
            "another one first.",
            details={"deployments": len(names)},
        )
    audit.record(user, "deleted", found)
    found.delete()
    logger.info("%s deleted environment %s", user, environment.pk)
