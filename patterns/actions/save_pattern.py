from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dragops_site.errors import Conflict, Invalid, PatternNotFound
from dragops_site.ids import parse_id
from patterns.actions import checks
from patterns.actions.tags import set_tags
from patterns.models import Pattern

_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": checks.name,
    "description": checks.description,
    "graph": checks.graph,
    "tags": checks.tags,
    "is_public": partial(checks.flag, "is_public"),
    "is_template": partial(checks.flag, "is_template"),
}


def save_pattern(pattern_id: UUID | str, revision: int, **changes: Any) -> Pattern:
    """Change a draft that is still at `revision`, which goes up by one.

    Raises Conflict with {"revision", "updatedAt"} when somebody else saved first, PatternNotFound, Invalid.
    """
    key = parse_id(pattern_id)
    if key is None:
        raise PatternNotFound(pattern_id)
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise Invalid("revision is the whole number that the draft was read with.")
    values = {field: _CHECKS[field](value) for field, value in changes.items()}
    return _save(key, revision, values.pop("tags", None), values)


@transaction.atomic
def _save(key: UUID, revision: int, tags: list[str] | None, values: dict[str, Any]) -> Pattern:
    # The revision is compared where it is raised, so that of two savers one finds no row.
    saved = Pattern.objects.filter(pk=key, revision=revision).update(
        **values, revision=F("revision") + 1, updated_at=timezone.now()
    )
    if not saved:
        raise _conflict(key)
    pattern = Pattern.objects.get(pk=key)
    if tags is not None:
        set_tags(pattern, tags)
    return pattern


def _conflict(key: UUID) -> Conflict | PatternNotFound:
    pattern = Pattern.objects.only("revision", "updated_at").filter(pk=key).first()
    if pattern is None:
        return PatternNotFound(key)
    saved_at = pattern.updated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Conflict(
        "Somebody else saved this pattern since you opened it. Nothing of theirs was overwritten.",
        details={"revision": pattern.revision, "updatedAt": saved_at},
    )
