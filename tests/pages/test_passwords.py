"""People without a password: the link by mail, from an admin, from the command line; and how long sessions last."""

import re
import time
from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from dragops_site import sessions
from dragops_site.accounts import resets
from dragops_site.accounts.models import AuditEntry, User
from tests.conftest import PASSWORD
from tests.executions.processes import eventually
from tests.mailbox import Mailbox, mail_server

NEW = "quite another password"
HOST = "https://dragops.example.org"


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    settings.EMAIL_BACKEND, settings.PUBLIC_URL = "django.core.mail.backends.smtp.EmailBackend", HOST
    with mail_server(settings) as mailbox:
        yield mailbox


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def path_of(link: str) -> str:
    assert link.startswith(f"{HOST}/reset-password/")
    return link.removeprefix(HOST)


def follow(client: Client, path: str, new: str) -> Any:
    """Open a link as a browser does, and send its form."""
    opened = client.get(path, follow=True)
    return client.post(opened.redirect_chain[-1][0], {"new": new}) if opened.redirect_chain else opened


@pytest.mark.django_db(transaction=True)
def test_link_comes_by_mail_and_sets_the_password_once(viewer: User, mailbox: Mailbox, valkey: Any) -> None:
    there = Client()
    there.force_login(viewer)
    asked = Client().post("/forgot-password", {"email": " Viewer@Example.org "}, headers={"host": "evil.example"})
    assert "Look into your mail" in text_of(asked)
    eventually(lambda: mailbox.mails)
    (mail,) = mailbox.mails
    (link,) = re.findall(r"https://\S+", mail.get_content())
    browser = Client()
    assert follow(browser, path_of(link), NEW)["Location"] == "/"
    assert browser.get("/account").status_code == 200, "who has set it is signed in"
    assert there.get("/account").status_code == 302, "and everybody else is signed out"
    viewer.refresh_from_db()
    assert viewer.check_password(NEW)
    assert "This link holds no more" in text_of(Client().get(path_of(link)))
    entries = AuditEntry.objects.order_by("id").values_list("verb", "address")
    assert list(entries) == [(verb, "127.0.0.1") for verb in ("made a password link", "changed password", "signed in")]


@pytest.mark.django_db(transaction=True)
def test_answer_is_the_same_for_an_address_that_nobody_has(viewer: User, mailbox: Mailbox, valkey: Any) -> None:
    pages = [Client().post("/forgot-password", {"email": email}) for email in (viewer.email, "nobody@example.org")]
    known, unknown = (text_of(page).replace(viewer.email, "X").replace("nobody@example.org", "X") for page in pages)
    assert known == unknown
    eventually(lambda: mailbox.mails)
    assert mailbox.recipients == [[viewer.email]]


