"""Do something to many executions at once: a job, which the clock of every process works off portion by portion.

What a portion does and how far the job is are written in one transaction. So a process may be killed at any point, and
any number of them may be at it: no portion is done twice, and none is passed over.
"""

import hashlib
import logging
from collections.abc import Collection
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from dragops_site import audit, jsontext
from dragops_site.accounts.models import User
from dragops_site.errors import Conflict, Invalid
from executions import history
from executions.actions.retry import check_may_retry
from executions.bulk_filters import dumped, loaded
from executions.bulk_verbs import KINDS, check_may, is_allowed, narrowed
from executions.history import Filters
from executions.models import BulkJob
from executions.persistence import is_away, persistently, writing

logger = logging.getLogger(__name__)
MOST = 1_000  # ids
AT_ONCE = 50  # ids; so few are done before the answer is given
UNDO_S = 10  # before a deletion begins
WORK_S = 0.3  # of one call of the clock
ABOVE_ALL = UUID(int=2**128 - 1)
PAST = {"cancel": "canceled", "retry": "retried", "rerun": "ran again", "delete": "deleted"}
State = BulkJob.State
OPEN = (State.WAITING, State.WORKING)


def begin(
    verb: str, *, ids: Collection[UUID] | None = None, filters: Filters | None = None, user: User | None
) -> BulkJob:
    """Cancel, retry, rerun or delete these, or all that the filters find now; what is accepted later is left alone.

    The same once more, while it is under way, is the same job. Raises Invalid, Forbidden.
    """
    check_may(verb, user)
    if (ids is None) == (filters is None):
        raise Invalid("Give either ids or filters.")
    if ids is not None:
        return _begin(verb, user, ids=_checked(ids))
    assert filters is not None  # noqa: S101 - for the type checker
    wanted = narrowed(verb, filters)
    if verb in (BulkJob.Verb.RETRY, BulkJob.Verb.RERUN):
        check_may_retry(wanted.mode, user)
    return _begin(verb, user, filters=dumped(wanted), total=history.count_up_to(wanted))


def undo(job: BulkJob, user: User | None) -> BulkJob:
    """Retry what a job has canceled. Raises Conflict, Forbidden."""
    check_may(BulkJob.Verb.RETRY, user)
    if job.verb != BulkJob.Verb.CANCEL or job.is_open:
        raise Conflict("Only what a job has canceled, once it is over, can be brought back.")
    filters = None if job.filters is None else {**job.filters, "statuses": ["canceled"]}
    begins_with = {"ids": job.ids, "filters": filters, "total": job.done, "cursor": job.pk, "undoes": job}
    return _begin(BulkJob.Verb.RETRY, user, **begins_with)


def stop(job: BulkJob, user: User | None) -> None:
    """Do no more of it; before it begins, that is as if it had not been asked for. Raises Forbidden, Conflict."""
    check_may(job.verb, user)
    with writing():
        if not _end(job.pk, State.STOPPED):
            raise Conflict("This is over already.")
        audit.record(user, "stopped", job)


def work(work_s: float = WORK_S) -> int:
    """Go on with the jobs that are open, the oldest first, for a moment; returns how many portions were done."""
    until, portions = monotonic() + work_s, 0
    due = BulkJob.objects.filter(state__in=OPEN, begins_at__lte=timezone.now()).order_by("begins_at")
    for job_id in list(due.values_list("pk", flat=True)[:10]):
        while monotonic() < until and advance(job_id):
            portions += 1
    return portions


def advance(job_id: UUID) -> bool:
    """Do the next portion of a job. Returns whether this did it, and there is more."""
    try:
        return persistently(lambda: _advance(job_id))
    except Exception as error:
        if is_away(error):
            raise
        logger.exception("the bulk job %s has stopped", job_id)
        with writing():
            _end(job_id, State.STOPPED, problem=f"{type(error).__name__}: {error}"[:300])
        return False


