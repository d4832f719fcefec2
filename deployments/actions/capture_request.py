from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from deployments.models import CapturedRequest
from dragops_site.errors import PatternNotFound
from patterns.models import Pattern


@transaction.atomic
def capture_request(pattern_id: UUID, event: dict[str, Any]) -> CapturedRequest:
    """Keep a request to a pattern that is not deployed; the latest few stay. Raises PatternNotFound."""
    # One at a time for each pattern, so that each sees all that came before it and the number kept is exact.
    if not Pattern.objects.select_for_update().filter(pk=pattern_id).values("pk"):
        raise PatternNotFound(pattern_id)
    captured = CapturedRequest.objects.create(pattern_id=pattern_id, event=event)
    of_pattern = CapturedRequest.objects.filter(pattern_id=pattern_id)
    too_old = of_pattern.order_by("-id").values_list("pk", flat=True)[settings.CAPTURED_REQUESTS_KEPT :]
    of_pattern.filter(pk__in=list(too_old)).delete()
    return captured
