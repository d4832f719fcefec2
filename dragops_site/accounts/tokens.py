"""API tokens: made and shown once, kept as a digest, revoked."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dragops_site import audit, jsontext
from dragops_site.accounts.models import ApiToken, User
from dragops_site.accounts.roles import Role
from dragops_site.errors import Conflict, Forbidden, Invalid, NotFound

PREFIX = "dgo_"
SHOWN = 12
NAME_LENGTH = 100
MOST = 100  # of one user that are not revoked
USED_EVERY = timedelta(minutes=1)


@transaction.atomic
def create_token(
    user: User, name: str, role: str = Role.VIEWER, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A token of this user, and its secret, which is not to be had again.

    Raises Invalid, Conflict for too many, and Forbidden for a role that the user has not, or where a token asks.
    """
    if user.acting_token:  # or a token that was stolen could outlive its own end
        raise Forbidden("A token makes no tokens. Sign in to make one.")
    name = jsontext.clean(name).strip()
    if not 0 < len(name) <= NAME_LENGTH:
        raise Invalid(f"Give it a name of 1 to {NAME_LENGTH} characters.", details={"name": "is missing or too long"})
    if role not in Role.values:
        raise Invalid(f"There is no role {role!r}.", details={"role": "is not known"})
    if expires_at and expires_at <= timezone.now():
        raise Invalid("It would have expired already.", details={"expiresAt": "lies in the past"})
    if not user.effective_role.includes(Role(role)):
        raise Forbidden(f"You are {user.effective_role.label}; a token of yours can be no more than that.")
    User.objects.select_for_update().get(pk=user.pk)
    if user.api_tokens.filter(revoked_at=None).count() >= MOST:
        raise Conflict(f"You have {MOST} tokens. Revoke one first.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, role=role, start=secret[:SHOWN], digest=_digest(secret), expires_at=expires_at
    )
    audit.record(user, "created token", token, detail=role)
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, user: User) -> None:
    """From now on it is refused. People revoke their own tokens, admins all. Raises NotFound for those of others."""
    if token.user_id != user.pk and not user.may(Role.ADMIN):
        raise NotFound("There is no such token.", code="TOKEN_NOT_FOUND")
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record(user, "revoked token", token, detail=f"of {token.user}")


def user_of(secret: str) -> User | None:
    """The user whom a token speaks for, limited to its role; None where it is none, or no longer."""
    now = timezone.now()
    is_valid = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    token = ApiToken.objects.select_related("user").filter(is_valid, digest=_digest(secret)).first()
    if token is None or not token.user.is_active:
        return None
    if token.used_at is None or token.used_at < now - USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)
    token.user.acting_token, token.user.limited_to = token.name, Role(token.role)
    return token.user


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