def _checked(ids: Collection[UUID]) -> list[str]:
    if not ids:
        raise Invalid("Select at least one execution.", details={"ids": "are empty"})
    if len(ids) > MOST:
        raise Invalid(f"These are {len(ids):,} executions; the limit is {MOST:,}.", details={"ids": "are too many"})
    return [str(each) for each in sorted(set(ids), reverse=True)]


def _begin(verb: str, user: User | None, **given: Any) -> BulkJob:
    now = timezone.now()
    undone = str(given["undoes"].pk) if "undoes" in given else ""
    asked = jsontext.dumps([verb, given.get("ids"), given.get("filters"), undone])
    job = BulkJob(verb=verb, user=user, asked=hashlib.sha256(asked.encode()).hexdigest(), created_at=now, **given)
    if job.ids is not None:
        job.cursor, job.total = ABOVE_ALL, len(job.ids)
    else:
        job.cursor = given.get("cursor") or job.pk
    job.begins_at = now + timedelta(seconds=UNDO_S if verb == BulkJob.Verb.DELETE else 0)
    try:
        with writing():
            job.save(force_insert=True)
            audit.record(user, f"began to {verb}", job, name=f"{job.total:,} executions")
    except IntegrityError:
        found = BulkJob.objects.filter(user=user, asked=job.asked, state__in=OPEN).first()
        if found is None:
            raise Conflict("The same has just been done. Look, and try again.") from None
        return found
    logger.info("%s begins to %s %d executions", user, verb, job.total)
    if verb != BulkJob.Verb.DELETE and len(job.ids or ()) in range(1, AT_ONCE + 1):
        while advance(job.pk):
            pass
        job.refresh_from_db()
    return job


def _advance(job_id: UUID) -> bool:
    job = BulkJob.objects.select_related("user", "undoes").filter(pk=job_id, state__in=OPEN).first()
    if job is None:
        return False
    if not is_allowed(job.verb, job.user):
        with writing():
            _end(job_id, State.STOPPED, problem="Whoever asked for it may not do it any more.")
        return False
    ids, cursor = _next(job)  # a search may take a second: before anything is locked
    with writing():
        held = BulkJob.objects.select_for_update().filter(pk=job_id, state__in=OPEN, moved=job.moved)
        if not held.exists():
            return False  # another process has done this portion, or somebody has stopped the job
        done, is_through = KINDS[job.verb].do(ids, job) if ids else (0, True)
        _note(job, done, len(ids) - done if is_through else 0, cursor if is_through else job.cursor)
    return job.is_open


def _next(job: BulkJob) -> tuple[list[UUID], UUID | None]:
    """The next portion, and the cursor after it; None at the end."""
    size = KINDS[job.verb].portion
    if job.filters is not None:
        ids, after = history.find(loaded(job.filters), cursor=str(job.cursor), limit=size)
        return ids, UUID(after) if after else None
    rest = [each for each in map(UUID, job.ids or ()) if each < job.cursor]
    return rest[:size], rest[size - 1] if len(rest) > size else None


def _note(job: BulkJob, done: int, skipped: int, cursor: UUID | None) -> None:
    """Into the row, which is locked."""
    job.moved, job.state, job.cursor = job.moved + 1, State.WORKING, cursor or job.cursor
    job.done, job.skipped = job.done + done, job.skipped + skipped
    if cursor is None:
        job.state, job.ended_at = State.DONE, timezone.now()
        audit.record(job.user, PAST[job.verb], job, name=f"{job.done:,} executions", detail=_left(job))
    job.save(update_fields=["moved", "cursor", "state", "done", "skipped", "ended_at"])


def _left(job: BulkJob) -> str:
    return f"{job.skipped:,} were skipped" if job.skipped else ""


def _end(job_id: UUID, state: str, **more: Any) -> int:
    rows = BulkJob.objects.filter(pk=job_id, state__in=OPEN)
    return rows.update(state=state, ended_at=timezone.now(), **more)
