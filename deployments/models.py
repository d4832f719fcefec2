"""When a pattern runs, and which version of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

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
        indexes = [
            # Who is to be started when a run fails; asked for with each run that does.
            models.Index(
                fields=["id"], name="versions_heeding_failures", condition=Q(trigger_type="OnExecutionFailed")
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class Environment(models.Model):
    """Variables and secrets under names that patterns use, so that the same pattern can run in several places."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True)
    is_default = models.BooleanField(default=False)  # of the deployments that name none, and of test runs
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], name="one_default_environment", condition=Q(is_default=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EnvironmentVariable(models.Model):
    """A text that everybody may read. Its name is no secret's of the same environment; see the actions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, db_index=False, related_name="variables")
    name = models.CharField(max_length=100)
    value = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "name"], name="one_variable_per_name"),
        ]

    def __str__(self) -> str:
        return self.name


class EnvironmentSecret(models.Model):
    """A text that runs may read and nobody sees; encrypted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, db_index=False, related_name="secrets")
    name = models.CharField(max_length=100)
    sealed = models.TextField()
    revision = models.PositiveIntegerField(
        default=1
    )  # counts its values, so that a change shows whatever the clock says
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "name"], name="one_secret_per_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Connection(models.Model):
    """Credentials of another service that runs send to its hosts, and nobody sees; encrypted."""

    class Type(models.TextChoices):
        API_KEY = "api_key", "API key"
        BEARER = "bearer", "Bearer token"
        BASIC = "basic", "Basic"
        HEADERS = "headers", "Several headers"
        OAUTH2 = "oauth2", "OAuth 2.0"

    class Status(models.TextChoices):
        OK = "ok", "OK"
        NEEDS_ATTENTION = "needs_attention", "Needs attention"  # the service refuses it, or it cannot be had
        NEVER_USED = "never_used", "Never used"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100, unique=True)  # by which patterns name it
    provider = models.CharField(max_length=100, blank=True)
    type = models.CharField(max_length=10, choices=Type.choices)
    hosts = models.JSONField(default=list)  # where it may be sent, as patterns.destinations reads them
    settings = models.JSONField(default=dict, blank=True)  # what of it may be seen
    sealed = models.TextField()  # the rest, a JSON object
    sealed_token = models.TextField(blank=True)  # the access token that it was last exchanged for
    token_ends_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)  # counts its secrets, as that of an EnvironmentSecret does
    problem = models.CharField(max_length=300, blank=True)  # why it needs attention
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> str:
        if self.problem:
            return self.Status.NEEDS_ATTENTION
        return self.Status.OK if self.last_used_at else self.Status.NEVER_USED


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
    environment = models.ForeignKey(
        Environment, null=True, blank=True, on_delete=models.RESTRICT, related_name="deployments"
    )
    pause_reason = models.TextField(blank=True)
    time_limit_s = models.PositiveIntegerField("time limit (s)", default=300)
    # At most so many runs at a time, the others queue; so many requests in a period, the others get 429.
    concurrency_limit = models.PositiveSmallIntegerField(null=True, blank=True)
    rate_limit = models.PositiveIntegerField(null=True, blank=True)
    rate_period_s = models.PositiveIntegerField("rate period (s)", default=60)

    retry_attempts = models.PositiveSmallIntegerField(default=1)
    retry_first_delay_s = models.FloatField("first delay (s)", default=5)
    retry_factor = models.FloatField(default=2)
    retry_max_delay_s = models.FloatField("longest delay (s)", default=3600)
    retry_jitter = models.FloatField(default=0.2)
    retry_never = models.JSONField("error types that never retry", default=list, blank=True)
    retry_every_error = models.BooleanField(default=False)
    retry_anew = models.BooleanField("retry from the start", default=False)

    # The circuit breaker: pauses when `share` percent of at least `minimum` runs of the last `window` have failed.
    breaker_share = models.PositiveSmallIntegerField(null=True, blank=True)
    breaker_minimum = models.PositiveIntegerField(default=10)
    breaker_window_s = models.PositiveIntegerField("breaker window (s)", default=300)
    breaker_cooldown_s = models.PositiveIntegerField("breaker cool-down (s)", default=60)
    breaker_opened_at = models.DateTimeField(null=True, blank=True)  # while it is open
    breaker_trial = models.UUIDField(null=True, blank=True)  # the execution that was let through to try
    breaker_closed_at = models.DateTimeField(null=True, blank=True)  # runs that ended before it do not count any more
    notify = models.JSONField("e-mail addresses that are told", default=list, blank=True)
    failures_untold = models.PositiveIntegerField(default=0)  # failed runs of which those have not been told
    failures_told_at = models.DateTimeField(null=True, blank=True)

    # How long, and how many, of its executions are kept; none is for ever, and all.
    retention_days = models.PositiveSmallIntegerField(null=True, blank=True, default=30)
    retention_count = models.PositiveIntegerField(null=True, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-deployed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="undeployed") | Q(version__isnull=False), name="deployed_has_version"
            ),
            models.CheckConstraint(condition=Q(time_limit_s__gte=1), name="time_limit_is_positive"),
            models.CheckConstraint(condition=Q(retry_attempts__gte=1), name="attempts_are_positive"),
            models.CheckConstraint(condition=~Q(concurrency_limit=0), name="concurrency_limit_is_positive"),
            models.CheckConstraint(condition=~Q(rate_limit=0) & Q(rate_period_s__gte=1), name="rate_limit_is_positive"),
            models.CheckConstraint(
                condition=Q(breaker_share__isnull=True) | Q(breaker_share__gte=1, breaker_share__lte=100),
                name="breaker_share_is_percent",
            ),
            models.CheckConstraint(condition=~Q(retention_days=0) & ~Q(retention_count=0), name="something_is_kept"),
            models.CheckConstraint(
                condition=Q(breaker_opened_at__isnull=True) | Q(status="paused"), name="open_breaker_is_paused"
            ),
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


