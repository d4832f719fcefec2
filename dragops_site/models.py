"""What belongs to no app."""

from django.db import models
from django.utils import timezone

from dragops_site.fields import JSONTextField


class KeptAnswer(models.Model):
    """What came of a request that was sent with an Idempotency-Key, for the case that it is sent again."""

    digest = models.CharField(max_length=64, primary_key=True)  # SHA-256 of who sent it and the key
    request = models.CharField(max_length=64)  # a keyed hash of what was asked
    answer = JSONTextField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.digest[:12]
