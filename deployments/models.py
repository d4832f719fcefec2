"""When a pattern runs, and which version of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from dragops_site.fields import JSONTextField
from dragops_site.ids import new_id
from dragops_site.immutable import Immutable
from patterns.models import Pattern, Snapshot


class Version(Immutable):
    """What was deployed, under a number that never means anything else. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    snapshot = models.ForeignKey(Snapshot, on_delete=models.RESTRICT, related_name="versions")
    # Read off the graph once, so that a webhook is answered without compiling it.
    trigger_type = models.CharField(max_length=100)
    trigger_node = models.CharField(max_length=200)
    response_mode = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["pattern", "number"], name="one_version_per_number"),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class Deployment(models.Model):
    """A pattern's place in the world, made by its first deploy and kept for ever; it shares the pattern's key."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"  # its trigger fires
        PAUSED = "paused", "Paused"  # its trigger is refused until somebody resumes it
        UNDEPLOYED = "undeployed", "Undeployed"  # taken down; the graph and the history stay

    pattern = models.OneToOneField(Pattern, primary_key=True, on_delete=models.CASCADE, related_name="deployment")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    version = models.ForeignKey(Version, null=True, blank=True, on_delete=models.RESTRICT, related_name="live_in")
    deployed_at = models.DateTimeField()
    pause_reason = models.TextField(blank=True)
    time_limit_s = models.PositiveIntegerField("time limit (s)", default=300)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-deployed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="undeployed") | Q(version__isnull=False), name="deployed_has_version"
            ),
            models.CheckConstraint(condition=Q(time_limit_s__gte=1), name="time_limit_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.pattern} {self.version or ''}".strip()


class CapturedRequest(models.Model):
    """A request to the webhook of a pattern that was not deployed; kept so that it can become a sample, or a run."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="captured_requests")
    event = JSONTextField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.pattern_id} {self.received_at:%Y-%m-%d %H:%M:%S}"
