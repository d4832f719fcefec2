"""The user, known by e-mail address, the tokens that speak for users, and the trail of what people did."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from dragops_site.accounts.roles import Role
from dragops_site.ids import new_id, time_of
from dragops_site.immutable import Immutable


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address, which is compared without regard to case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        fields = {"role": Role.ADMIN, "is_staff": True, "is_superuser": True, **fields}
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractUser):
    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)

    USERNAME_FIELD = "email"
    # While an API token speaks for the user: its name, and the role that it has at most.
    acting_token: str = ""
    limited_to: Role | None = None
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email_in_any_case")]

    def may(self, needed: Role) -> bool:
        """Whether this user's role includes `needed`."""
        return self.is_active and self.effective_role.includes(needed)

    @property
    def effective_role(self) -> Role:
        """The user's own, or that of the token which speaks for the user, whichever is less."""
        own = Role.ADMIN if self.is_superuser else Role(self.role)
        return self.limited_to if self.limited_to and own.includes(self.limited_to) else own


class ApiToken(models.Model):
    """Lets a program speak for a user, with a role of its own at most as powerful. The secret is not kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=10, choices=Role.choices)
    start = models.CharField(max_length=12, editable=False)  # of the secret, so that people know it again
    digest = models.CharField(max_length=64, unique=True, editable=False)  # SHA-256 of the secret
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)  # to the minute
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """active, expired or revoked."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= timezone.now() else "active"


class AuditEntry(Immutable):
    """Who did what to what, and when. Names are kept as they were, for what they name may be gone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)  # tells when
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="+")
    actor = models.CharField(max_length=200)
    verb = models.CharField(max_length=40)
    target_type = models.CharField(max_length=40, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    target_name = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            # What somebody did, and what was done to something, newest first; the rest is looked for among the newest.
            models.Index(fields=["user", "-id"], name="audit_of_user"),
            models.Index(fields=["target_id", "-id"], name="audit_of_target"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.verb} {self.target_name}"

    @property
    def at(self) -> datetime:
        return time_of(self.id)
