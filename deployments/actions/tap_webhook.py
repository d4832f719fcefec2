import logging
from time import time

from django.utils import timezone

from deployments.models import Tap
from dragops_site import audit
from dragops_site.accounts.models import User
from patterns.models import Pattern

logger = logging.getLogger(__name__)
ARMED_S = 120


def tap_webhook(pattern: Pattern, user: User | None) -> Tap:
    """For two minutes keep the requests to the pattern's webhook instead of running them; again from now where it is
    tapped already."""
    values = {"armed_at": timezone.now(), "until": time() + ARMED_S, "armed_by": user}
    tap, _ = Tap.objects.update_or_create(pattern=pattern, defaults=values)
    logger.info("%s tapped the webhook of pattern %s", user, pattern.pk)
    audit.record(user, "tapped", pattern)
    return tap


def untap_webhook(pattern: Pattern) -> None:
    """Let requests run again. Nothing happens where the webhook is not tapped."""
    Tap.objects.filter(pattern=pattern).delete()
