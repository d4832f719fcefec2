"""E-mail, sent through Django's settings."""

import mimetypes
import re
import smtplib
import socket
import ssl
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from email.utils import getaddresses, quote
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.core.validators import validate_email

from patterns import quitting
from patterns.context import NodeError, RunContext
from patterns.registry import Label, effect
from patterns.types import Any, Array, PinType, String, Value
from patterns.values import NO_ITEMS

UTILITY = "Utility"
MAX_RECIPIENTS = 100
MAX_ADDRESSES_TEXT = 50_000
MAX_NAME = 200
MAX_SUBJECT = 900
MAX_FILENAME, MAX_ENDING = 75, 20  # written out it is up to twelve times as long, on one line of at most 998
MAX_BYTES = 20_000_000  # of texts and attachments
MAX_ATTACHMENTS = 100
HTMLText = Annotated[str, PinType.STRING, Label("HTML")]
_TYPE = re.compile(r"(?!message/|multipart/)[A-Za-z0-9.+-]{1,60}/[A-Za-z0-9.+-]{1,100}", re.IGNORECASE)


@effect(UTILITY, output="Message Id")
def send_email(
    run: RunContext,
    to: Any,
    subject: String = "",
    text: String = "",
    html: HTMLText = "",
    from_: String = "",
    cc: Any = None,
    bcc: Any = None,
    reply_to: Any = None,
    attachments: Array = NO_ITEMS,
) -> String:
    """Sends an e-mail through the server that DRAGOPS_SMTP_URL names.

    To, Cc, Bcc and Reply To take addresses as text (`Ada <ada@example.org>, bob@example.org`) or as an Array. With Text
    and HTML the reader's program chooses. From is DRAGOPS_MAIL_FROM where it is empty. Attachments are Objects of
    filename, content (text or Binary) and, where the name does not tell, contentType. Message Id stays the same should
    the mail be sent again after a crash. Addresses that the server refuses are logged if it took any.

    Example: To "ada@example.org", Subject "Order 7", Text "It is on its way."
        → such as "<0123456789abcdef0123456789abcdef@localhost>"
    """
    message = _message(run, subject, text, html, from_)
    message.to, message.cc, message.bcc = _addresses("To", to), _addresses("Cc", cc), _addresses("Bcc", bcc)
    message.reply_to = _addresses("Reply To", reply_to)
    _check_recipients(message)
    size = len(message.body) + len(html)
    for filename, content, content_type in _attachments(attachments, size):
        message.attach(filename, content, content_type)
    if refused := _send(message, run.remaining()):
        run.log(f"To: the mail server has refused {', '.join(refused)}", "warning")
    return str(message.extra_headers["Message-ID"])


# --- The message ----------------------------------------------------------------------------------------------------
def _message(run: RunContext, subject: str, text: str, html: str, sender: str) -> EmailMessage:
    _check_size("Text", len(text))
    _check_size("HTML", len(html))
    senders = _addresses("From", sender or settings.DEFAULT_FROM_EMAIL)
    if len(senders) != 1:
        raise ValueError(f"From names {len(senders)} addresses, not one")
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    name = sha256(run.step_id.encode()).hexdigest()[:32]
    message = EmailMultiAlternatives(_one_line(subject)[:MAX_SUBJECT], _clean(text or html), senders[0])
    message.extra_headers["Message-ID"] = f"<{name}@{host}>"
    if html and text:
        message.attach_alternative(_clean(html), "text/html")
    elif html:
        message.content_subtype = "html"
    return message


