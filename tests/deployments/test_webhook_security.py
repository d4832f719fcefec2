"""Webhooks that ask for signatures: from the setting to the answer, and the life of their secrets."""

import hashlib
import hmac
import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from deployments import signatures
from deployments.actions import rotate_webhook_secret, set_webhook_security, undeploy
from deployments.actions.rotate_webhook_secret import LONGEST_OVERLAP_S, MOST
from deployments.models import CapturedRequest, WebhookSecret, WebhookSecurity
from dragops_site.errors import Conflict, Invalid, PatternNotFound
from executions.models import Execution
from patterns.actions import create_pattern, delete_pattern
from patterns.models import Pattern
from tests.patterns.graphs import started_by_webhook
from tests.threads import at_once

pytestmark = pytest.mark.django_db
Deployed = Callable[..., Pattern]
SCHEMES = list(signatures.SCHEMES)
BODY = b'{"n": 1}'


@pytest.fixture
def signed(deployed: Deployed, editor: Any) -> Callable[..., tuple[Pattern, str]]:
    """signed(scheme="dragops") -> a deployed pattern whose webhook asks for that signature, and its secret."""

    def make(scheme: str = "dragops") -> tuple[Pattern, str]:
        pattern = deployed(started_by_webhook())
        set_webhook_security(pattern, scheme, editor)
        return pattern, rotate_webhook_secret(pattern, editor)

    return make


def _signature(secret: str, raw: bytes = BODY) -> dict[str, str]:
    return {"X-Webhook-Signature": hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}


def _send(pattern: Pattern, headers: dict[str, str], raw: bytes = BODY, method: str = "POST") -> Any:
    url = f"/webhooks/{pattern.webhook_id}"
    return Client().generic(method, url, raw, content_type="application/json", headers=headers)


def _refused(answer: Any) -> bool:
    if answer.status_code == 202:
        return False
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "BAD_SIGNATURE")
    return True


# --- Requests -------------------------------------------------------------------------------------------------------
def test_signed_request_starts_a_run_and_others_do_not(signed: Any) -> None:
    pattern, secret = signed()
    assert not _refused(_send(pattern, _signature(secret)))
    for headers in ({}, _signature("another secret"), _signature(secret, b"{}"), {"X-Webhook-Signature": ""}):
        assert _refused(_send(pattern, headers))
    assert Execution.objects.count() == 1


def test_address_by_pattern_asks_for_the_signature_too(signed: Any) -> None:
    pattern, secret = signed()
    for headers, status in [({}, 401), (_signature(secret), 202)]:
        answer = Client().post(f"/api/webhooks/{pattern.pk}", BODY, content_type="application/json", headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"[" * 1_000, b"a=%zz"])
def test_signature_is_checked_before_the_body_is_looked_at(signed: Any, raw: bytes) -> None:
    pattern, secret = signed()
    assert _refused(_send(pattern, {}, raw))
    assert _send(pattern, _signature(secret, raw), raw).json()["error"]["code"] == "BAD_JSON"


def test_body_is_checked_byte_by_byte(signed: Any) -> None:
    pattern, secret = signed()
    raw = '{ "b":1,"a":"é\\u00e9" }\n'.encode()
    assert not _refused(_send(pattern, _signature(secret, raw), raw))
    assert _refused(_send(pattern, _signature(secret, raw), raw.strip()))


def test_request_without_a_body_is_signed_as_the_empty_one(signed: Any) -> None:
    pattern, secret = signed()
    assert not _refused(_send(pattern, _signature(secret, b""), b"", "GET"))


def test_captured_requests_are_checked_as_well(signed: Any, editor: Any) -> None:
    pattern, secret = signed()
    undeploy(pattern, editor)
    assert _refused(_send(pattern, {}))
    assert not CapturedRequest.objects.exists()
    assert _send(pattern, _signature(secret)).json()["status"] == "captured"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_scheme_without_a_secret_refuses_everything(deployed: Deployed, editor: Any, scheme: str) -> None:
    pattern = deployed(started_by_webhook())
    set_webhook_security(pattern, scheme, editor)
    empty = hmac.new(b"", BODY, hashlib.sha256).hexdigest()
    for headers in ({}, {"X-Webhook-Signature": empty}, {"X-Hub-Signature-256": f"sha256={empty}"}):
        assert _refused(_send(pattern, headers))


