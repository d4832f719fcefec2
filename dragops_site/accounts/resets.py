"""Links by which people who have no password any more set another one.

A link is made of what the account is now (its password, the last time it was used), signed and dated, so that none is
kept: it ends after an hour (`PASSWORD_RESET_TIMEOUT`), when it was used, and when the person signs in by other means.
"""

import logging
from contextvars import copy_context
from smtplib import SMTPException
from threading import BoundedSemaphore, Thread

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import DatabaseError, connection
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from dragops_site import audit, jsontext
from dragops_site.accounts.models import User
from dragops_site.errors import Conflict

log = logging.getLogger(__name__)

SENT_AT_ONCE = 16
TEXT = """Somebody, perhaps you, has asked for another password for {email} at DRAGOPS.

Set it here, within an hour:

{link}

If it was not you, there is nothing to do: your password stays as it is.
"""
_slots = BoundedSemaphore(SENT_AT_ONCE)


def make_link(person: User, *, by: User | None = None, actor: str = "") -> str:
    """The address that lets this person set a password, to be handed to nobody else. Raises Conflict for an account
    that is closed."""
    if not person.is_active:
        raise Conflict("This account is closed. Open it first.")
    audit.record(by, "made a password link", person, actor=actor)
    words = {
        "uidb64": urlsafe_base64_encode(force_bytes(person.pk)),
        "token": default_token_generator.make_token(person),
    }
    return settings.PUBLIC_URL + reverse("reset-password", kwargs=words)


def mail_link(email: str) -> None:
    """Send the link to the person of that address, if there is one, in a thread of its own: neither the answer nor how
    long it takes tells anybody whether there is.

    Where many are being sent, or the process ends meanwhile, nothing is; who waits in vain asks again.
    """
    if not _slots.acquire(blocking=False):
        log.warning("a link for another password is not sent: %d are being sent", SENT_AT_ONCE)
        return
    whence = copy_context()  # for the audit trail
    Thread(target=whence.run, args=[_mail_in_thread, email], name="mail", daemon=True).start()


def _mail_in_thread(email: str) -> None:
    try:
        send_link(email)
    except (OSError, SMTPException, ValueError) as error:
        log.warning("a link for another password could not be sent: %s", error)
    except DatabaseError as error:
        log.warning("a link for another password could not be sent: the database does not answer: %s", error)
    finally:
        connection.close()
        _slots.release()


def send_link(email: str) -> bool:
    """Whether there was somebody to send it to."""
    person = User.objects.filter(email=jsontext.clean(email).strip().lower(), is_active=True).first()
    if person is None:
        return False
    link = make_link(person, actor="somebody who forgot the password")
    headers = {"Auto-Submitted": "auto-generated"}
    EmailMessage(
        "Set another password", TEXT.format(email=person.email, link=link), to=[person.email], headers=headers
    ).send()
    return True
