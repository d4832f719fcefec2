"""What can be done to an execution, one verb a module, called alike by every entrance."""

from executions.actions.answer_hook import answer_hook
from executions.actions.cancel import cancel
from executions.actions.delete import delete
from executions.actions.redrive import redrive, redrive_found
from executions.actions.retry import retry
from executions.actions.start_execution import start_execution
from executions.actions.start_test_run import start_test_run

__all__ = ["answer_hook", "cancel", "delete", "redrive", "redrive_found", "retry", "start_execution", "start_test_run"]