def test_secret_that_cannot_be_opened_refuses_everything_and_is_told(signed: Any, settings: Any, caplog: Any) -> None:
    pattern, secret = signed()
    settings.ENCRYPTION_KEYS = "b3RoZXIga2V5IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXM="
    assert _refused(_send(pattern, _signature(secret)))
    assert "cannot be opened" in caplog.text
    settings.ENCRYPTION_KEYS = ""
    assert _refused(_send(pattern, _signature(secret)))


def test_secret_of_another_webhook_is_worth_nothing(signed: Any) -> None:
    (pattern, _), (other, other_secret) = signed(), signed()
    assert _refused(_send(pattern, _signature(other_secret)))
    mine, theirs = WebhookSecret.objects.get(pattern=pattern), WebhookSecret.objects.get(pattern=other)
    WebhookSecret.objects.filter(pk=mine.pk).update(sealed=theirs.sealed)  # it opens in its own row alone
    assert _refused(_send(pattern, _signature(other_secret)))
    assert not _refused(_send(other, _signature(other_secret)))


# --- Secrets --------------------------------------------------------------------------------------------------------
def test_old_secret_is_valid_until_its_overlap_is_over(signed: Any, editor: Any) -> None:
    pattern, old = signed()
    new = rotate_webhook_secret(pattern, editor, overlap_s=3600)
    assert new != old
    assert not (_refused(_send(pattern, _signature(old))) or _refused(_send(pattern, _signature(new))))
    WebhookSecret.objects.filter(expires_at__isnull=False).update(expires_at=timezone.now())
    assert _refused(_send(pattern, _signature(old)))
    assert not _refused(_send(pattern, _signature(new)))


def test_rotation_without_overlap_ends_the_old_secret_at_once(signed: Any, editor: Any) -> None:
    pattern, old = signed()
    new = rotate_webhook_secret(pattern, editor, overlap_s=0)
    assert _refused(_send(pattern, _signature(old)))
    assert not _refused(_send(pattern, _signature(new)))


def test_rotation_never_lengthens_the_life_of_an_old_secret(signed: Any, editor: Any) -> None:
    pattern, _ = signed()
    rotate_webhook_secret(pattern, editor, overlap_s=60)
    soon = WebhookSecret.objects.get(expires_at__isnull=False).expires_at
    rotate_webhook_secret(pattern, editor, overlap_s=3600)
    assert WebhookSecret.objects.filter(expires_at=soon).count() == 1
    assert WebhookSecret.objects.filter(expires_at=None).count() == 1


def test_few_secrets_are_valid_at_a_time(signed: Any, editor: Any) -> None:
    pattern, first = signed()
    latest = [rotate_webhook_secret(pattern, editor) for _ in range(MOST)]
    assert WebhookSecret.objects.filter(pattern=pattern).count() == MOST
    assert _refused(_send(pattern, _signature(first)))
    assert not any(_refused(_send(pattern, _signature(secret))) for secret in latest)


