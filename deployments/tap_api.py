"""The API of taps: the next requests to a webhook, shown to whoever is drawing, instead of run."""

from datetime import UTC, datetime
from time import time
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from deployments.actions.tap_webhook import tap_webhook, untap_webhook
from deployments.models import CapturedRequest, Tap
from deployments.webhook_api import find_webhook
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiRequest, ApiView, read
from dragops_site.api_fields import AnyJSON, Moment, StrictBoolean
from executions.masking import masked_value
from patterns.models import Pattern
from patterns.serializers import webhook_url

SHOWN = 5


class TapRequest(serializers.Serializer):
    armed = StrictBoolean()


class TappedRequest(serializers.Serializer):
    id = serializers.CharField()
    receivedAt = Moment(source="received_at")
    event = AnyJSON()


class TapData(serializers.Serializer):
    armedUntil = Moment(allow_null=True)
    captured: Any = TappedRequest(many=True, help_text="Those since it was armed, newest first; the latest five.")
    webhookUrl = serializers.CharField()


class TapView(ApiView):
    roles = {"GET": Role.VIEWER, "POST": Role.EDITOR}

    @extend_schema(summary="The tap of a webhook", responses=TapData)
    def get(self, request: Request, webhook_id: str) -> Answer:
        pattern = find_webhook(webhook_id)
        return Answer(_told(pattern, Tap.objects.filter(pattern=pattern).first(), request))

    @extend_schema(summary="Tap a webhook", request=TapRequest, responses=TapData)
    def post(self, request: ApiRequest, webhook_id: str) -> Answer:
        """For two minutes each request is captured, and answered so, also while the pattern is deployed."""
        pattern = find_webhook(webhook_id)
        if read(TapRequest, request.data)["armed"]:
            return Answer(_told(pattern, tap_webhook(pattern, request.user), request))
        untap_webhook(pattern)
        return Answer(_told(pattern, None, request))


def _told(pattern: Pattern, tap: Tap | None, request: Request) -> dict[str, Any]:
    since = CapturedRequest.objects.filter(pattern=pattern, received_at__gte=tap.armed_at) if tap else None
    captured = [_masked(found) for found in since.order_by("-id")[:SHOWN]] if since is not None else []
    until = datetime.fromtimestamp(tap.until, UTC) if tap and tap.until > time() else None
    data = {"armedUntil": until, "captured": captured, "webhookUrl": webhook_url(request, pattern)}
    return dict(TapData(data).data)


def _masked(captured: CapturedRequest) -> CapturedRequest:
    captured.event = masked_value(captured.event)
    return captured
