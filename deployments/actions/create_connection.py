import logging
from collections.abc import Iterable, Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone

from deployments.actions.connection_rules import (
    MOST,
    checked_hosts,
    checked_name,
    checked_provider,
    checked_values,
    taken,
)
from deployments.models import Connection
from dragops_site import audit, jsontext
from dragops_site.accounts.models import User
from dragops_site.errors import Invalid
from dragops_site.vault import place_of, seal

logger = logging.getLogger(__name__)


@transaction.atomic
def create_connection(
    user: User | None, kind: str, name: str, values: Mapping[str, str], hosts: Iterable[str], provider: str = ""
) -> Connection:
    """Credentials of a kind of `connection_kinds`, of which the secret ones are not to be had again but by runs.

    Raises Invalid, Conflict where the name is taken.
    """
    if Connection.objects.count() >= MOST:
        raise Invalid(f"There may be {MOST:,} connections.")
    shown, secret = checked_values(kind, values)
    made = Connection(
        name=checked_name(name),
        provider=checked_provider(provider),
        type=kind,
        hosts=checked_hosts(hosts),
        settings=shown,
        updated_at=timezone.now(),
    )
    made.sealed = seal(jsontext.dumps(secret), place_of(made, "sealed"))
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:  # somebody else was first
        raise taken(made.name) from None
    audit.record(user, "created", made)
    logger.info("%s created connection %s", user, made.pk)
    return made
