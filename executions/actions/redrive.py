"""Grant a further attempt to many executions: those named, or all that a filter finds, portion by portion."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import Invalid
from executions import bell, history
from executions.actions.retry import check_may_retry, may_test
from executions.models import Execution
from executions.persistence import persistently, writing
from executions.reopening import reopen_alone
from executions.status import RETRIABLE, Mode, Status

logger = logging.getLogger(__name__)
MOST = 1_000
PORTION = 200  # in one transaction

# What is done to the executions of a portion, which are locked: returns to how many it could be.
Verb = Callable[[QuerySet[Execution]], int]


@dataclass(frozen=True)
class Redriven:
    """What came of it. While there is a `next_cursor`, `remaining` more are found after it (counted to a cap)."""

    retried: int
    skipped: int
    remaining: int = 0
    next_cursor: str | None = None


def redrive(ids: Collection[UUID], user: User | None, verb: Verb = reopen_alone) -> Redriven:
    """Retry each of these once, if it can be; who cannot is skipped. Raises Invalid for more than MOST."""
    if len(ids) > MOST:
        raise Invalid(f"These are {len(ids):,} executions; the limit is {MOST:,}.", details={"ids": "are too many"})
    began, chosen = timezone.now(), list(dict.fromkeys(ids))
    retried = sum(_portion(some, began, user, verb) for some in _portions(chosen))
    if retried:
        bell.ring_on_commit()
        logger.info("%s retried %d of %d executions", user, retried, len(chosen))
        audit.record(user, "retried", name=f"{retried:,} executions", detail=f"{len(chosen) - retried:,} were skipped")
    return Redriven(retried, len(chosen) - retried)


def redrive_found(
    filters: history.Filters,
    user: User | None,
    *,
    limit: int = MOST,
    cursor: str | None = None,
    verb: Verb = reopen_alone,
) -> Redriven:
    """Retry the next `limit` that a filter finds after `cursor`, newest first; dead letters, unless it names statuses.

    Who goes on with the cursor passes each once, also those that fail again meanwhile. Raises Invalid.
    """
    wanted = _checked(filters, user)
    ids, next_cursor = history.find(wanted, cursor=cursor, limit=min(limit, MOST))
    done = redrive(ids, user, verb)
    remaining = history.count_up_to(wanted, cursor=next_cursor) if next_cursor else 0
    return replace(done, remaining=remaining, next_cursor=next_cursor)


def _checked(filters: history.Filters, user: User | None) -> history.Filters:
    statuses = filters.statuses or (Status.DEAD_LETTER,)
    if not RETRIABLE.issuperset(statuses):
        message = "Only what has ended otherwise than well can be retried."
        raise Invalid(message, details={"status": message})
    check_may_retry(filters.mode, user)
    return replace(filters, statuses=statuses)


@writing()
def _locked_portion(ids: Sequence[UUID], began: datetime, user: User | None, verb: Verb) -> int:
    """A run that has failed again since we `began` is not taken twice."""
    rows = Execution.objects.filter(pk__in=ids, status__in=RETRIABLE, ended_at__lte=began)
    rows = rows if may_test(user) else rows.filter(mode=Mode.LIVE)
    held = list(rows.order_by("-id").select_for_update(no_key=True).values_list("pk", flat=True))
    return verb(rows.filter(pk__in=held)) if held else 0


def _portion(ids: Sequence[UUID], began: datetime, user: User | None, verb: Verb) -> int:
    return persistently(lambda: _locked_portion(ids, began, user, verb))


def _portions(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (ids[start : start + PORTION] for start in range(0, len(ids), PORTION))
