"""What the executions ask of the deployments' settings."""

from uuid import UUID

from deployments.models import Deployment
from executions.retries import NO_RETRIES, RetryPolicy


def retry_policy(pattern_id: UUID) -> RetryPolicy:
    """The retry policy of a pattern's deployment as it is now."""
    deployment = Deployment.objects.filter(pk=pattern_id).first()
    return NO_RETRIES if deployment is None else policy_of(deployment)


def policy_of(deployment: Deployment) -> RetryPolicy:
    return RetryPolicy(
        attempts=deployment.retry_attempts,
        first_delay_s=deployment.retry_first_delay_s,
        factor=deployment.retry_factor,
        max_delay_s=deployment.retry_max_delay_s,
        jitter=deployment.retry_jitter,
        never=frozenset(deployment.retry_never),
        every_error=deployment.retry_every_error,
        anew=deployment.retry_anew,
    )
