"""Why a deployment that is in another state than expected will not do what was asked."""

from deployments.models import Deployment
from dragops_site.errors import Conflict, PatternNotFound, Refused


def wrong_status(deployment: Deployment, wanted: str) -> Refused:
    """`wanted` is what it should have become, as in “cannot be paused”."""
    status = Deployment.objects.filter(pk=deployment.pk).values_list("status", flat=True).first()
    if status is None:
        return PatternNotFound(deployment.pk)
    return Conflict(f"The deployment is {status} and cannot be {wanted}.", details={"status": status})
