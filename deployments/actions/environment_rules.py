"""What environments, and the names and values in them, may be."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from deployments.models import Environment
from dragops_site import jsontext
from dragops_site.errors import Conflict, Invalid, NotFound

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)
LONGEST_NAME = 100
LONGEST_DESCRIPTION = 2_000
LONGEST_VALUE = 64_000
SHORTEST_SECRET = 4  # anything shorter would not be masked in logs, as masking it would hide innocent text
MOST = 500  # variables, and as many secrets


def locked(environment_id: UUID) -> Environment:
    """For a change of what is in it: one at a time, so that a name stays the name of one thing. Raises NotFound."""
    found = Environment.objects.select_for_update().filter(pk=environment_id).first()
    if found is None:
        raise NotFound("There is no such environment.", code="ENVIRONMENT_NOT_FOUND")
    return found


def keep_environment(changes: Mapping[str, Any]) -> None:
    """Until the transaction ends, the environment that a deployment is given is not deleted: who deletes it waits, and
    then sees that it is used. Raises Invalid where it has been deleted already."""
    chosen = changes.get("environment_id")
    if chosen is None:
        return
    if Environment.objects.select_for_update().filter(pk=chosen).values_list("pk").first() is None:
        wrong = "The environment has been deleted meanwhile."
        raise Invalid(wrong, details={"environmentId": wrong})


def checked_title(name: str, own: UUID | None = None) -> str:
    """The name of an environment. Raises Invalid, Conflict."""
    title = name.strip()
    if not title or len(title) > LONGEST_NAME or not title.isprintable():
        wrong = f"must have 1 to {LONGEST_NAME} characters, without line breaks."
        raise Invalid(f"The name {wrong}", details={"name": f"The name {wrong}"})
    holder = Environment.objects.filter(name=title).values_list("pk", flat=True).first()
    if holder is not None and holder != own:
        raise Conflict(f"There is already an environment “{title}”.", details={"name": "This name is taken."})
    return title


def checked_description(text: str) -> str:
    """Raises Invalid."""
    if len(text) > LONGEST_DESCRIPTION or jsontext.clean(text) != text:
        wrong = f"The description has more than {LONGEST_DESCRIPTION:,} characters, or some that are no text."
        raise Invalid(wrong, details={"description": wrong})
    return text.strip()


def name_problem(name: str) -> str:
    """What is wrong with the name of a variable or secret, or nothing."""
    if NAME.fullmatch(name):
        return ""
    return f"“{name[:60]}” is no name: 1 to {LONGEST_NAME} letters A–Z, digits and _, and no digit first."


def value_problem(value: str, least: int = 0) -> str:
    """What is wrong with a value, or nothing. Never shows it."""
    if len(value) > LONGEST_VALUE:
        return f"The value has {len(value):,} characters; the limit is {LONGEST_VALUE:,}."
    if len(value.strip()) < least:
        return f"The value has fewer than {least} characters."
    if jsontext.clean(value) != value:
        return "The value has characters that are no text."
    return ""


def taken(name: str, what: str) -> str:
    """The problem of a name that already means something else: `what`, as in “a secret”."""
    return f"“{name}” is the name of {what} of this environment."
