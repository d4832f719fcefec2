import logging

from django.db import transaction

from deployments.actions.connection_rules import locked, refuse_where_used
from deployments.models import Connection
from dragops_site import audit
from dragops_site.accounts.models import User

logger = logging.getLogger(__name__)


@transaction.atomic
def delete_connection(connection: Connection, user: User | None) -> None:
    """Raises Conflict where deployed patterns use it, NotFound."""
    found = locked(connection.pk)
    refuse_where_used(found, "deleted")
    audit.record(user, "deleted", found)
    found.delete()
    logger.info("%s deleted connection %s", user, connection.pk)
