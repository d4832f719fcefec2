import logging

from django.db import transaction

from deployments.actions.environment_rules import locked
from deployments.models import Environment
from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import NotFound

logger = logging.getLogger(__name__)


@transaction.atomic
def delete_secret(environment: Environment, name: str, user: User | None) -> None:
    """Raises NotFound (SECRET_NOT_FOUND, ENVIRONMENT_NOT_FOUND)."""
    found = locked(environment.pk)
    deleted, _ = found.secrets.filter(name=name).delete()
    if not deleted:
        raise NotFound("There is no such secret in this environment.", code="SECRET_NOT_FOUND")
    logger.info("%s deleted the secret %s of environment %s", user, name, found.pk)
    audit.record(user, "deleted secret", found, detail=name)