class Tap(models.Model):
    """Lets somebody see the requests to a webhook: until a moment each is captured, and starts nothing."""

    pattern = models.OneToOneField(Pattern, primary_key=True, on_delete=models.CASCADE, related_name="tap")
    armed_at = models.DateTimeField()
    until = models.FloatField()  # seconds since the epoch: a number is one in raw rows of every database
    armed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.pattern_id} until {self.until:.0f}"


class WebhookSecurity(models.Model):
    """How the requests to a pattern's webhook prove who sends them. Without a row nothing is asked for."""

    class Scheme(models.TextChoices):
        DRAGOPS = "dragops", "DRAGOPS"
        GITHUB = "github", "GitHub"
        STRIPE = "stripe", "Stripe"
        SLACK = "slack", "Slack"
        STANDARD = "standard", "Standard Webhooks"

    pattern = models.OneToOneField(Pattern, primary_key=True, on_delete=models.CASCADE, related_name="webhook_security")
    scheme = models.CharField(max_length=10, choices=Scheme.choices)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "webhook security"

    def __str__(self) -> str:
        return f"{self.pattern_id} {self.scheme}"


class WebhookSecret(models.Model):
    """A secret that signs requests; encrypted. While a new one takes over, the old one is valid until it expires."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="webhook_secrets")
    sealed = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.pattern_id} {self.created_at:%Y-%m-%d %H:%M}"


class Delivery(models.Model):
    """A request that started a run, by the key under which its sender would send it again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, db_index=False, related_name="deliveries")
    key = models.CharField(max_length=64)  # SHA-256 of what the sender gave
    execution_id = models.UUIDField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["pattern", "key"], name="one_run_per_delivery"),
        ]

    def __str__(self) -> str:
        return f"{self.pattern_id} {self.key[:12]}"


class WebhookRequest(models.Model):
    """A request that started no run, and why. Those that did are executions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, db_index=False, related_name="webhook_requests")
    received_at = models.DateTimeField()
    method = models.CharField(max_length=10)
    status = models.PositiveSmallIntegerField()  # of the answer
    code = models.CharField(max_length=40)  # CAPTURED, DUPLICATE, or the error code of the answer
    reason = models.CharField(max_length=500, blank=True)
    address = models.CharField(max_length=45, blank=True)
    size = models.PositiveIntegerField(default=0)  # bytes of the body
    execution_id = models.UUIDField(null=True, blank=True)  # of a duplicate: the run of the first request
    captured_id = models.UUIDField(null=True, blank=True)  # of one that was kept

    class Meta:
        ordering = ["-id"]
        indexes = [
            # The request log of a pattern, newest first; and its pruning by count.
            models.Index(fields=["pattern", "-id"], name="webhook_requests_of_pattern"),
        ]

    def __str__(self) -> str:
        return f"{self.pattern_id} {self.status} {self.code}"


class Schedule(models.Model):
    """When a deployed pattern that starts with On Schedule is due. Read off the live version by deploy and rollback."""

    class Overlap(models.TextChoices):
        ALLOW = "allow", "Allow"
        SKIP = "skip", "Skip"

    pattern = models.OneToOneField(Pattern, primary_key=True, on_delete=models.CASCADE, related_name="schedule")
    cron = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, default="UTC")
    overlap = models.CharField(max_length=5, choices=Overlap.choices, default=Overlap.ALLOW)
    next_at = models.DateTimeField(null=True, blank=True, db_index=True)  # none: never again

    def __str__(self) -> str:
        return f"{self.cron} {self.time_zone}"


class Tick(models.Model):
    """A moment at which a schedule was due, and what came of it. Its uniqueness is what makes a tick fire once."""

    class Outcome(models.TextChoices):
        FIRED = "fired", "Fired"
        OVERLAP = "overlap", "Skipped: the last run had not ended"
        PAUSED = "paused", "Skipped: paused"
        MISSED = "missed", "Missed: the server was down for too long"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, db_index=False, related_name="ticks")
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    execution_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-due_at"]
        constraints = [
            models.UniqueConstraint(fields=["pattern", "due_at"], name="one_tick_per_due_time"),
        ]

    def __str__(self) -> str:
        return f"{self.pattern_id} {self.due_at:%Y-%m-%d %H:%M}"


class Notice(models.Model):
    """Something that people must hear of: shown on the pages, and sent by e-mail to those whom the deployment names."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, db_index=False, related_name="notices")
    subject = models.CharField(max_length=200)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    recipients = models.JSONField(default=list, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)  # by e-mail, or given up, or nobody to send it to
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    problem = models.CharField(max_length=300, blank=True)  # why the last try failed

    class Meta:
        ordering = ["-id"]
        indexes = [
            # What is still to be sent.
            models.Index(fields=["id"], name="notices_to_send", condition=Q(sent_at__isnull=True)),
            # The latest of a deployment.
            models.Index(fields=["deployment", "-id"], name="notices_of_deployment"),
        ]

    def __str__(self) -> str:
        return self.subject