def test_secret_is_stored_sealed_and_never_logged(signed: Any, editor: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    pattern, secret = signed()
    given = rotate_webhook_secret(pattern, editor, secret=" a secret of theirs \n")
    assert given == "a secret of theirs"
    stored = " ".join(WebhookSecret.objects.values_list("sealed", flat=True))
    _send(pattern, {})
    for hush in (secret, given):
        assert hush not in stored + caplog.text
    assert not _refused(_send(pattern, _signature(given)))


@pytest.mark.parametrize("overlap_s", [-1, LONGEST_OVERLAP_S + 1])
def test_overlap_out_of_range_is_refused(signed: Any, editor: Any, overlap_s: int) -> None:
    with pytest.raises(Invalid):
        rotate_webhook_secret(signed()[0], editor, overlap_s=overlap_s)


def test_secret_needs_a_scheme_first(editor: Any) -> None:
    with pytest.raises(Conflict):
        rotate_webhook_secret(create_pattern(editor, "Orders"), editor)
    assert not WebhookSecret.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_rotations_at_once_leave_one_secret_that_does_not_expire(signed: Any, editor: Any) -> None:
    pattern, _ = signed()
    made = at_once(*[partial(rotate_webhook_secret, pattern, editor) for _ in range(4)])
    assert len(set(made)) == 4
    assert WebhookSecret.objects.filter(pattern=pattern, expires_at=None).count() == 1


# --- The scheme -----------------------------------------------------------------------------------------------------
def test_scheme_that_is_set_again_keeps_its_secrets(signed: Any, editor: Any) -> None:
    pattern, secret = signed()
    set_webhook_security(pattern, "dragops", editor)
    assert not _refused(_send(pattern, _signature(secret)))


def test_another_scheme_starts_without_secrets(signed: Any, editor: Any) -> None:
    pattern, secret = signed()
    set_webhook_security(pattern, "github", editor)
    hub = {"X-Hub-Signature-256": f"sha256={_signature(secret)['X-Webhook-Signature']}"}
    assert _refused(_send(pattern, hub))
    assert not WebhookSecret.objects.exists()


def test_webhook_asks_for_nothing_once_its_scheme_is_taken_away(signed: Any, editor: Any) -> None:
    pattern, _ = signed()
    set_webhook_security(pattern, None, editor)
    assert not _refused(_send(pattern, {}))
    assert not (WebhookSecurity.objects.exists() or WebhookSecret.objects.exists())


def test_unknown_scheme_and_deleted_pattern_are_refused(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    with pytest.raises(Invalid):
        set_webhook_security(pattern, "md5", editor)
    gone = Pattern(pk=uuid4())
    with pytest.raises(PatternNotFound):
        set_webhook_security(gone, "dragops", editor)


def test_deleting_a_pattern_deletes_its_secrets(signed: Any) -> None:
    pattern, _ = signed()
    pattern.deployment.delete()
    delete_pattern(pattern)
    assert not WebhookSecret.objects.exists()


# --- The API --------------------------------------------------------------------------------------------------------
def _path(pattern: Pattern, what: str, *, by_pattern: bool = False) -> str:
    return f"/api/webhooks/{pattern.pk if by_pattern else pattern.webhook_id}/{what}"


@pytest.mark.parametrize("by_pattern", [True, False])
def test_api_sets_the_scheme_and_shows_a_secret_once(
    deployed: Deployed, api_as: Any, editor: Any, viewer: Any, by_pattern: bool
) -> None:
    pattern = deployed(started_by_webhook())
    path = partial(_path, pattern, by_pattern=by_pattern)
    client = api_as(editor)
    assert client.get(path("security")).json()["data"] == {"scheme": None, "secrets": []}
    assert client.put(path("security"), {"scheme": "standard"}).json()["data"]["scheme"] == "standard"
    made = client.post(path("rotate-secret"), {})
    assert made.status_code == 201
    secret = made.json()["data"]["secret"]
    assert secret.startswith("whsec_")
    shown = api_as(viewer).get(path("security"))
    assert (len(shown.json()["data"]["secrets"]), secret in shown.content.decode()) == (1, False)
    given = client.post(path("rotate-secret"), {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "overlapS": 60})
    assert given.json()["data"]["secret"] == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    newest, oldest = client.get(path("security")).json()["data"]["secrets"]
    assert (newest["expiresAt"], bool(oldest["expiresAt"])) == (None, True)
    assert client.put(path("security"), {"scheme": None}).json()["data"] == {"scheme": None, "secrets": []}


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("security", {}),
        ("security", {"scheme": "md5"}),
        ("security", {"scheme": 5}),
        ("security", {"scheme": ""}),
        ("rotate-secret", {"secret": "short"}),
        ("rotate-secret", {"secret": 5}),
        ("rotate-secret", {"secret": "x" * 2_000}),
        ("rotate-secret", {"overlapS": -1}),
        ("rotate-secret", {"overlapS": "60"}),
        ("rotate-secret", {"overlapS": 10**12}),
    ],
)
def test_api_refuses_what_is_not_valid(signed: Any, api_as: Any, editor: Any, what: str, body: dict[str, Any]) -> None:
    pattern, _ = signed()
    send = api_as(editor).put if what == "security" else api_as(editor).post
    answer = send(_path(pattern, what), body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION")
    assert WebhookSecret.objects.count() == 1


def test_api_refuses_a_secret_before_a_scheme(deployed: Deployed, api_as: Any, editor: Any) -> None:
    pattern = deployed(started_by_webhook())
    assert api_as(editor).post(_path(pattern, "rotate-secret"), {}).status_code == 409


@pytest.mark.parametrize("key", [str(uuid4()), "x", "%00", "é"])
@pytest.mark.parametrize("what", ["security", "requests", "captured"])
def test_api_knows_no_webhook_of_another_id(api_as: Any, viewer: Any, key: str, what: str) -> None:
    answer = api_as(viewer).get(f"/api/webhooks/{key}/{what}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "WEBHOOK_NOT_FOUND")


def test_overlap_is_a_day_by_default(signed: Any, editor: Any) -> None:
    pattern, _ = signed()
    rotate_webhook_secret(pattern, editor)
    expires_at = WebhookSecret.objects.get(expires_at__isnull=False).expires_at
    assert timedelta(hours=23) < expires_at - timezone.now() <= timedelta(hours=24)
