from deployments.actions.execute import execute_live
from deployments.models import CapturedRequest, Deployment
from dragops_site.accounts.models import User
from dragops_site.accounts.roles import Role
from dragops_site.errors import Forbidden
from executions.actions.start_test_run import start_test_run
from executions.models import Execution


def run_captured(captured: CapturedRequest, user: User) -> Execution:
    """Run a captured request now: the live version, or as a test of the draft where there is none.

    Testing a draft is for editors, whatever its event is. Raises Forbidden, Paused, CompileRefused.
    """
    if Deployment.objects.filter(pk=captured.pattern_id, version__isnull=False).exists():
        return execute_live(captured.pattern_id, captured.event, user)
    if not user.may(Role.EDITOR):
        raise Forbidden("The pattern is not deployed, and testing its draft needs the role Editor.")
    return start_test_run(captured.pattern, captured.event, user)
