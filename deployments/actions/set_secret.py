import logging

from django.db import transaction
from django.utils import timezone

from deployments.actions.environment_rules import (
    MOST,
    SHORTEST_SECRET,
    locked,
    name_problem,
    taken,
    value_problem,
)
from deployments.models import Environment, EnvironmentSecret
from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import Invalid
from dragops_site.vault import place_of, seal

logger = logging.getLogger(__name__)


@transaction.atomic
def set_secret(environment: Environment, name: str, value: str, user: User | None) -> EnvironmentSecret:
    """Give a secret of an environment its value, or another one; it is not to be had again but by runs.

    Raises Invalid, NotFound.
    """
    found = locked(environment.pk)
    is_taken = found.variables.filter(name=name).exists()
    problems = {
        "name": name_problem(name) or (taken(name, "a variable") if is_taken else ""),
        "value": value_problem(value, SHORTEST_SECRET),
    }
    if wrong := {field: problem for field, problem in problems.items() if problem}:
        raise Invalid(" ".join(wrong.values()), details=wrong)
    row = found.secrets.filter(name=name).first()
    row = _new(found, name) if row is None else _next(row)
    row.sealed = seal(value, place_of(row, "sealed"))
    row.updated_at = timezone.now()
    row.save()
    logger.info("%s set the secret %s of environment %s", user, name, found.pk)
    audit.record(user, "set secret", found, detail=name)
    return row


def _new(environment: Environment, name: str) -> EnvironmentSecret:
    if environment.secrets.count() >= MOST:
        raise Invalid(f"An environment may have {MOST} secrets.")
    return EnvironmentSecret(environment=environment, name=name)


def _next(row: EnvironmentSecret) -> EnvironmentSecret:
    row.revision += 1
    return row
