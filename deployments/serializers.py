"""Deployments and versions as the API shows them, and what it takes."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from deployments.latest_runs import latest_runs
from deployments.models import Deployment, Version
from deployments.schedule_api import ScheduleData
from deployments.settings_api import SettingsData
from deployments.timetable import shown
from dragops_site.api import PageQuery
from dragops_site.api_fields import AnyJSON, Moment, RowId, StrictChar, StrictInteger, StrictNumber
from patterns.serializers import webhook_url

MAX_WAIT_S = 60
MAX_VERSION = 2**31 - 1

TRIGGER_WORDS = {
    "OnWebhook": "webhook",
    "OnSchedule": "schedule",
    "OnPatternCall": "pattern_call",
    "OnStart": "manual",
    "OnExecutionFailed": "failure",
}


def with_row_fields() -> QuerySet[Deployment]:
    """Deployments with all that a row needs, in one query."""
    return (
        Deployment.objects.select_related("pattern__schedule", "version")
        .defer("pattern__graph", "pattern__description")
        .annotate(
            last_run_at=Subquery(latest_runs(OuterRef("pk"), 1, "created_at")),
            last_run_status=Subquery(latest_runs(OuterRef("pk"), 1, "status")),
        )
    )


class TriggerData(serializers.Serializer):
    type = serializers.CharField(help_text="webhook, schedule, pattern_call, manual or failure.")
    nodeId = serializers.CharField()


def triggers(version: Version | None) -> list[dict[str, str]]:
    if version is None:
        return []
    word = TRIGGER_WORDS.get(version.trigger_type, version.trigger_type)
    return [{"type": word, "nodeId": version.trigger_node}]


class DeploymentState(serializers.Serializer):
    """Where a pattern's deployment stands, in short."""

    deploymentId = serializers.CharField(source="pk")
    status = serializers.ChoiceField(Deployment.Status.values)
    versionNumber = serializers.IntegerField(source="version.number", default=None, allow_null=True)
    confirmedAt = Moment(source="deployed_at")
    createdAt = Moment(source="created_at")


class DeployAnswer(serializers.Serializer):
    deploymentId = serializers.CharField(source="pk")
    status = serializers.ChoiceField(Deployment.Status.values)
    versionNumber = serializers.IntegerField(source="version.number", default=None, allow_null=True)
    triggers = serializers.SerializerMethodField()

    def get_triggers(self, deployment: Deployment) -> list[dict[str, str]]:
        return triggers(deployment.version)


class DeploymentData(SettingsData, DeploymentState):
    id = serializers.CharField(source="pk")
    patternId = serializers.CharField(source="pk")
    patternName = serializers.CharField(source="pattern.name")
    triggers = serializers.SerializerMethodField()
    schedule = serializers.SerializerMethodField()
    webhookUrl = serializers.SerializerMethodField()
    pauseReason = serializers.CharField(source="pause_reason")
    deployedAt = Moment(source="deployed_at")
    updatedAt = Moment(source="updated_at")
    lastRunAt = Moment(source="last_run_at", allow_null=True)
    lastRunStatus = serializers.CharField(source="last_run_status", allow_null=True)

    def get_triggers(self, deployment: Deployment) -> list[dict[str, str]]:
        return triggers(deployment.version)

    @extend_schema_field(ScheduleData(allow_null=True))
    def get_schedule(self, deployment: Deployment) -> Any:
        schedule = getattr(deployment.pattern, "schedule", None)
        return schedule and ScheduleData(shown(schedule)).data

    def get_webhookUrl(self, deployment: Deployment) -> str:
        return webhook_url(self.context["request"], deployment.pattern)


class Undeployed(serializers.Serializer):
    status = serializers.ChoiceField([Deployment.Status.UNDEPLOYED.value])


class VersionData(serializers.Serializer):
    versionNumber = serializers.IntegerField(source="number")
    isLive = serializers.SerializerMethodField()
    triggers = serializers.SerializerMethodField()
    createdAt = Moment(source="created_at")
    createdBy = serializers.CharField(source="created_by.email", default=None, allow_null=True)

    def get_isLive(self, version: Version) -> bool:
        return version.pk == self.context["live"]

    def get_triggers(self, version: Version) -> list[dict[str, str]]:
        return triggers(version)


class DeploymentsQuery(PageQuery):
    status = serializers.ChoiceField(Deployment.Status.values, required=False)
    search = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="In the pattern's name.")


class DeployRequest(serializers.Serializer):
    environmentId = RowId(
        source="environment_id",
        required=False,
        allow_null=True,
        help_text="Whose variables and secrets its runs read; null: the default one. Not given, it stays as it is.",
    )
    nodeDefinitions = AnyJSON(required=False, help_text="Accepted and ignored: the server has its own.")


class PauseRequest(serializers.Serializer):
    reason = StrictChar(allow_blank=True, max_length=1_000, default="")


class RollbackRequest(serializers.Serializer):
    versionNumber = StrictInteger(min_value=1, max_value=MAX_VERSION)


class ExecuteRequest(serializers.Serializer):
    event = AnyJSON(required=False, help_text="A JSON object; for a webhook {body, headers, query, method, url}.")
    wait = StrictNumber(
        min_value=0,
        max_value=MAX_WAIT_S,
        default=0,
        help_text=f"Seconds to wait for the result, at most {MAX_WAIT_S}; 0 does not wait.",
    )
