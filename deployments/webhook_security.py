"""Whether a webhook request proves who sent it: the secrets of its webhook, and the check against them."""

import logging
import time
from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from deployments import signatures
from deployments.models import WebhookSecret
from dragops_site.vault import CannotOpen, place_of, unseal

logger = logging.getLogger(__name__)


def check(pattern_id: UUID, scheme: str, raw: bytes, headers: Mapping[str, str]) -> None:
    """Check the signature of the body `raw`. An empty scheme asks for none. Raises BadSignature."""
    if scheme:
        signatures.verify(scheme, raw, headers, _secrets(pattern_id), time.time())


def valid_secrets(pattern_id: UUID) -> QuerySet[WebhookSecret]:
    """Those that count now, the newest first."""
    return WebhookSecret.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), pattern_id=pattern_id)


def _secrets(pattern_id: UUID) -> list[str]:
    opened = (_open(row) for row in valid_secrets(pattern_id))
    return [secret for secret in opened if secret]


def _open(row: WebhookSecret) -> str:
    try:
        return unseal(row.sealed, place_of(row, "sealed"))
    except CannotOpen as error:
        # It counts as none, and so its webhook refuses what only this secret could prove.
        logger.error("A webhook secret cannot be opened: %s", error)
        return ""
