"""Webhooks as the API shows them, and what it takes. No answer but one shows a secret, and that one only once."""

from typing import Any

from django.conf import settings
from django.db.models import TextField
from django.db.models.functions import Length, Substr
from rest_framework import serializers

from deployments.actions.rotate_webhook_secret import LONGEST_OVERLAP_S, OVERLAP_S
from deployments.models import CapturedRequest, WebhookSecurity
from deployments.webhook_history import Outcome
from deployments.webhook_security import valid_secrets
from dragops_site.api import MAX_LIMIT
from dragops_site.api_fields import AnyJSON, Moment, StrictChar, StrictInteger
from executions.serializers import listed_event
from patterns.models import Pattern


class SecretData(serializers.Serializer):
    id = serializers.CharField()
    createdAt = Moment(source="created_at")
    expiresAt = Moment(source="expires_at", allow_null=True, help_text="Null for the newest.")


class SecurityData(serializers.Serializer):
    """How requests to the webhook are checked. A scheme without a secret refuses all of them."""

    scheme = serializers.ChoiceField(WebhookSecurity.Scheme.values, allow_null=True)
    secrets = SecretData(many=True, help_text="Those that are valid; their values are not to be had.")


def security_data(pattern: Pattern) -> Any:
    security = WebhookSecurity.objects.filter(pattern=pattern).first()
    scheme = security.scheme if security else None
    return SecurityData({"scheme": scheme, "secrets": valid_secrets(pattern.pk)}).data


class SecurityChange(serializers.Serializer):
    scheme = serializers.ChoiceField(
        WebhookSecurity.Scheme.values, allow_null=True, help_text="Null asks for no signature."
    )


class SecretRequest(serializers.Serializer):
    secret = StrictChar(required=False, max_length=1_000, help_text="One that the sender has given; else one is made.")
    overlapS = StrictInteger(
        source="overlap_s",
        min_value=0,
        max_value=LONGEST_OVERLAP_S,
        default=OVERLAP_S,
        help_text="For so many seconds the old secrets stay valid.",
    )


class NewSecret(serializers.Serializer):
    secret = serializers.CharField(help_text="Shown this once.")


class RequestsQuery(serializers.Serializer):
    outcome = serializers.ChoiceField([outcome.value for outcome in Outcome], required=False)
    limit = serializers.IntegerField(min_value=1, default=20, help_text=f"At most {MAX_LIMIT}; more counts as that.")
    cursor = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="`meta.nextCursor` of the page before."
    )

    def validate_limit(self, limit: int) -> int:
        return min(limit, MAX_LIMIT)


class RequestData(serializers.Serializer):
    id = serializers.CharField()
    receivedAt = Moment(source="received_at")
    outcome = serializers.ChoiceField([outcome.value for outcome in Outcome])
    status = serializers.IntegerField(help_text="Of the answer; 202 where a run was started.")
    code = serializers.CharField()
    reason = serializers.CharField()
    method = serializers.CharField(allow_null=True, help_text="Null where a run was started; its event has it.")
    address = serializers.CharField(allow_null=True)
    size = serializers.IntegerField(allow_null=True, help_text="Bytes of the body.")
    runId = serializers.CharField(source="run_id", allow_null=True)
    capturedId = serializers.CharField(source="captured_id", allow_null=True)


class CapturedData(serializers.Serializer):
    """A request that was kept. Long events are cut and say so: {"$cut": {type, size, start}}."""

    id = serializers.CharField()
    receivedAt = Moment(source="received_at")
    event = AnyJSON()


def captured_data(pattern: Pattern) -> Any:
    limit = settings.EXECUTIONS["VALUE_BYTES"]
    rows = CapturedRequest.objects.filter(pattern=pattern).annotate(
        event_size=Length("event"), event_start=Substr("event", 1, limit, output_field=TextField())
    )
    found = rows.order_by("-id").values("id", "received_at", "event_size", "event_start")
    kept = found[: settings.CAPTURED_REQUESTS_KEPT]
    data = [{**row, "event": listed_event(row["event_size"], row["event_start"], limit)} for row in kept]
    return CapturedData(data, many=True).data
