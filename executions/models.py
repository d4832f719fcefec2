"""An execution is one run of a pattern; its row is the job, its log entries are the journal."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from dragops_site.fields import JSONTextField
from dragops_site.ids import new_id
from executions.status import ENDED, RARE, Mode, Status, Trigger, Wait
from patterns.models import Pattern, Snapshot


class Worker(models.Model):
    """A process that runs executions. One beat of its heart renews the lease on all it holds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)
    stuck_at = models.DateTimeField(null=True, blank=True)  # since then it has not been seen, and a run hung in it

    def __str__(self) -> str:
        return f"{self.name} ({self.pid})"


class Execution(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Foreign keys whose column an index below serves better carry no index of their own: each costs every insert.
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, db_index=False, related_name="executions")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.RESTRICT, db_index=False, related_name="executions")
    version_number = models.PositiveIntegerField(null=True, blank=True)  # none in test mode
    mode = models.CharField(max_length=4, choices=[(m.value, m.name.capitalize()) for m in Mode])
    trigger = models.CharField(max_length=12, choices=[(t.value, t.label) for t in Trigger])
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_index=False,
        related_name="+",
    )
    event = JSONTextField(null=True)

    status = models.CharField(max_length=11, choices=[(s.value, s.label) for s in Status], default=Status.QUEUED.value)
    created_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(default=timezone.now)  # not claimed before
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    epoch = models.PositiveSmallIntegerField(default=0)  # how often an attempt has started anew, forgetting its effects
    recoveries = models.PositiveSmallIntegerField(default=0)
    loss = models.CharField(max_length=300, blank=True)  # how its last worker was lost, where that is known
    # Time on a worker counts, not time in the queue or in a wait. `time_left` is as of the last claim.
    time_limit_s = models.PositiveIntegerField(default=300)
    time_left = models.DurationField(default=timedelta(seconds=300))
    deadline_at = models.DateTimeField(null=True, blank=True)  # while it runs: when its time is over
    concurrency = models.PositiveSmallIntegerField(null=True, blank=True)  # runs of its pattern at a time
    cancel_requested = models.BooleanField(default=False)
    awaited = models.BooleanField(default=False)  # a request waits for its result or response
    worker = models.ForeignKey(
        Worker, null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="executions"
    )

    result = JSONTextField(null=True, blank=True)
    error_type = models.CharField(max_length=200, blank=True)
    error_message = models.TextField(blank=True)
    error_retryable = models.BooleanField(default=False)  # it may pass
    error_node_id = models.CharField(max_length=200, blank=True)
    error_node_name = models.CharField(max_length=200, blank=True)

    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="children"
    )
    parent_key = models.TextField(blank=True)  # the key of the parent's step that called
    parent_attempt = models.PositiveSmallIntegerField(default=1)  # which started it, or opened it again
    root = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="descendants"
    )
    depth = models.PositiveSmallIntegerField(default=0)
    # What a queued run waits for besides a worker; until then `ready_at` lies in the future.
    waits_for = models.CharField(max_length=8, blank=True, choices=[(w.value, w.name.capitalize()) for w in Wait])
    rerun_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="reruns"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            # A worker's claim: what is queued and due, oldest first; patterns with a limit each in a line of their own.
            models.Index(
                fields=["ready_at", "id"],
                name="executions_to_claim",
                condition=Q(status="queued", concurrency__isnull=True),
            ),
            models.Index(
                fields=["pattern", "ready_at", "id"],
                name="executions_in_lines",
                condition=Q(status="queued", concurrency__isnull=False),
            ),
            # The history of a pattern, newest first, whole or by status.
            models.Index(fields=["pattern", "-id"], name="executions_of_pattern"),
            models.Index(fields=["pattern", "status", "-id"], name="executions_by_status"),
            # The history of all patterns by a status that is rare: newest first, and at no cost to runs that end well.
            # One each, because of a list of them SQLite does not see that it holds the one that is asked for.
            *(
                models.Index(fields=["-id"], name=f"executions_{status}", condition=Q(status=str(status)))
                for status in sorted(RARE)
            ),
            # The sweeper's look at what the workers hold.
            models.Index(fields=["worker"], name="executions_running", condition=Q(status="running")),
            # The call tree.
            models.Index(fields=["root"], name="executions_of_root", condition=Q(root__isnull=False)),
            # What has been run again already, and the deletion of what was.
            models.Index(fields=["rerun_of"], name="executions_run_again", condition=Q(rerun_of__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=[s.value for s in Status]), name="status_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=sorted(ENDED), ended_at__isnull=False)
                | (~Q(status__in=sorted(ENDED)) & Q(ended_at__isnull=True)),
                name="ended_exactly_when_end_is_set",
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(started_at__isnull=False), name="running_has_started"
            ),
            models.CheckConstraint(condition=Q(mode="test") | Q(version_number__isnull=False), name="live_has_version"),
            models.UniqueConstraint(
                fields=["parent", "parent_key"],
                name="one_child_per_step",
                condition=Q(parent__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def duration(self) -> timedelta | None:
        """From the first start to the end, or to now while it is open; None before the first start."""
        if self.started_at is None:
            return None
        return (self.ended_at or timezone.now()) - self.started_at

    @property
    def is_ended(self) -> bool:
        return Status(self.status) in ENDED

    @property
    def error(self) -> dict[str, str | None] | None:
        """The error as the API shows it."""
        if not self.error_type:
            return None
        return {
            "type": self.error_type,
            "message": self.error_message,
            "nodeId": self.error_node_id or None,
            "nodeName": self.error_node_name or None,
        }


class LogEntry(models.Model):
    """One step of an execution. `key` is the step's path within the run; a replay finds its outcome by it.

    `inputs` and `output` are JSON texts made by the journal, cut where they are long (`executions.journal`).
    """

    execution = models.ForeignKey(Execution, on_delete=models.CASCADE, db_index=False, related_name="log")
    seq = models.PositiveIntegerField()
    key = models.TextField()
    node_id = models.CharField(max_length=200)
    node_name = models.CharField(max_length=200)
    level = models.CharField(max_length=7)
    message = models.TextField(blank=True)
    inputs = models.TextField(blank=True)
    output = models.TextField(blank=True)
    outcome = models.TextField(blank=True)  # of an effect, whole, for the replay
    is_void = models.BooleanField(default=False)  # a later attempt does this step again and reads nothing back
    error_type = models.CharField(max_length=200, blank=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField()
    duration_us = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering = ["execution", "seq"]
        verbose_name_plural = "log entries"
        constraints = [
            models.UniqueConstraint(fields=["execution", "seq"], name="one_entry_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.node_name}"


class Hook(models.Model):
    """The one-time address that a run waits at for a request (Wait For Webhook)."""

    token = models.CharField(max_length=64, primary_key=True)
    execution = models.ForeignKey(Execution, on_delete=models.CASCADE, db_index=False, related_name="hooks")
    key = models.TextField()  # of the step that waits
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)  # answered, or given up
    event = JSONTextField(null=True, blank=True)  # the request that came

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["execution", "key"], name="one_hook_per_step"),
        ]

    def __str__(self) -> str:
        return f"{self.execution_id} {self.key}"


class BulkJob(models.Model):
    """Something that a person has asked for many executions at once; the clock works it off, portion by portion.

    `cursor` goes down the history: what is accepted after the job is newer than where it begins, and not touched.
    """

    class Verb(models.TextChoices):
        CANCEL = "cancel"
        RETRY = "retry"
        RERUN = "rerun"
        DELETE = "delete"

    class State(models.TextChoices):
        WAITING = "waiting"  # until `begins_at`; to stop it by then is to undo it
        WORKING = "working"
        DONE = "done"
        STOPPED = "stopped"  # by a person, or for the `problem`

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    verb = models.CharField(max_length=8, choices=Verb.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    ids = JSONTextField(null=True, blank=True)  # either these, or what the filters find
    filters = JSONTextField(null=True, blank=True)
    asked = models.CharField(max_length=64)  # a digest: the same again, while it is open, is the same job
    undoes = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="undone_by")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    cursor = models.UUIDField()  # what is older is still to be done
    moved = models.PositiveIntegerField(default=0)  # how often a portion was written; of two, one finds it changed
    total = models.PositiveIntegerField(default=0)  # counted to a cap
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    begins_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            # What the clock looks for.
            models.Index(fields=["begins_at"], name="bulk_jobs_open", condition=Q(state__in=["waiting", "working"])),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "asked"], name="asked_once_at_a_time", condition=Q(state__in=["waiting", "working"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.id}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.WAITING, self.State.WORKING)


class State(models.Model):
    """A value that runs of a pattern keep for later ones. Test runs keep theirs apart."""

    # Without an index of its own: the constraint's begins with it.
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, db_index=False, related_name="state")
    mode = models.CharField(max_length=4, choices=[(m.value, m.name.capitalize()) for m in Mode])
    key = models.CharField(max_length=200)
    value = models.TextField()  # JSON text, as the journal writes it
    updated_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "state"
        constraints = [
            models.UniqueConstraint(fields=["pattern", "mode", "key"], name="one_value_per_key"),
        ]
        indexes = [
            # What is to be forgotten.
            models.Index(fields=["expires_at"], name="state_to_expire", condition=Q(expires_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.key


class Tally(models.Model):
    """How many executions that a pattern accepted in an hour came to a status, and how long they took."""

    # Without an index of its own: the constraint's begins with it.
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, db_index=False, related_name="tallies")
    hour = models.DateTimeField(db_index=True)
    mode = models.CharField(max_length=4)
    trigger = models.CharField(max_length=12)
    status = models.CharField(max_length=11)
    runs = models.PositiveIntegerField()
    durations = models.TextField()  # JSON text: how many in each bucket, see `executions.tally`

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(
                fields=["pattern", "hour", "mode", "trigger", "status"], name="one_tally_per_hour_and_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pattern_id} {self.hour:%Y-%m-%d %H} {self.status}"


class TalliedHour(models.Model):
    """An hour that has been counted, of all patterns."""

    hour = models.DateTimeField(primary_key=True)
    is_final = models.BooleanField(default=False)  # or a run of it was open
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}"
