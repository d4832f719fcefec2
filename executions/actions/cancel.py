"""Cancel an execution: at once while it is queued, between two steps while it runs."""

from uuid import UUID

from dragops_site.errors import Conflict, NotFound
from executions import bell
from executions.engine import Ended
from executions.models import Execution
from executions.persistence import writing
from executions.queue import end_fields, wake_callers
from executions.replies import send_end
from executions.status import Status


def cancel(execution_id: UUID) -> None:
    """Raises NotFound, and Conflict where it has ended already."""
    rows = Execution.objects.filter(pk=execution_id)
    with writing():
        ended = rows.filter(status=Status.QUEUED).update(**end_fields(Ended(Status.CANCELED)))
        asked = not ended and rows.filter(status=Status.RUNNING).update(cancel_requested=True)
        woken = wake_callers([execution_id]) if ended else 0
    if not ended and not asked:
        _refuse(execution_id)
    if ended:
        send_end(execution_id)
    if woken:
        bell.ring()


def _refuse(execution_id: UUID) -> None:
    status = Execution.objects.filter(pk=execution_id).values_list("status", flat=True).first()
    if status is None:
        raise NotFound(f"There is no execution {execution_id}.")
    raise Conflict(f"The execution has ended already: {Status(status).label.lower()}.", details={"status": status})
