"""Connections as runs use them: opened when a request needs one, for the hosts that it is meant for."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from deployments import oauth
from deployments.connection_kinds import KINDS, bearer
from deployments.models import Connection
from dragops_site import jsontext
from dragops_site.vault import CannotOpen, place_of, seal, unseal
from executions import masking
from patterns import destinations
from patterns.context import Carried, NodeError

logger = logging.getLogger(__name__)
Result = TypeVar("Result")
Patiently = Callable[[Callable[[], Any]], Any]
NOTED_EVERY = timedelta(minutes=1)  # so often is it written down that a connection is in use
SPARE = timedelta(seconds=30)  # a token that ends so soon is asked for anew
REFUSED = 401


def names(asked: Iterable[str]) -> set[str]:
    """Those of the names under which there is a connection."""
    wanted = set(asked)
    return set(Connection.objects.filter(name__in=wanted).values_list("name", flat=True)) if wanted else set()


def connection_named(name: str, patiently: Patiently) -> "Opened":
    """For a request of a run. Everything that asks the database is done by `patiently`. Raises NodeError."""

    def find() -> Connection | None:
        found = Connection.objects.filter(name=name).first()
        if found is not None:
            masking.refresh()  # before the run can show what it holds
        return found

    found = patiently(find)
    if found is None:
        raise NodeError(
            f"Connection: there is no connection “{name[:100]}”. Make it on the page Connections, or choose another.",
            "UnknownConnection",
        )
    return Opened(found, patiently)


class Opened:
    """Implements `patterns.context.Connection`."""

    def __init__(self, row: Connection, patiently: Patiently) -> None:
        self._row = row
        self._patiently = patiently
        self._token = ""
        self._may_ask_again = row.type == Connection.Type.OAUTH2

    def carried(self, url: str, limit_s: float) -> Carried:
        """See there."""
        self._check(url)
        given = self._given()
        if self._row.type != Connection.Type.OAUTH2:
            return KINDS[self._row.type].carried(given)
        self._token = self._kept_token() or self._new_token(given, limit_s)
        return bearer(self._token)

    def answered(self, status: int) -> bool:
        """See there."""
        if status == REFUSED and self._token and self._may_ask_again:
            self._may_ask_again = False
            self._change_token("")
            return True
        self._note("" if status != REFUSED else "The service answered 401: it does not accept the credentials.")
        return False

    # --- What may go where ----------------------------------------------------------------------------------------
    def _check(self, url: str) -> None:
        try:
            goal = destinations.of_url(url)
        except ValueError as error:
            raise NodeError(f"URL: {error}.", "BadURL") from None
        if not any(destinations.read(host).covers(goal) for host in self._row.hosts):
            allowed = ", ".join(self._row.hosts)
            raise NodeError(
                f"The connection “{self._row.name}” may not be sent to {goal}: it is for {allowed[:300]}.",
                "ConnectionRefused",
            )

    def _given(self) -> dict[str, str]:
        try:
            return opened(self._row)
        except CannotOpen as error:
            logger.error("The connection %s cannot be opened: %s", self._row.pk, error)
            self._note("It cannot be opened with the encryption keys of this server.")
            raise NodeError(
                f"The connection “{self._row.name}” cannot be opened with the encryption keys of this server. Replace "
                "its credentials, or start the server with the key that they were sealed with "
                "(DRAGOPS_ENCRYPTION_KEYS).",
                "SecretClosed",
            ) from None

    # --- Tokens ---------------------------------------------------------------------------------------------------
    def _kept_token(self) -> str:
        row = self._row
        if not row.sealed_token or row.token_ends_at is None or row.token_ends_at < timezone.now() + SPARE:
            return ""
        try:
            return unseal(row.sealed_token, place_of(row, "sealed_token"))
        except CannotOpen:
            return ""

    def _new_token(self, given: dict[str, str], limit_s: float) -> str:
        try:
            token = oauth.fetch_token(given, self._row.name, limit_s)
        except NodeError as error:
            self._note(error.message)
            raise
        sealed = seal(token.text, place_of(self._row, "sealed_token"))
        self._change_token(sealed, timezone.now() + timedelta(seconds=token.lasts_s))
        # Only what is kept is known to those who mask it: of two that fetch one at once, both use the first.
        found = token.text if self._row.sealed_token == sealed else self._kept_token()
        if not found:
            raise NodeError(f"The connection “{self._row.name}” was changed meanwhile.", "Conflict", retryable=True)
        return found

    def _change_token(self, sealed: str, ends_at: datetime | None = None) -> None:
        """Put it in the place of the one that is known here, for these credentials; where both are still there."""
        known = {"sealed": self._row.sealed, "sealed_token": self._row.sealed_token}

        def change() -> None:
            row = Connection.objects.filter(pk=self._row.pk)
            row.filter(**known).update(sealed_token=sealed, token_ends_at=ends_at, revision=F("revision") + 1)
            self._row = row.first() or self._row
            masking.refresh()

        self._patiently(change)

    # --- How it does ----------------------------------------------------------------------------------------------
    def _note(self, problem: str) -> None:
        """What became of its use; written when that is news, or so old that it is. No reason to fail a run."""
        now = timezone.now()
        is_recent = self._row.last_used_at is not None and now - self._row.last_used_at < NOTED_EVERY
        if is_recent and problem == self._row.problem:
            return
        self._row.last_used_at, self._row.problem = now, problem
        row = Connection.objects.filter(pk=self._row.pk)
        try:
            self._patiently(lambda: row.update(last_used_at=now, problem=masking.masked(problem)[:300]))
        except DatabaseError:
            logger.exception("The use of connection %s could not be noted", self._row.pk)


def opened(row: Connection) -> dict[str, str]:
    """All values of a connection by name, the secret ones among them. Raises CannotOpen."""
    secret: dict[str, str] = jsontext.loads(unseal(row.sealed, place_of(row, "sealed")))
    return {**{field.name: field.default for field in KINDS[row.type].fields}, **row.settings, **secret}


def secrets_in(row: Connection) -> Iterator[str]:
    """Everything of a connection that nobody may see; nothing of what cannot be opened."""
    try:
        yield from KINDS[row.type].hidden(opened(row))
        if row.sealed_token:
            yield unseal(row.sealed_token, place_of(row, "sealed_token"))
    except (CannotOpen, ValueError, KeyError):
        logger.warning("The connection %s cannot be opened", row.pk)
