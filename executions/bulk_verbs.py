"""What a job does to a portion of executions: each verb in the transaction that moves the job on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from dragops_site.accounts.models import User
from dragops_site.accounts.roles import Role
from dragops_site.errors import Forbidden, Invalid
from executions import bell, cascade
from executions.actions.retry import may_test
from executions.deletion import deletable, delete_or_trim
from executions.ends import settle
from executions.history import Filters
from executions.models import BulkJob, Execution
from executions.reopening import reopen_alone
from executions.status import ENDED, OPEN, RETRIABLE, UNSUCCESSFUL, Mode, Status

Verb = BulkJob.Verb


@dataclass(frozen=True)
class Kind:
    """Of a verb: what it does to the rows of a portion (returns to how many, and whether the portion is through), to
    how many at once, who may, what it can be done to, and to which of these where no status is named."""

    do: Callable[[Sequence[UUID], BulkJob], tuple[int, bool]]
    portion: int
    role: Role
    to: frozenset[Status]
    unnamed: frozenset[Status]
    refusal: str


def check_may(verb: str, user: User | None) -> None:
    """Raises Invalid for a verb that is none, and Forbidden. None is the machine itself."""
    if verb not in KINDS:
        raise Invalid("There is no such verb.", details={"verb": f"is none of {', '.join(KINDS)}"})
    if not is_allowed(verb, user):
        raise Forbidden(f"This needs the role {KINDS[verb].role.label}.")


def is_allowed(verb: str, user: User | None) -> bool:
    return user is None or (user.is_active and user.may(KINDS[verb].role))


def narrowed(verb: str, filters: Filters) -> Filters:
    """The same filters, for what the verb can be done to. Raises Invalid where that is nothing."""
    kind = KINDS[verb]
    wanted = kind.to.intersection(Status(status) for status in filters.statuses) if filters.statuses else kind.unnamed
    if not wanted:
        raise Invalid(kind.refusal, details={"status": kind.refusal})
    # All that have ended is most of the history: looked at as a whole, and sorted out by the portion.
    return replace(filters, statuses=() if wanted == ENDED else tuple(sorted(wanted)))


def _cancel(ids: Sequence[UUID], job: BulkJob) -> tuple[int, bool]:
    tops = Execution.objects.filter(pk__in=ids, status__in=OPEN, cancel_requested=False)
    ended, _ = cascade.cancel_all(tops)
    settle(ended, callers=())
    gone = {run.pk for run in ended}.intersection(ids)
    asked = Execution.objects.filter(pk__in=ids, status=Status.RUNNING, cancel_requested=True).count()
    return len(gone) + asked, True


def _retry(ids: Sequence[UUID], job: BulkJob) -> tuple[int, bool]:
    """A run that has failed again since the job was begun is not taken twice."""
    rows = Execution.objects.filter(pk__in=ids, status__in=RETRIABLE)
    if job.undoes:
        rows = rows.filter(status=Status.CANCELED, ended_at__gte=job.undoes.created_at)
    else:
        rows = rows.filter(ended_at__lte=job.created_at)
    held = _held(rows if may_test(job.user) else rows.filter(mode=Mode.LIVE))
    done = reopen_alone(rows.filter(pk__in=held)) if held else 0
    if done:
        bell.ring_on_commit()
    return done, True


def _rerun(ids: Sequence[UUID], job: BulkJob) -> tuple[int, bool]:
    rows = Execution.objects.filter(pk__in=ids, status__in=ENDED)
    held = _held(rows if may_test(job.user) else rows.filter(mode=Mode.LIVE))
    return import_string(settings.RERUN)(Execution.objects.filter(pk__in=held), job.user), True


def _delete(ids: Sequence[UUID], job: BulkJob) -> tuple[int, bool]:
    return delete_or_trim(_held(deletable(Execution.objects.filter(pk__in=ids))))


def _held(rows: QuerySet[Execution]) -> list[UUID]:
    """Locked, always in the same order."""
    return list(rows.order_by("-id").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


_ENDED_ALONE = "Only what has ended can be {}."
KINDS: Mapping[str, Kind] = {
    Verb.CANCEL: Kind(_cancel, 200, Role.OPERATOR, OPEN, OPEN, "Only what is open can be canceled."),
    Verb.RETRY: Kind(
        *(_retry, 200, Role.OPERATOR, RETRIABLE, UNSUCCESSFUL),
        "Only what has ended otherwise than well can be retried.",
    ),
    Verb.RERUN: Kind(_rerun, 25, Role.OPERATOR, ENDED, ENDED, _ENDED_ALONE.format("run again")),
    Verb.DELETE: Kind(_delete, 100, Role.EDITOR, ENDED, ENDED, _ENDED_ALONE.format("deleted")),
}
