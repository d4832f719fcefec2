"""Send Email. The mail server is a real one."""

import socket
from email.utils import quote
from threading import Thread
from time import monotonic

import pytest

from patterns import quitting
from patterns.context import NodeError
from tests.mailbox import free_port, mail_server
from tests.patterns.nodes.calling import Run, call

PINS = ("to", "subject", "text", "html", "from_", "cc", "bcc", "reply_to", "attachments")
DEFAULTS = {"subject": "", "text": "", "html": "", "from_": "", "cc": None, "bcc": None, "reply_to": None}


@pytest.fixture
def mailbox(settings):
    with mail_server(settings) as box:
        yield box


def send(to="ada@example.org", run=None, **pins):
    given = {**DEFAULTS, "attachments": [], "to": to, **pins}
    return call("SendEmail", *[given[pin] for pin in PINS], run=run)


def error_of(*args, **pins):
    with pytest.raises((NodeError, ValueError)) as raised:
        send(*args, **pins)
    return raised.value


def text_of(part):
    return part.get_content().replace("\r\n", "\n").strip()


# --- The mail -------------------------------------------------------------------------------------------------------
def test_mail_has_subject_text_sender_and_the_message_id_of_its_step(mailbox, settings):
    settings.DEFAULT_FROM_EMAIL = "orders@example.org"
    found = send(subject="Grüße 👩‍🚀", text="Hallo Ada,\nes ist da.")
    (mail,) = mailbox.mails
    assert (mail["Subject"], mail["To"], mail["From"]) == ("Grüße 👩‍🚀", "ada@example.org", "orders@example.org")
    assert text_of(mail) == "Hallo Ada,\nes ist da."
    assert mail["Message-ID"] == found
    assert found.endswith("@localhost>")


def test_message_id_is_the_same_when_a_step_is_repeated_and_another_for_another_step(mailbox):
    other = Run()
    other.step_id = "e1:8"
    assert send() == send() != send(run=other)


def test_html_alone_is_the_mail_and_with_text_an_alternative(mailbox):
    send(html="<p>Hi</p>")
    send(html="<p>Hi</p>", text="Hi")
    only, both = mailbox.mails
    assert (only.get_content_type(), text_of(only)) == ("text/html", "<p>Hi</p>")
    assert both.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in both.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    "to",
    [
        "ada@example.org, Bob B <bob@example.org>",
        ["ada@example.org", "Bob B <bob@example.org>"],
        ["ada@example.org,Bob B <bob@example.org>", ""],
    ],
)
def test_to_takes_text_or_an_array(mailbox, to):
    send(to)
    assert mailbox.mails[0]["To"] == "ada@example.org, Bob B <bob@example.org>"
    assert mailbox.recipients == [["ada@example.org", "bob@example.org"]]


def test_name_with_comma_or_umlaut_is_kept(mailbox):
    names = ["Ada, L", "Jürgen", 'The "boss"', "👩‍🚀 Ada", "a" * 200, "Grüße, Ö"]
    send([f'"{quote(name)}" <a@example.org>' for name in names])
    assert [address.display_name for address in mailbox.mails[0]["To"].addresses] == names


def test_mail_with_the_longest_names_keeps_to_the_length_of_lines(mailbox):
    name, filename = "👩" * 200, "👩" * 300 + ".pdf"
    send(f'"{name}" <a@example.org>', subject="ü" * 2_000, attachments=[{"filename": filename, "content": "x"}])
    (mail,) = mailbox.mails
    assert mail["To"].addresses[0].display_name.replace(" ", "") == name
    assert mail["Subject"].strip() == "ü" * 900
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == "👩" * 55 + ".pdf"
    assert attachment.get_content_type() == "application/pdf"


def test_hundred_recipients_with_names_get_the_mail(mailbox):
    send([f"Müller der {number}. <m{number}@example.org>" for number in range(100)])
    assert len(mailbox.mails[0]["To"].addresses) == len(mailbox.recipients[0]) == 100


