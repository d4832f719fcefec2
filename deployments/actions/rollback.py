import logging

from django.db import transaction
from django.db.models import Case, Value, When
from django.utils import timezone

from deployments.connection_uses import hold_connections
from deployments.models import Deployment, Version
from deployments.timetable import register
from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import CompileRefused, NotFound, PatternNotFound
from patterns.connections import missing_connections

logger = logging.getLogger(__name__)
Status = Deployment.Status


@transaction.atomic
def rollback(deployment: Deployment, number: int, user: User | None) -> Version:
    """Make an older version live again, also of an undeployed pattern; a paused one stays paused.

    Raises NotFound (VERSION_NOT_FOUND), Invalid, PatternNotFound, CompileRefused where it names a connection that is
    here no more.
    """
    version = Version.objects.select_related("snapshot").filter(pattern=deployment.pk, number=number).first()
    if version is None:
        raise NotFound(f"There is no version {number} of this pattern.", code="VERSION_NOT_FOUND")
    hold_connections(version.snapshot.graph)
    if missing := missing_connections(version.snapshot.graph):
        raise CompileRefused(missing)
    register(version)
    now = timezone.now()
    # One statement, so that a pause that comes in between is not undone.
    rolled_back = Deployment.objects.filter(pk=deployment.pk).update(
        version=version,
        status=Case(When(status=Status.PAUSED, then=Value(Status.PAUSED)), default=Value(Status.ACTIVE)),
        deployed_at=now,
        updated_at=now,
    )
    if not rolled_back:
        raise PatternNotFound(deployment.pk)
    logger.info("%s rolled pattern %s back to version %d", user, deployment.pk, number)
    audit.record(user, "rolled back", deployment.pattern, detail=f"to version {number}")
    return version
