"""Change an environment and its variables; its secrets have actions of their own."""

import logging
from collections.abc import Mapping

from django.db import transaction

from deployments.actions.environment_rules import (
    MOST,
    checked_description,
    checked_title,
    locked,
    name_problem,
    taken,
    value_problem,
)
from deployments.models import Environment, EnvironmentVariable
from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import Invalid

logger = logging.getLogger(__name__)
Changes = Mapping[str, str | None]


@transaction.atomic
def change_environment(
    environment: Environment,
    user: User | None,
    *,
    name: str | None = None,
    description: str | None = None,
    is_default: bool | None = None,
    variables: Changes | None = None,
) -> Environment:
    """Change what is given; the rest stays, variables that are not named among it. One that is None is removed.

    Making it the default one takes that from the one that was. All of it or nothing. Runs that start from now on read
    the new values. Raises Invalid, Conflict where the name is taken, NotFound.
    """
    found = locked(environment.pk)
    if name is not None:
        found.name = checked_title(name, found.pk)
    if description is not None:
        found.description = checked_description(description)
    if is_default is not None:
        Environment.objects.filter(is_default=True).exclude(pk=found.pk).update(is_default=not is_default)
        found.is_default = is_default
    found.save()
    _change_variables(found, variables or {})
    # Never the values: they may be long, and what they tell is for those who may sign in.
    logger.info("%s changed environment %s, variables: %s", user, found.pk, ", ".join(variables or ()) or "none")
    audit.record(user, "changed", found, detail=", ".join(variables or ()))
    return found


def _change_variables(found: Environment, changes: Changes) -> None:
    if wrong := _problems(found, changes):
        raise Invalid(" ".join(wrong.values()), details={"variables": wrong})
    found.variables.filter(name__in=changes).delete()
    EnvironmentVariable.objects.bulk_create(
        EnvironmentVariable(environment=found, name=name, value=value)
        for name, value in changes.items()
        if value is not None
    )
    if (count := found.variables.count()) > MOST:
        raise Invalid(f"An environment may have {MOST} variables; these would be {count:,}.")


def _problems(found: Environment, changes: Changes) -> dict[str, str]:
    """What is wrong, by the names of the variables."""
    secrets = set(found.secrets.values_list("name", flat=True)) if changes else set()
    wrong = {name: _problem(name, value, secrets) for name, value in changes.items()}
    return {name: problem for name, problem in wrong.items() if problem}


def _problem(name: str, value: str | None, secrets: set[str]) -> str:
    if value is not None and name in secrets:
        return taken(name, "a secret")
    return name_problem(name) or value_problem(value or "")
