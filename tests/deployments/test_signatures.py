"""Signatures, by the vectors that their inventors publish or their own packages compute."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from deployments.signatures import SCHEMES, TOLERANCE_S, BadSignature, checked_secret, new_secret, verify
from dragops_site.errors import Invalid

AT = 1_614_265_330
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
# Scheme, secret, body, headers, time.
PUBLISHED: dict[str, tuple[str, str, bytes, dict[str, str], int]] = {
    "GitHub's documentation": (
        "github",
        "It's a Secret to Everybody",
        b"Hello, World!",
        {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        AT,
    ),
    "Slack's documentation": (
        "slack",
        "8f742231b10e8888abcd99yyyzzz85a5",
        SLACK_BODY,
        {
            "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            "x-slack-request-timestamp": "1531420618",
        },
        1_531_420_618,
    ),
    "Stripe's package": (  # stripe.WebhookSignature.generate_signature_header
        "stripe",
        "whsec_test_secret",
        b'{\n  "id": "evt_test_webhook",\n  "object": "event"\n}',
        {"stripe-signature": f"t={AT},v1=af4ead0627a34a8cca29808e8de9ada8e41a92e6237c63cef6eacf51d36cca34"},
        AT,
    ),
    "Svix's documentation": (
        "standard",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        b'{"test": 2432232314}',
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": str(AT),
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        AT,
    ),
    "HMAC by the book": (  # RFC 4231, test case 2
        "dragops",
        "Jefe",
        b"what do ya want for nothing?",
        {"x-webhook-signature": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        AT,
    ),
}
TIMED = {"slack": "x-slack-request-timestamp", "stripe": "stripe-signature", "standard": "webhook-timestamp"}
vectors = pytest.mark.parametrize("vector", PUBLISHED.values(), ids=PUBLISHED)


def _is_valid(scheme: str, raw: bytes, headers: dict[str, str], keys: Any, now: float = AT) -> bool:
    try:
        verify(scheme, raw, headers, keys, now)
    except BadSignature as refused:
        assert refused.status == 401
        return False
    return True


@vectors
def test_published_signature_is_valid(vector: Any) -> None:
    scheme, secret, raw, headers, at = vector
    assert _is_valid(scheme, raw, headers, [secret], at)


@vectors
def test_signature_is_valid_by_any_of_the_secrets(vector: Any) -> None:
    scheme, secret, raw, headers, at = vector
    assert _is_valid(scheme, raw, headers, [new_secret(scheme), secret], at)


@vectors
def test_signature_by_another_secret_is_refused(vector: Any) -> None:
    scheme, _, raw, headers, at = vector
    assert not _is_valid(scheme, raw, headers, [new_secret(scheme)], at)


@vectors
def test_everything_is_refused_without_a_secret(vector: Any) -> None:
    scheme, _, raw, headers, at = vector
    assert not _is_valid(scheme, raw, headers, [], at)
    empty = hmac.new(b"", raw, hashlib.sha256).hexdigest()
    assert not _is_valid("dragops", raw, {"x-webhook-signature": empty}, [])


@vectors
@pytest.mark.parametrize("change", [lambda raw: raw + b" ", lambda raw: raw[1:], lambda raw: b""])
def test_signature_of_another_body_is_refused(vector: Any, change: Any) -> None:
    scheme, secret, raw, headers, at = vector
    assert not _is_valid(scheme, change(raw), headers, [secret], at)


@vectors
def test_request_without_one_of_its_headers_is_refused(vector: Any) -> None:
    scheme, secret, raw, headers, at = vector
    for name in headers:
        assert not _is_valid(scheme, raw, {**headers, name: ""}, [secret], at)
        assert not _is_valid(scheme, raw, {n: value for n, value in headers.items() if n != name}, [secret], at)


@vectors
@pytest.mark.parametrize(
    "value", ["x", "é", "v1,", "v0=", "sha256=", "t=,v1=", ",,,", "t=1,t=2", "\x00", "v1,é =,v1=é"]
)
def test_header_that_makes_no_sense_is_refused(vector: Any, value: str) -> None:
    scheme, secret, raw, headers, at = vector
    for name in headers:
        assert not _is_valid(scheme, raw, {**headers, name: value}, [secret], at)


@pytest.mark.parametrize("scheme", TIMED)
@pytest.mark.parametrize(("off", "valid"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_signature_is_good_for_five_minutes_in_either_direction(scheme: str, off: int, valid: bool) -> None:
    _, secret, raw, headers, at = next(vector for vector in PUBLISHED.values() if vector[0] == scheme)
    assert _is_valid(scheme, raw, headers, [secret], at + off) is valid
    assert abs(off) - TOLERANCE_S in (0, 1)


@pytest.mark.parametrize("scheme", TIMED)
@pytest.mark.parametrize("stamp", ["-1", "+1", "1e9", "١", "1_614_265_330", "9" * 13, "nan", f"{AT}.0", f"0x{AT:x}"])
def test_time_stamp_that_is_no_number_of_seconds_is_refused(scheme: str, stamp: str) -> None:
    _, secret, raw, headers, at = next(vector for vector in PUBLISHED.values() if vector[0] == scheme)
    name = TIMED[scheme]
    changed = headers[name].replace(str(at), stamp)
    assert not _is_valid(scheme, raw, {**headers, name: changed}, [secret], at)


def test_time_stamp_is_signed(vector: Any = PUBLISHED["Slack's documentation"]) -> None:
    scheme, secret, raw, headers, at = vector
    assert not _is_valid(scheme, raw, {**headers, TIMED["slack"]: str(at + 1)}, [secret], at)


def test_one_of_several_signatures_of_stripe_is_enough_and_other_versions_count_for_nothing() -> None:
    _, secret, raw, headers, _ = PUBLISHED["Stripe's package"]
    right = headers["stripe-signature"].partition("v1=")[2]
    older = "066b7eda204a8163da2d8ee21a4b8adec795be29c6e2bad0cf26c0d5f229fcc7"  # by whsec_older_secret

    def valid(header: str, *keys: str) -> bool:
        return _is_valid("stripe", raw, {"stripe-signature": header}, keys or [secret])

    assert valid(f"t={AT},v1={older},v1={right},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39")
    assert valid(f"t={AT},v1={older},v1={right}", "whsec_older_secret")
    assert not valid(f"t={AT},v0={right}")
    assert not valid(f"t={AT},v1={older}")


def test_one_of_several_signatures_of_standard_webhooks_is_enough() -> None:
    _, secret, raw, headers, _ = PUBLISHED["Svix's documentation"]
    right = headers["webhook-signature"]
    wrong = "v1," + base64.b64encode(bytes(32)).decode()
    for signatures, valid in [(f"{wrong} {right}", True), (f"v1a,x {right}", True), (wrong, False), (right[3:], False)]:
        assert _is_valid("standard", raw, {**headers, "webhook-signature": signatures}, [secret]) is valid


@given(st.text(st.characters(codec="utf-8")), st.from_regex(r"msg_[A-Za-z0-9]{1,30}", fullmatch=True))
def test_what_the_package_of_standard_webhooks_signs_is_valid(body: str, message: str) -> None:
    secret = new_secret("standard")
    signature = Webhook(secret).sign(message, datetime.fromtimestamp(AT, UTC), body)
    headers = {"webhook-id": message, "webhook-timestamp": str(AT), "webhook-signature": signature}
    assert _is_valid("standard", body.encode(), headers, [secret])
    assert _is_valid("standard", body.encode(), headers, [secret.removeprefix("whsec_").rstrip("=")])


def test_signature_of_dragops_may_be_in_capitals() -> None:
    _, secret, raw, headers, _ = PUBLISHED["HMAC by the book"]
    assert _is_valid("dragops", raw, {name: value.upper() for name, value in headers.items()}, [secret])


# --- Secrets --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scheme", SCHEMES)
def test_new_secrets_differ_and_pass_the_check_of_given_ones(scheme: str) -> None:
    made = {new_secret(scheme) for _ in range(5)}
    assert len(made) == 5
    assert {checked_secret(scheme, f" {secret}\n") for secret in made} == made


@pytest.mark.parametrize("text", ["", "short", "x" * 501, "12345678\x00", "1234\n5678", "\ud800" * 10])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_secret_that_is_none_is_refused_without_telling_it(scheme: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_secret(scheme, text)
    assert not text or text not in refused.value.message


@pytest.mark.parametrize("text", ["whsec_é=======", "whsec_", "whsec_AAAA", "not base64!"])
def test_secret_of_standard_webhooks_is_a_key_in_base64(text: str) -> None:
    with pytest.raises(Invalid):
        checked_secret("standard", text)
