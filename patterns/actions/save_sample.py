from typing import Any

from django.utils import timezone

from dragops_site import jsontext
from dragops_site.errors import Invalid
from patterns.models import Pattern

MAX_BYTES = 1_000_000


def save_sample(pattern: Pattern, event: Any) -> None:
    """Keep an event as the sample of test runs. It is no part of the draft: nothing else is changed. Raises Invalid."""
    if not isinstance(event, dict):
        raise Invalid("A sample event is a JSON object.", details={"event": "is not a JSON object"})
    if len(jsontext.dumps(event)) > MAX_BYTES:
        raise Invalid(f"A sample event has at most {MAX_BYTES:,} bytes.", details={"event": "is too long"})
    now = timezone.now()
    Pattern.objects.filter(pk=pattern.pk).update(sample=event, sample_saved_at=now)
    pattern.sample, pattern.sample_saved_at = event, now
