"""A pattern is the draft that people draw; a snapshot is a graph as it was when something began to run it."""

from uuid import uuid4

from django.conf import settings
from django.db import models

from dragops_site.fields import JSONTextField
from dragops_site.ids import new_id
from dragops_site.immutable import Immutable
from patterns.graph import empty_graph


class Tag(models.Model):
    name = models.CharField(max_length=50, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Pattern(models.Model):
    """A draft graph. `revision` counts its saves; a save names the revision it started from, or is refused."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="patterns")
    graph = JSONTextField(default=empty_graph)
    revision = models.PositiveIntegerField(default=1, editable=False)
    sample = JSONTextField(null=True, blank=True)  # the event that test runs are offered
    sample_saved_at = models.DateTimeField(null=True, blank=True)
    is_public = models.BooleanField(default=False)
    is_template = models.BooleanField(default=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="patterns")
    # Random rather than sorted by time: whoever knows it may fire the pattern.
    webhook_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["-updated_at"], name="patterns_by_last_change")]

    def __str__(self) -> str:
        return self.name


class Snapshot(Immutable):
    """A graph as it was deployed or test-run, with the interfaces of the patterns it calls. Never changed.

    The same graph is stored once per pattern: `digest` is the SHA-256 of graph and interfaces.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="snapshots")
    digest = models.CharField(max_length=64)
    graph = JSONTextField()
    interfaces = JSONTextField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pattern", "digest"], name="one_snapshot_per_graph"),
        ]

    def __str__(self) -> str:
        return f"{self.pattern_id} {self.digest[:8]}"
