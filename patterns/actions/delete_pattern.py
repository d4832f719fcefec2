from django.db import transaction

from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import Conflict, PatternNotFound
from patterns.models import Pattern

BATCH = 500


def delete_pattern(pattern: Pattern, user: User | None = None) -> None:
    """Delete a pattern that is not deployed, with its versions and its executions.

    Raises Conflict while it is deployed or one of its executions has not ended; PatternNotFound.
    """
    _check_deletable(pattern)
    # In batches, so that a long history holds the database's write lock for moments only.
    while ended := list(pattern.executions.order_by("id").values_list("pk", flat=True)[:BATCH]):
        _check_deletable(pattern)
        pattern.executions.filter(pk__in=ended).delete()
    _delete(pattern, user)


@transaction.atomic
def _delete(pattern: Pattern, user: User | None) -> None:
    # The lock keeps a deploy, and the start of a run, from coming between the check and the deletion.
    locked = Pattern.objects.select_for_update().filter(pk=pattern.pk).first()
    if locked is None:
        raise PatternNotFound(pattern.pk)
    _check_deletable(locked)
    audit.record(user, "deleted", locked)
    locked.delete()


def _check_deletable(pattern: Pattern) -> None:
    # The apps above are reached through the relations that they add to Pattern; nothing of theirs is imported.
    if Pattern.objects.filter(pk=pattern.pk, deployment__version__isnull=False).exists():
        raise Conflict("The pattern is deployed. Undeploy it first.")
    if pattern.executions.filter(ended_at__isnull=True).exists():
        raise Conflict("An execution of the pattern has not ended. Wait for it, or cancel it.")