def test_address_in_another_script_is_written_as_dns_has_it(mailbox):
    send("Jürgen <j@bücher.example>")
    assert mailbox.recipients == [["j@xn--bcher-kva.example"]]


def test_cc_bcc_from_and_reply_to_are_used_and_bcc_is_not_shown(mailbox):
    send(cc="c@example.org", bcc=["b@example.org"], from_="Shop <shop@example.org>", reply_to="r@example.org")
    (mail,) = mailbox.mails
    assert (mail["Cc"], mail["From"], mail["Reply-To"]) == ("c@example.org", "Shop <shop@example.org>", "r@example.org")
    assert b"b@example.org" not in mail.as_bytes()
    assert mailbox.recipients == [["ada@example.org", "c@example.org", "b@example.org"]]


def test_attachments_are_text_and_binary_with_their_types(mailbox):
    files = [
        {"filename": "orders.csv", "content": "id,name\n7,Ä"},
        {"filename": "../../a/logo.png", "content": b"\x89PNG\x00"},
        {"filename": "data", "content": b"\x00", "contentType": "application/x-thing"},
        {"content": "x"},
    ]
    send(text="see", attachments=files)
    found = list(mailbox.mails[0].iter_attachments())
    assert [part.get_filename() for part in found] == ["orders.csv", "logo.png", "data", "attachment-4"]
    types = [part.get_content_type() for part in found]
    assert types == ["text/csv", "image/png", "application/x-thing", "application/octet-stream"]
    assert found[0].get_content().splitlines() == ["id,name", "7,Ä"]
    assert found[1].get_content() == b"\x89PNG\x00"


# --- What is refused ------------------------------------------------------------------------------------------------
INJECTIONS = ["x\r\nBcc: eve@example.org", "x\nBcc: eve@example.org", "x\rBcc:e", "x\u2028Bcc:e", "x\x00", "x\x0bBcc:e"]


@pytest.mark.parametrize("text", INJECTIONS)
def test_subject_and_filename_cannot_add_headers(mailbox, text):
    send(subject=text, attachments=[{"filename": text, "content": "x"}])
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("x")
    assert mailbox.recipients == [["ada@example.org"]]


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize(("pin", "label"), [("to", "To"), ("cc", "Cc"), ("from_", "From"), ("reply_to", "Reply To")])
def test_address_with_a_line_break_is_refused_by_the_name_of_its_pin(mailbox, pin, label, text):
    error = error_of(**{pin: f"ada@example.org, {text}@example.org"})
    assert str(error) == f"{label} holds a line break or another control character"
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        ({"to": ""}, "To is empty, and so are Cc and Bcc"),
        ({"to": None}, "To is empty, and so are Cc and Bcc"),
        ({"to": []}, "To is empty, and so are Cc and Bcc"),
        ({"to": "ada"}, "To: “ada” is not an e-mail address"),
        ({"to": "ada@example"}, "To: “ada@example” is not an e-mail address"),
        ({"to": "ada@"}, "To holds something that is not an e-mail address"),
        ({"to": "(" * 12_000}, "To cannot be read: its brackets are nested too deeply"),
        ({"to": "a" * 201 + " <a@example.org>"}, "To: a name has more than 200 characters, which is the limit"),
        ({"to": {"a": 1}}, "To is neither text nor an Array of texts"),
        ({"to": [7]}, "To is neither text nor an Array of texts"),
        ({"from_": "a@example.org, b@example.org"}, "From names 2 addresses, not one"),
        ({"to": ["a@example.org"] * 101}, "To has 101 addresses; the limit is 100"),
        ({"to": "a@example.org," * 101}, "To has 101 addresses; the limit is 100"),
        ({"to": ["a@example.org"] * 60, "bcc": ["b@example.org"] * 60}, "To, Cc and Bcc have 120 addresses; the limit"),
        ({"to": "a" * 50_001}, "To has more than 50,000 characters"),
        ({"text": "x" * 20_000_001}, "Text: the mail would have more than 20,000,000 bytes"),
        ({"attachments": ["x"]}, "Attachments: item 0 is not an Object of filename and content"),
        ({"attachments": [{"filename": "a"}]}, "Attachments: the content of item 0 is neither text nor Binary"),
        ({"attachments": [{"filename": 7, "content": ""}]}, "Attachments: the filename of item 0 is not text"),
        (
            {"attachments": [{"content": "", "contentType": "a/b\r\nBcc: e@f"}]},
            "Attachments: the contentType of item 0 is not one such as text/csv",
        ),
        ({"attachments": [{"content": b"x" * 7_000_000}] * 3}, "Attachments: the mail would have more than"),
    ],
)
def test_pin_that_cannot_be_used_is_named(mailbox, pins, message):
    assert str(error_of(**pins)).startswith(message)
    assert mailbox.mails == []


