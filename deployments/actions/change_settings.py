"""Change how the runs of a deployment are run."""

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone

from deployments.actions.environment_rules import keep_environment
from deployments.models import Deployment
from deployments.settable import by_api_name, problems
from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import Invalid, PatternNotFound
from executions.admission import limit_open

logger = logging.getLogger(__name__)


def change_settings(deployment: Deployment, user: User | None, **changes: Any) -> None:
    """Change what is given, by the names in `settable.SETTINGS`; the rest stays. All of it or nothing.

    Holds for the runs that start from now on; the concurrency limit for those that are open, too. Raises Invalid with
    one message for each wrong value, PatternNotFound.
    """
    if found := problems(changes):
        raise Invalid(" ".join(found.values()), details=by_api_name(found))
    now = Deployment.objects.filter(pk=deployment.pk).values(*changes).first()
    changed = {column: value for column, value in changes.items() if now and now[column] != value}
    if now is None or (changed and not _written(deployment, changed)):
        raise PatternNotFound(deployment.pk)
    if "concurrency_limit" in changed:
        # Not in the same transaction: a worker that ends runs takes their rows first, and the deployment's then.
        limit_open(deployment.pk, changed["concurrency_limit"])
    if changed:
        logger.info("%s changed the settings %s of pattern %s", user, ", ".join(sorted(changed)), deployment.pk)
        audit.record(user, "changed settings", deployment.pattern, detail=", ".join(sorted(changed)))


@transaction.atomic
def _written(deployment: Deployment, changed: dict[str, Any]) -> int:
    keep_environment(changed)
    return Deployment.objects.filter(pk=deployment.pk).update(**changed, updated_at=timezone.now())