def _one_line(text: str) -> str:
    """Text for a header: what would end the line is a space."""
    shown = (" " if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") else sign for sign in text[:10_000])
    return " ".join("".join(shown).split())


def _clean(text: str) -> str:
    """Text as mail can hold it: without NUL and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


# --- Addresses ------------------------------------------------------------------------------------------------------
def _addresses(label: str, given: Value) -> list[str]:
    """The addresses of a text or an Array of texts. Raises ValueError naming the pin."""
    texts = given if isinstance(given, list) else [given or ""]
    if len(texts) > MAX_RECIPIENTS:
        raise ValueError(f"{label} has {len(texts):,} addresses; the limit is {MAX_RECIPIENTS}")
    for text in texts:
        _check_address_text(label, text)
    try:
        pairs = [pair for text in texts if text.strip() for pair in getaddresses([text])]
    except RecursionError:
        raise ValueError(f"{label} cannot be read: its brackets are nested too deeply") from None
    if len(pairs) > MAX_RECIPIENTS:
        raise ValueError(f"{label} has {len(pairs):,} addresses; the limit is {MAX_RECIPIENTS}")
    return [_address(label, name, address) for name, address in pairs]


def _check_address_text(label: str, text: Value) -> None:
    if not isinstance(text, str):
        raise ValueError(f"{label} is neither text nor an Array of texts")
    if len(text) > MAX_ADDRESSES_TEXT:
        raise ValueError(f"{label} has more than {MAX_ADDRESSES_TEXT:,} characters, which is the limit")
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in text):
        raise ValueError(f"{label} holds a line break or another control character")


def _address(label: str, name: str, address: str) -> str:
    if not address:
        raise ValueError(f"{label} holds something that is not an e-mail address")
    try:
        validate_email(address)
    except ValidationError:
        raise ValueError(f"{label}: “{address[:60]}” is not an e-mail address") from None
    if len(name) > MAX_NAME:
        raise ValueError(f"{label}: a name has more than {MAX_NAME} characters, which is the limit")
    return f'"{quote(name)}" <{address}>' if name else address  # Django encodes what is not ASCII


def _check_recipients(message: EmailMessage) -> None:
    count = len(message.recipients())
    if not count:
        raise ValueError("To is empty, and so are Cc and Bcc")
    if count > MAX_RECIPIENTS:
        raise ValueError(f"To, Cc and Bcc have {count:,} addresses; the limit is {MAX_RECIPIENTS}")


# --- Attachments ----------------------------------------------------------------------------------------------------
def _attachments(given: list[Value], size: int) -> Iterator[tuple[str, bytes, str]]:
    """Name, content and type of each. `size` is that of the rest of the mail."""
    if len(given) > MAX_ATTACHMENTS:
        raise ValueError(f"Attachments has {len(given):,} items; the limit is {MAX_ATTACHMENTS}")
    for position, item in enumerate(given):
        if not isinstance(item, Mapping):
            raise ValueError(f"Attachments: item {position} is not an Object of filename and content")
        filename, content = _filename(item.get("filename"), position), item.get("content")
        if not isinstance(content, str | bytes):
            raise ValueError(f"Attachments: the content of item {position} is neither text nor Binary")
        size += len(content)
        _check_size("Attachments", size)
        found = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
        yield filename, found, _content_type(item.get("contentType"), filename, position)


def _filename(given: Value, position: int) -> str:
    if given is not None and not isinstance(given, str):
        raise ValueError(f"Attachments: the filename of item {position} is not text")
    name = PurePosixPath(_one_line((given or "").replace("\\", "/").rpartition("/")[2]))
    return name.stem[: MAX_FILENAME - MAX_ENDING] + name.suffix[:MAX_ENDING] or f"attachment-{position + 1}"


def _content_type(given: Value, filename: str, position: int) -> str:
    if not given:
        guessed = mimetypes.guess_type(filename)[0] or ""
        return guessed if _TYPE.fullmatch(guessed) else "application/octet-stream"
    if not isinstance(given, str) or not _TYPE.fullmatch(given):
        raise ValueError(f"Attachments: the contentType of item {position} is not one such as text/csv")
    return given


def _check_size(label: str, size: int) -> None:
    if size > MAX_BYTES:
        raise ValueError(f"{label}: the mail would have more than {MAX_BYTES:,} bytes, which is the limit")


# --- Sending --------------------------------------------------------------------------------------------------------
def _send(message: EmailMessage, seconds: float) -> list[str]:
    """Hand the message to the mail server; returns the addresses that it has refused. Raises NodeError."""
    if not settings.EMAIL_HOST:
        text = "To cannot be reached: no mail server is set. Set DRAGOPS_SMTP_URL, such as smtp://user:password@host:587/?tls=1."
        raise NodeError(text, "NoMailServer")
    if seconds <= 0:
        raise NodeError("To is not written to: the run's time limit is over.", "Timeout")
    server = EmailBackend(timeout=max(0.1, min(settings.EMAIL_TIMEOUT, seconds)))
    try:
        with quitting.ended_by(lambda: _hang_up(server)):
            return _deliver(server, message)
    except (OSError, smtplib.SMTPException) as error:
        raise _failure(error) from None


def _deliver(server: EmailBackend, message: EmailMessage) -> list[str]:
    """Django's own `send_messages` does not say which of several recipients were refused."""
    content = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own class
    recipients = [_bare(address) for address in message.recipients()]
    try:
        server.open()
        assert server.connection is not None  # noqa: S101  for the type checker
        return list(server.connection.sendmail(_bare(message.from_email), recipients, content))
    finally:
        server.close()


def _bare(address: str) -> str:
    """The address alone, its domain as DNS has it."""
    name, _, domain = getaddresses([address])[0][1].rpartition("@")
    return f"{name}@{domain if domain.isascii() else domain.encode('idna').decode()}"


def _hang_up(server: EmailBackend) -> None:
    sock = server.connection.sock if server.connection else None
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _failure(error: Exception) -> NodeError:
    """A server's 4xx, and whatever concerns the connection, may pass."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = list(error.recipients.items())
        shown = "; ".join(f"{address}: {_answer(*answer)}" for address, answer in answers[:5])
        is_passing = any(400 <= code < 500 for _, (code, _) in answers)
        return NodeError(f"To: the mail server takes none of the addresses: {shown}", "MailRefused", is_passing)
    if isinstance(error, smtplib.SMTPResponseException):
        what = _answer(error.smtp_code, error.smtp_error)
        return NodeError(f"To: the mail server has refused: {what}", "MailRefused", 400 <= error.smtp_code < 500)
    is_passing = not isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLCertVerificationError)
    what = _one_line(str(error))[:300] or type(error).__name__
    return NodeError(f"To: the mail server cannot be reached: {what}", "MailServerError", is_passing)


def _answer(code: int, text: bytes | str) -> str:
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {_one_line(shown)[:300]}"
