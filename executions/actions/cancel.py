"""Cancel an execution: at once while it is queued or waits, between two steps while it runs."""

import logging
from uuid import UUID

from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import Conflict, NotFound, Refused
from executions import cascade
from executions.ends import settle
from executions.models import Execution
from executions.persistence import persistently, writing
from executions.status import Status

logger = logging.getLogger(__name__)


def cancel(execution_id: UUID, user: User | None = None) -> None:
    """Stop a run, and whatever it has called. Raises NotFound, and Conflict where it has ended already.

    Who called it goes on, with an error. The addresses at which it waits for requests answer that it has ended.
    """
    # A deadlock with the end of one of them is resolved by the database, which refuses one of the two for now.
    persistently(lambda: _cancel(execution_id, user))
    if user:
        logger.info("%s canceled execution %s", user, execution_id)


@writing()
def _cancel(execution_id: UUID, user: User | None) -> None:
    ended, asked = cascade.cancel_all(Execution.objects.filter(pk=execution_id))
    if not ended and not asked:
        raise _refusal(execution_id)
    settle(ended, callers=())
    audit.record(user, "canceled", Execution(pk=execution_id))


def _refusal(execution_id: UUID) -> Refused:
    status = Execution.objects.filter(pk=execution_id).values_list("status", flat=True).first()
    if status is None:
        return NotFound(f"There is no execution {execution_id}.")
    return Conflict(f"The execution has ended already: {Status(status).label.lower()}.", details={"status": status})
