import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from deployments import signatures
from deployments.models import WebhookSecret, WebhookSecurity
from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import Conflict, Invalid
from dragops_site.vault import place_of, seal
from patterns.models import Pattern

logger = logging.getLogger(__name__)
OVERLAP_S = int(timedelta(days=1).total_seconds())
LONGEST_OVERLAP_S = int(timedelta(days=30).total_seconds())
MOST = 5  # valid at a time; each costs every request a computation


@transaction.atomic
def rotate_webhook_secret(
    pattern: Pattern, user: User | None, overlap_s: int = OVERLAP_S, secret: str | None = None
) -> str:
    """Give a webhook a new secret, made here unless the sender has given one; it is not to be had again.

    The old ones stay valid for `overlap_s` seconds. Raises Conflict where no scheme is set, and Invalid.
    """
    if not 0 <= overlap_s <= LONGEST_OVERLAP_S:
        raise Invalid(f"The overlap is from 0 to {LONGEST_OVERLAP_S:,} seconds.", details={"overlapS": "out of range"})
    security = WebhookSecurity.objects.select_for_update().filter(pattern=pattern).first()
    if security is None:
        raise Conflict("The webhook asks for no signature. Choose a scheme first.")
    fresh = (
        signatures.new_secret(security.scheme) if secret is None else signatures.checked_secret(security.scheme, secret)
    )
    _retire(pattern, overlap_s)
    row = WebhookSecret(pattern=pattern)
    row.sealed = seal(fresh, place_of(row, "sealed"))
    row.save()
    logger.info("%s gave the webhook of pattern %s a new secret", user, pattern.pk)
    audit.record(user, "rotated webhook secret", pattern)
    return fresh


def _retire(pattern: Pattern, overlap_s: int) -> None:
    now = timezone.now()
    until = now + timedelta(seconds=overlap_s)
    rows = WebhookSecret.objects.filter(pattern=pattern)
    rows.filter(Q(expires_at=None) | Q(expires_at__gt=until)).update(expires_at=until)
    valid = list(rows.filter(expires_at__gt=now).order_by("-id").values_list("pk", flat=True)[: MOST - 1])
    rows.exclude(pk__in=valid).delete()
