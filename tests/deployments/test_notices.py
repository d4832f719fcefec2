"""Notices: what is kept, who gets it by e-mail, and that nobody gets it twice. The mail server is a real one."""

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from time import monotonic, sleep
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import transaction
from django.utils import timezone

from deployments import notices
from deployments.housekeeping import prune_notices
from deployments.models import Deployment, Notice
from dragops_site.ids import first_id
from executions.ends import settle
from patterns.models import Pattern
from tests.api.made import run
from tests.patterns.graphs import started_by_hand
from tests.threads import at_once

pytestmark = pytest.mark.django_db


class Mailbox:
    """What the mail server was given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    box = Mailbox()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    server = Controller(box, hostname=settings.EMAIL_HOST, port=settings.EMAIL_PORT)
    server.start()
    yield box
    server.stop()


@pytest.fixture
def orders(deployed: Callable[..., Pattern]) -> Deployment:
    pattern = deployed(started_by_hand(), "Orders")
    Deployment.objects.filter(pk=pattern.pk).update(notify=["mona@example.org", "ops@example.org"])
    return Deployment.objects.get(pk=pattern.pk)


def text_of(mail: EmailMessage) -> str:
    return mail.get_content().replace("\r\n", "\n")


def fail(deployment: Deployment, count: int = 1, **fields: Any) -> None:
    with transaction.atomic():
        settle([run(deployment.pattern, "failed", error_type="HTTPError", **fields) for _ in range(count)])


# --- Sending --------------------------------------------------------------------------------------------------------
def test_notice_is_sent_to_everybody_whom_the_deployment_names(orders: Deployment, mailbox: Mailbox) -> None:
    notices.tell(orders, "Something is up", "It is.\nReally.")
    assert notices.send_all() == 1
    (mail,) = mailbox.mails
    assert (mail["Subject"], mail["To"]) == ("Something is up", "mona@example.org, ops@example.org")
    assert text_of(mail).startswith("It is.\nReally.\n\nhttp")
    assert text_of(mail).strip().endswith(f"/deployments/{orders.pk}")
    notice = Notice.objects.get()
    assert (notice.tries, notice.problem, mail["Message-ID"]) == (1, "", f"<{notice.pk}@localhost>")
    assert notice.sent_at is not None
    assert notices.send_all() == 0


def test_notice_that_nobody_is_named_for_is_kept_and_not_sent(orders: Deployment, mailbox: Mailbox) -> None:
    orders.notify = []
    notices.tell(orders, "Something is up", "")
    assert (notices.send_all(), mailbox.mails) == (0, [])
    assert Notice.objects.get().sent_at is not None


def test_notice_is_kept_and_not_sent_without_a_mail_server(orders: Deployment, settings: Any) -> None:
    assert settings.EMAIL_HOST == ""
    notices.tell(orders, "Something is up", "")
    assert Notice.objects.get().sent_at is not None


@pytest.mark.parametrize(
    "subject",
    ["Hello\r\nBcc: eve@example.org", "Hello\nBcc: eve@example.org", "Hello\x0bBcc:\u2028eve@example.org\x00\u202e"],
)
def test_subject_cannot_add_headers(orders: Deployment, mailbox: Mailbox, subject: str) -> None:
    notices.tell(orders, subject, "text")
    assert notices.send_all() == 1
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hello Bcc: eve@example.org"


def test_name_of_a_pattern_is_shortened_and_cannot_break_the_subject(orders: Deployment, mailbox: Mailbox) -> None:
    orders.pattern.name = "a\nb" + "ü" * 190
    notices.tell(orders, f"{notices.name_of(orders)} has recovered", "text")
    assert notices.send_all() == 1
    assert mailbox.mails[0]["Subject"].strip() == f"“a b{'ü' * 96}…” has recovered"


def test_notice_that_is_refused_is_tried_again_later_and_given_up_at_last(orders: Deployment, mailbox: Mailbox) -> None:
    mailbox.answer = "451 not now"
    notices.tell(orders, "Something is up", "text")
    for tries in range(1, 6):
        assert notices.send_all() == 0
        found = Notice.objects.get()
        assert (found.tries, found.sent_at is None) == (tries, tries < 5)
        assert "451" in found.problem
        assert found.next_try_at > timezone.now() + timedelta(minutes=4)
        assert notices.send_all() == 0
        assert Notice.objects.get().tries == tries
        Notice.objects.update(next_try_at=timezone.now())
    mailbox.answer = "250 OK"
    assert (notices.send_all(), mailbox.mails) == (0, [])


def test_notice_that_was_refused_is_sent_when_the_server_takes_it(orders: Deployment, mailbox: Mailbox) -> None:
    mailbox.answer = "451 not now"
    notices.tell(orders, "Something is up", "text")
    notices.send_all()
    Notice.objects.update(next_try_at=timezone.now())
    mailbox.answer = "250 OK"
    assert notices.send_all() == 1
    assert Notice.objects.get().problem == ""


def test_server_that_is_away_is_a_problem_of_the_notice(orders: Deployment, mailbox: Mailbox, settings: Any) -> None:
    settings.EMAIL_PORT = free_port()
    notices.tell(orders, "Something is up", "text")
    assert notices.send_all() == 0
    assert "ConnectionRefusedError" in Notice.objects.get().problem


@pytest.mark.django_db(transaction=True)
def test_notice_is_sent_once_when_several_processes_send(orders: Deployment, mailbox: Mailbox) -> None:
    for number in range(5):
        notices.tell(orders, f"Notice {number}", "text")
    sent = at_once(*[notices.send_all] * 4)
    assert sum(sent) == 5
    assert sorted(mail["Subject"] for mail in mailbox.mails) == [f"Notice {number}" for number in range(5)]


@pytest.mark.django_db(transaction=True)
def test_server_that_hangs_does_not_hold_the_clock(orders: Deployment, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()[:2]
        settings.EMAIL_TIMEOUT = 1
        notices.tell(orders, "Something is up", "text")
        began = monotonic()
        notices.send()
        notices.send()
        assert monotonic() - began < 0.5
        until = monotonic() + 10
        while not Notice.objects.get().problem and monotonic() < until:
            sleep(0.05)
        assert Notice.objects.get().tries == 1
        assert "timed out" in Notice.objects.get().problem.lower()


# --- Failed runs ----------------------------------------------------------------------------------------------------
def test_failed_run_is_told_with_its_error_and_its_address(orders: Deployment, mailbox: Mailbox) -> None:
    fail(orders, error_message="502 Bad Gateway", error_node_name="Fetch")
    notices.tell_failures()
    notices.send_all()
    (mail,) = mailbox.mails
    assert mail["Subject"] == "A run of “Orders” failed"
    assert "HTTPError in the node “Fetch”: 502 Bad Gateway\nhttp" in text_of(mail)
    assert f"/executions/{run_of(orders)}" in text_of(mail)


def run_of(deployment: Deployment) -> Any:
    return deployment.pattern.executions.latest("id").pk


def test_further_failures_are_told_a_minute_later_together(orders: Deployment, mailbox: Mailbox) -> None:
    fail(orders)
    notices.tell_failures()
    fail(orders, 3)
    fail(orders, 9)
    notices.tell_failures()
    assert Notice.objects.count() == 1
    Deployment.objects.update(failures_told_at=timezone.now() - timedelta(seconds=61))
    notices.tell_failures()
    latest = Notice.objects.latest("id")
    assert latest.subject == "12 runs of “Orders” failed"
    assert latest.text.count("HTTPError") == 5
    assert latest.text.endswith("And 7 more.")
    notices.tell_failures()
    assert Notice.objects.count() == 2


def test_failures_are_not_counted_where_nobody_is_named(orders: Deployment) -> None:
    Deployment.objects.update(notify=[])
    fail(orders, 3)
    assert Deployment.objects.get().failures_untold == 0


def test_test_runs_are_not_told(orders: Deployment) -> None:
    fail(orders, mode="test", version_number=None)
    assert Deployment.objects.get().failures_untold == 0


@pytest.mark.django_db(transaction=True)
def test_failures_are_told_once_and_none_is_lost_when_several_tell_while_runs_fail(orders: Deployment) -> None:
    def fail_often() -> None:
        for _ in range(5):
            fail(orders)

    def tell_often() -> None:
        for _ in range(5):
            Deployment.objects.update(failures_told_at=None)
            notices.tell_failures()

    assert at_once(fail_often, fail_often, tell_often, tell_often) == [None] * 4
    Deployment.objects.update(failures_told_at=None)
    notices.tell_failures()
    assert Deployment.objects.get().failures_untold == 0
    told = [notice.subject.split()[0] for notice in Notice.objects.all()]
    assert sum(1 if count == "A" else int(count) for count in told) == 10


def test_look_for_notices_costs_two_queries_when_there_are_none(
    orders: Deployment, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        notices.send()


def test_notices_are_forgotten_after_ninety_days(orders: Deployment) -> None:
    Notice.objects.create(id=first_id(timezone.now() - timedelta(days=91)), deployment=orders, subject="Old", text="")
    Notice.objects.create(id=first_id(timezone.now() - timedelta(days=89)), deployment=orders, subject="Young", text="")
    assert prune_notices() == 1
    assert Notice.objects.get().subject == "Young"


# --- The API --------------------------------------------------------------------------------------------------------
def test_api_tells_the_notices_of_a_deployment_newest_first(
    orders: Deployment, mailbox: Mailbox, viewer: Any, api_as: Callable[[Any], Any]
) -> None:
    for number in range(3):
        notices.tell(orders, f"Notice {number}", "text")
    assert notices.send_all() == 3
    notices.tell(orders, "Unsent", "text")
    answer = api_as(viewer).get(f"/api/deployments/{orders.pk}/notices?limit=2").json()
    assert [told["subject"] for told in answer["data"]] == ["Unsent", "Notice 2"]
    assert [told["sentAt"] is None for told in answer["data"]] == [True, False]
    assert answer["data"][0]["recipients"] == ["mona@example.org", "ops@example.org"]
    assert (answer["meta"]["total"], answer["meta"]["totalPages"]) == (4, 2)
    assert api_as(viewer).get("/api/deployments/x/notices").status_code == 404
