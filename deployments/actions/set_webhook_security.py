import logging

from django.db import transaction

from deployments.models import WebhookSecret, WebhookSecurity
from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import Invalid, PatternNotFound
from patterns.models import Pattern

logger = logging.getLogger(__name__)


@transaction.atomic
def set_webhook_security(pattern: Pattern, scheme: str | None, user: User | None) -> None:
    """Ask of requests to a pattern's webhook that they are signed by `scheme`; None asks for nothing.

    Secrets belong to a scheme: another one starts without any, and refuses every request until it is given one.
    Raises Invalid, PatternNotFound.
    """
    if scheme is not None and scheme not in WebhookSecurity.Scheme.values:
        raise Invalid(f"There is no signature scheme {scheme!r}.", details={"scheme": "is not known"})
    if not Pattern.objects.select_for_update().filter(pk=pattern.pk).values("pk"):
        raise PatternNotFound(pattern.pk)
    current = WebhookSecurity.objects.filter(pattern=pattern).first()
    if scheme == (current.scheme if current else None):
        return
    WebhookSecret.objects.filter(pattern=pattern).delete()
    if scheme is None:
        WebhookSecurity.objects.filter(pattern=pattern).delete()
    else:
        WebhookSecurity.objects.update_or_create(pattern=pattern, defaults={"scheme": scheme})
    logger.info("%s set the signature scheme of pattern %s to %s", user, pattern.pk, scheme or "none")
    audit.record(user, "set signature scheme", pattern, detail=scheme or "none")
