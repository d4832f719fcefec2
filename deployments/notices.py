"""What people must hear of: kept with the deployment, shown on its page, and sent by e-mail to those it names.

Every step that sends is a conditional update first: of several processes that look at the same notice, one sends it.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from smtplib import SMTPException
from threading import Lock, Thread
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import DatabaseError, connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from deployments.models import Deployment, Notice
from dragops_site import jsontext
from executions.models import Execution
from executions.persistence import writing
from executions.status import UNSUCCESSFUL, Mode, Status

log = logging.getLogger(__name__)

SUBJECT, TEXT, PROBLEM = 200, 10_000, 300
FAILURES_EVERY = timedelta(minutes=1)
FAILURES_LISTED = 5
SENT_AT_ONCE = 50
# Between the tries, of which the first is made at once; a process that dies while it sends leaves it to the next try.
PAUSES = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))


def tell(deployment: Deployment, subject: str, text: str) -> None:
    """Keep a notice, and let it be sent if the deployment names somebody and there is a mail server."""
    is_sent = bool(deployment.notify and settings.EMAIL_HOST)
    Notice.objects.create(
        deployment=deployment,
        subject=one_line(subject)[:SUBJECT],
        text=jsontext.clean(text)[:TEXT],
        recipients=deployment.notify,
        sent_at=None if is_sent else timezone.now(),
    )


def name_of(deployment: Deployment) -> str:
    """The name of the pattern, in quotes and short enough for a subject."""
    name = deployment.pattern.name
    return f"“{name[:99]}…”" if len(name) > 100 else f"“{name}”"


def one_line(text: str) -> str:
    """Text for a header: whatever would end the line, or turn its writing around, is a space."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


# --- Failed runs ----------------------------------------------------------------------------------------------------
def count_failures(failed: Mapping[UUID, int]) -> None:
    """Note that so many runs of these patterns' deployments have failed. For the transaction in which they do."""
    for pattern_id in sorted(failed):
        named = Deployment.objects.filter(pk=pattern_id).exclude(notify=[])
        named.update(failures_untold=F("failures_untold") + failed[pattern_id])


def tell_failures() -> None:
    """One notice for each deployment with failed runs of which nobody has been told, and no more than one a minute."""
    now = timezone.now()
    is_time = Q(failures_told_at=None) | Q(failures_told_at__lte=now - FAILURES_EVERY)
    found = Deployment.objects.filter(is_time, failures_untold__gt=0)
    for deployment in found.select_related("pattern").defer("pattern__graph", "pattern__description"):
        with writing():
            _tell_failures(deployment, now)


def _tell_failures(deployment: Deployment, now: datetime) -> None:
    count, told_at = deployment.failures_untold, deployment.failures_told_at
    unchanged = Deployment.objects.filter(pk=deployment.pk, failures_told_at=told_at, failures_untold__gte=count)
    if unchanged.update(failures_untold=F("failures_untold") - count, failures_told_at=now):
        what = "A run" if count == 1 else f"{count:,} runs"
        tell(deployment, f"{what} of {name_of(deployment)} failed", _listing(deployment.pk, count))


def _listing(pattern_id: UUID, count: int) -> str:
    by_status = [_latest(pattern_id, status) for status in sorted(UNSUCCESSFUL)]
    latest = islice(merge(*by_status, key=lambda run: run.pk, reverse=True), min(count, FAILURES_LISTED))
    shown = [_line(run) for run in latest]
    more = count - len(shown)
    return "\n\n".join([*shown, f"And {more:,} more." if more else ""]).strip()


def _latest(pattern_id: UUID, status: Status) -> list[Execution]:
    runs = Execution.objects.filter(pattern_id=pattern_id, status=status, mode=Mode.LIVE).order_by("-id")
    return list(runs.only("status", "ended_at", "error_type", "error_message", "error_node_name")[:FAILURES_LISTED])


def _line(run: Execution) -> str:
    where = f" in the node “{run.error_node_name}”" if run.error_node_name else ""
    error = f"{run.error_type}{where}: {run.error_message[:500]}" if run.error_type else Status(run.status).label
    return f"{run.ended_at:%Y-%m-%d %H:%M:%S} UTC  {error}\n{settings.PUBLIC_URL}/executions/{run.pk}"


# --- Sending --------------------------------------------------------------------------------------------------------
_sending = Lock()


def send() -> None:
    """Tell of failed runs, and send what is unsent in a thread of its own: a mail server that hangs delays nobody."""
    tell_failures()
    if _unsent().exists() and _sending.acquire(blocking=False):
        Thread(target=_send_in_thread, name="mail", daemon=True).start()


def _send_in_thread() -> None:
    try:
        send_all()
    except DatabaseError as error:
        log.warning("notices could not be sent: the database does not answer: %s", error)
    finally:
        connection.close()
        _sending.release()


def send_all() -> int:
    """Send the notices whose time has come. Returns how many were sent from here."""
    return sum(_send(notice) for notice in _unsent()[:SENT_AT_ONCE])


def _unsent() -> QuerySet[Notice]:
    return Notice.objects.filter(sent_at=None, next_try_at__lte=timezone.now()).order_by("id")


def _send(notice: Notice) -> bool:
    if not _claim(notice):
        return False
    try:
        _message(notice).send()
    except (OSError, SMTPException, ValueError) as error:  # a server's refusal, or an address that cannot be written
        log.warning("the notice %s could not be sent: %s", notice.pk, error)
        is_given_up = notice.tries >= len(PAUSES)
        changes = {"problem": one_line(f"{type(error).__name__}: {error}")[:PROBLEM]}
        Notice.objects.filter(pk=notice.pk).update(**changes, **({"sent_at": timezone.now()} if is_given_up else {}))
        return False
    return bool(Notice.objects.filter(pk=notice.pk).update(sent_at=timezone.now(), problem=""))


def _claim(notice: Notice) -> bool:
    pause = PAUSES[min(notice.tries, len(PAUSES) - 1)]
    unclaimed = Notice.objects.filter(pk=notice.pk, sent_at=None, tries=notice.tries)
    return bool(unclaimed.update(tries=notice.tries + 1, next_try_at=timezone.now() + pause))


def _message(notice: Notice) -> EmailMessage:
    """The same notice has the same Message-ID, should it be sent twice after all."""
    url = f"{settings.PUBLIC_URL}/deployments/{notice.deployment_id}"
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    headers = {"Message-ID": f"<{notice.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(notice.subject, f"{notice.text}\n\n{url}\n", to=notice.recipients, headers=headers)
