"""The API of what Call Pattern may name."""

from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from deployments.callees import interface_of
from deployments.models import Deployment
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiView
from patterns.models import Pattern
from patterns.pins import Pins
from patterns.serializers import PinsData, pins_data

MOST = 500


class CallableData(PinsData):
    id = serializers.CharField()
    name = serializers.CharField()
    status = serializers.ChoiceField((*Deployment.Status.values, "draft"))
    versionNumber = serializers.IntegerField(allow_null=True)


class CallableView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="Patterns that can be called", responses=CallableData(many=True))
    def get(self, request: Request) -> Answer:
        """Those that start with On Pattern Call, by name, with what they take and give; drafts say so."""
        is_live = Q(deployment__version__trigger_type="OnPatternCall")
        rows = Pattern.objects.annotate(text=Cast("graph", TextField())).order_by("name", "id")
        found = rows.filter(is_live | Q(text__contains='"OnPatternCall"'))
        told = [_told(pattern) for pattern in found.select_related("deployment__version__snapshot")[:MOST]]
        return Answer([one for one in told if one])


def _told(pattern: Pattern) -> dict[str, Any] | None:
    interface = interface_of(pattern)
    deployment = getattr(pattern, "deployment", None)
    version = deployment.version if deployment else None
    if interface is None:
        return None
    return {
        "id": str(pattern.pk),
        "name": pattern.name,
        "status": deployment.status if deployment and version else "draft",
        "versionNumber": version.number if version else None,
        **pins_data(Pins(interface.inputs, interface.outputs)),
    }
