"""Delete an execution with its log."""

import logging
from uuid import UUID

from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import Conflict, NotFound, Refused
from executions.deletion import deletable, delete_or_trim
from executions.models import Execution
from executions.persistence import persistently, writing

logger = logging.getLogger(__name__)


def delete(execution_id: UUID, user: User | None) -> None:
    """Delete a run that has ended, unless its callers or callees are open. Raises NotFound, Conflict."""
    while not persistently(lambda: _delete(execution_id, user)):
        pass  # its log is too long for one transaction
    logger.info("%s deleted execution %s", user, execution_id)


@writing()
def _delete(execution_id: UUID, user: User | None) -> bool:
    rows = deletable(Execution.objects.filter(pk=execution_id)).select_for_update(no_key=True, of=("self",))
    held = list(rows.values_list("pk", flat=True))
    if not held:
        raise _refusal(execution_id)
    _, is_through = delete_or_trim(held)
    if is_through:
        audit.record(user, "deleted", Execution(pk=execution_id))
    return is_through


def _refusal(execution_id: UUID) -> Refused:
    status = Execution.objects.filter(pk=execution_id).values_list("status", flat=True).first()
    if status is None:
        return NotFound(f"There is no execution {execution_id}.", code="RUN_NOT_FOUND")
    return Conflict("It, or a run of its call tree, is still open. Cancel it first.", details={"status": status})