@pytest.mark.django_db
def test_answer_is_the_same_while_many_links_are_being_sent(mailbox: Mailbox, valkey: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(resets, "_slots", BoundedSemaphore(1))
    resets._slots.acquire()
    answer = Client().post("/forgot-password", {"email": "viewer@example.org"})
    assert (answer.status_code, "Look into your mail" in text_of(answer)) == (200, True)


@pytest.mark.django_db(transaction=True)
def test_one_name_gets_five_links_an_hour_and_one_address_asks_thirty_times(
    viewer: User, mailbox: Mailbox, valkey: Any
) -> None:
    answers = [Client().post("/forgot-password", {"email": viewer.email}) for _ in range(7)]
    assert {answer.status_code for answer in answers} <= {200, 429}
    eventually(lambda: len(mailbox.mails) >= 1)
    time.sleep(0.5)
    assert len(mailbox.mails) <= 5
    last = [Client().post("/forgot-password", {"email": f"{n}@example.org"}).status_code for n in range(30)]
    assert last[-1] == 429


def test_closed_account_gets_no_link(viewer: User, mailbox: Mailbox) -> None:
    link = resets.make_link(viewer, actor="a test")
    User.objects.update(is_active=False)
    assert resets.send_link(viewer.email) is False
    assert "This link holds no more" in text_of(Client().get(path_of(link)))
    assert mailbox.mails == []


def test_link_ends_after_an_hour_or_when_one_signs_in(viewer: User, settings: Any, monkeypatch: Any) -> None:
    settings.PUBLIC_URL = HOST
    path = path_of(resets.make_link(viewer, actor="a test"))
    assert "Set another password" in text_of(Client().get(path, follow=True))
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "This link holds no more" in text_of(Client().get(path))
    settings.PASSWORD_RESET_TIMEOUT = 3_600
    User.objects.update(last_login=timezone.now())
    assert "This link holds no more" in text_of(Client().get(path))


@pytest.mark.parametrize(
    ("new", "told"),
    [("short", "too short"), ("password12345", "too common"), ("", "required"), ("x" * 1_001, "At most")],
)
def test_bad_password_is_refused_and_the_link_stays(viewer: User, settings: Any, new: str, told: str) -> None:
    settings.PUBLIC_URL = HOST
    path, browser = path_of(resets.make_link(viewer, actor="a test")), Client()
    assert told in text_of(follow(browser, path, new))
    assert User.objects.get().check_password(PASSWORD)
    assert follow(browser, path, NEW)["Location"] == "/"


@pytest.mark.parametrize("path", ["/reset-password/x/y", "/reset-password/MQ/set-password", "/reset-password/OTk5/a-b"])
def test_link_that_nobody_made_opens_nothing(viewer: User, path: str) -> None:
    answer = Client().get(path)
    assert "This link holds no more" in text_of(answer)
    assert (answer["Referrer-Policy"], "no-store" in answer["Cache-Control"]) == ("same-origin", True)
    assert "This link holds no more" in text_of(Client().post(path, {"new": NEW}))
    assert User.objects.get().check_password(PASSWORD)


def test_admin_makes_a_link_that_is_shown_once(client_as: Any, admin: User, viewer: User, settings: Any) -> None:
    settings.PUBLIC_URL = HOST
    made = text_of(client_as(admin).post(f"/settings/users/{viewer.pk}/password-link"))
    (link,) = set(re.findall(rf"{HOST}/reset-password/[^\"<\s]+", made))
    assert follow(Client(), path_of(link), NEW)["Location"] == "/"
    entry = AuditEntry.objects.get(verb="made a password link")
    assert (entry.user, entry.target_name) == (admin, viewer.email)
    assert not AuditEntry.objects.filter(detail__contains=link).exists()


def test_command_prints_a_link(viewer: User, settings: Any, capsys: Any) -> None:
    settings.PUBLIC_URL = HOST
    call_command("reset_link", "VIEWER@example.org")
    assert follow(Client(), path_of(capsys.readouterr().out.strip()), NEW)["Location"] == "/"
    for email in ("nobody@example.org", ""):
        with pytest.raises(SystemExit, match="Nobody here has the address"):
            call_command("reset_link", email)


@pytest.mark.django_db
def test_page_says_what_to_do_where_no_mail_is_sent(settings: Any) -> None:
    settings.EMAIL_HOST = ""
    assert "manage.py reset_link" in text_of(Client().get("/forgot-password"))
    assert "manage.py reset_link" in text_of(Client().post("/forgot-password", {"email": "a@example.org"}))


# --- Sessions -------------------------------------------------------------------------------------------------------
@pytest.fixture
def clock(monkeypatch: Any) -> list[float]:
    now = [time.time()]
    monkeypatch.setattr(sessions, "time", lambda: now[0])
    return now


def test_session_ends_where_nothing_is_done(client_as: Any, viewer: User, settings: Any, clock: list[float]) -> None:
    browser = client_as(viewer)
    for _ in range(3):
        assert browser.get("/account").status_code == 200
        clock[0] += settings.SESSION_IDLE_S - 10
    clock[0] += 10
    assert browser.get("/account")["Location"].startswith("/sign-in")


def test_what_a_page_asks_by_itself_keeps_no_session_alive(
    client_as: Any, viewer: User, settings: Any, clock: list[float]
) -> None:
    browser = client_as(viewer)
    browser.get("/account")
    for _ in range(4):
        clock[0] += settings.SESSION_IDLE_S / 4
        polled = browser.get("/overview", headers={"HX-Request": "true"})
    assert "/sign-in" in polled["HX-Redirect"]


def test_session_ends_when_it_is_old_whatever_is_done(
    client_as: Any, viewer: User, settings: Any, clock: list[float]
) -> None:
    browser, until = client_as(viewer), clock[0] + settings.SESSION_COOKIE_AGE
    while clock[0] < until:
        assert browser.get("/account").status_code == 200
        clock[0] += settings.SESSION_IDLE_S / 2
    assert browser.get("/account").status_code == 302


def test_activity_is_not_written_down_at_each_request(
    client_as: Any, viewer: User, clock: list[float], django_assert_num_queries: Any
) -> None:
    browser = client_as(viewer)
    browser.get("/account")
    clock[0] += 60
    with django_assert_num_queries(2):
        browser.get("/account")


def test_every_answer_says_what_the_page_may_not(client: Client) -> None:
    assert "camera=()" in client.get("/healthz")["Permissions-Policy"]