def test_text_with_half_a_character_is_sent(mailbox):
    send(text="a\ud800b\x00c", subject="a\ud800b")
    assert text_of(mailbox.mails[0]) == "a?bc"
    assert mailbox.mails[0]["Subject"] == "a b"


# --- The server -----------------------------------------------------------------------------------------------------
def test_error_without_a_mail_server_says_what_to_set(settings):
    settings.EMAIL_HOST = ""
    error = error_of()
    assert (error.type, error.retryable) == ("NoMailServer", False)
    assert "Set DRAGOPS_SMTP_URL" in error.message


@pytest.mark.parametrize(("answer", "passes"), [("451 Try later", True), ("554 Spam", False)])
def test_refused_mail_may_pass_if_the_server_says_so(mailbox, answer, passes):
    mailbox.answer = answer
    error = error_of()
    assert (error.type, error.retryable) == ("MailRefused", passes)
    assert error.message == f"To: the mail server has refused: {answer}"


@pytest.mark.parametrize(("answer", "passes"), [("450 Busy", True), ("550 Unknown", False)])
def test_refused_recipient_is_named(mailbox, answer, passes):
    mailbox.refused = {"ada@example.org": answer}
    error = error_of()
    assert (error.type, error.retryable) == ("MailRefused", passes)
    assert error.message == f"To: the mail server takes none of the addresses: ada@example.org: {answer}"


def test_recipient_that_alone_is_refused_is_logged(mailbox):
    mailbox.refused = {"bob@example.org": "550 Unknown"}
    seen = Run()
    send("ada@example.org, bob@example.org", run=seen)
    assert mailbox.recipients == [["ada@example.org"]]
    assert seen.logged == [("To: the mail server has refused bob@example.org", "warning")]


def test_server_that_is_not_there_may_be_later(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    error = error_of()
    assert (error.type, error.retryable) == ("MailServerError", True)


def test_server_that_says_nothing_is_given_up_within_the_time_of_the_run(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        error = error_of(run=Run(remaining_s=0.3))
    assert (error.type, error.retryable) == ("MailServerError", True)
    assert error_of(run=Run(remaining_s=0)).type == "Timeout"


def test_mail_that_nobody_waits_for_any_more_is_given_up_at_once(settings):
    errors = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()

        def work():
            errors.append(error_of())

        thread = Thread(target=work)
        thread.start()
        peer, _ = silent.accept()
        peer.sendall(b"220 here\r\n")
        assert peer.recv(1000).lower().startswith(b"ehlo")
        peer.sendall(b"250 here\r\n")
        assert peer.recv(1000).lower().startswith(b"mail")
        since = monotonic()
        quitting.quit(thread)
        thread.join()
        peer.close()
    assert monotonic() - since < settings.EMAIL_TIMEOUT / 2
    assert errors[0].type == "MailServerError"
