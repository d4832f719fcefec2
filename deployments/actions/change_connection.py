import logging
from collections.abc import Iterable, Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone

from deployments.actions.connection_rules import (
    checked_hosts,
    checked_name,
    checked_provider,
    checked_values,
    locked,
    refuse_where_used,
    taken,
)
from deployments.connection_kinds import KINDS
from deployments.models import Connection
from dragops_site import audit, jsontext
from dragops_site.accounts.models import User
from dragops_site.vault import place_of, seal

logger = logging.getLogger(__name__)


@transaction.atomic
def change_connection(
    connection: Connection,
    user: User | None,
    *,
    name: str | None = None,
    provider: str | None = None,
    hosts: Iterable[str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Connection:
    """Change what is given; the rest stays, the secret values among it unless one of them is given. Requests that
    start from now on use it. All of it or nothing.

    Raises Invalid, NotFound, Conflict where the name is taken, or deployed patterns name it by the old one.
    """
    found = locked(connection.pk)
    if name is not None and (fresh := checked_name(name, found.pk)) != found.name:
        refuse_where_used(found, "renamed")
        found.name = fresh
    if provider is not None:
        found.provider = checked_provider(provider)
    if hosts is not None:
        found.hosts = checked_hosts(hosts)
    if values:
        _change_values(found, values)
    found.updated_at = timezone.now()
    _save(found)
    audit.record(user, "changed", found, detail=", ".join(values or ()))
    logger.info("%s changed connection %s", user, found.pk)
    return found


def _change_values(found: Connection, values: Mapping[str, str]) -> None:
    """What is known of the old ones, a token and how they did, holds for the new ones no more."""
    is_whole = any(values.get(field) for field in KINDS[found.type].secrets)
    given = {field: value for field, value in values.items() if value or field not in KINDS[found.type].secrets}
    shown, secret = checked_values(found.type, {**found.settings, **given}, is_whole)
    found.settings = shown
    if secret:
        found.sealed = seal(jsontext.dumps(secret), place_of(found, "sealed"))
    found.sealed_token, found.token_ends_at, found.problem = "", None, ""
    found.revision += 1


def _save(found: Connection) -> None:
    try:
        with transaction.atomic():
            found.save()
    except IntegrityError:  # somebody else was first
        raise taken(found.name) from None
