"""The API of previews: what an expression comes to with the data of the last run."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from dragops_site import jsontext
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiView, Keys, read
from dragops_site.api_fields import AnyJSON, JSONObject, RowId, StrictChar
from dragops_site.errors import NotFound
from executions import outputs
from executions.journal import cut
from executions.masking import masked, masked_value
from executions.models import Execution
from patterns import samples
from patterns.actions import checks
from patterns.actions.check_pattern import called_interfaces
from patterns.api import find_pattern
from patterns.context import Environment, ExecutionInfo
from patterns.models import Pattern
from patterns.preview import NOBODY, PastRun, preview
from patterns.types import type_of

SHOWN_BYTES = 10_000
MESSAGE_SHOWN = 1_000


class PreviewRequest(serializers.Serializer):
    text = AnyJSON(help_text="What is typed for the pin.")
    nodeId = StrictChar(max_length=200)
    pin = StrictChar(max_length=200)
    graphData = JSONObject(source="graph", required=False, help_text="Without it the saved draft is meant.")
    runId = RowId(required=False, help_text="Without it the latest run of the pattern is meant.")


class PreviewError(serializers.Serializer):
    message = serializers.CharField()


class Previewed(serializers.Serializer):
    value = AnyJSON(required=False)
    type = serializers.CharField(required=False)
    error: Any = PreviewError(required=False)
    runId = serializers.CharField(allow_null=True, help_text="The run whose data were used.")


class PreviewView(ApiView):
    roles = {"POST": Role.EDITOR}
    keys = Keys.IGNORED

    @extend_schema(summary="What an expression comes to", request=PreviewRequest, responses=Previewed)
    def post(self, request: Request, pattern_id: str) -> Answer:
        """With the data of a run, or of the sample event where none was; secrets masked. What cannot be evaluated is
        told in `error`, with 200."""
        given, pattern = read(PreviewRequest, request.data), find_pattern(pattern_id)
        graph = checks.graph(given["graph"]) if "graph" in given else pattern.graph
        run = _run(pattern.pk, given.get("runId"))
        told = {"runId": str(run.pk) if run else None}
        place = (given["nodeId"], given["pin"], given["text"])
        try:
            value = preview(graph, called_interfaces(graph), *place, _past(pattern, run))
        except ValueError as error:
            return Answer({**told, "error": {"message": masked(jsontext.clean(str(error)))[:MESSAGE_SHOWN]}})
        return Answer({**told, "value": masked_value(cut(value, SHOWN_BYTES)), "type": type_of(value).value})


def _run(pattern_id: UUID, run_id: UUID | None) -> Execution | None:
    """The latest, or the one that is named. Raises NotFound where that is none of the pattern."""
    runs = Execution.objects.filter(pattern_id=pattern_id).defer("result")
    if run_id is None:
        return runs.order_by("-id").first()
    found = runs.filter(pk=run_id).first()
    if found is None:
        raise NotFound("There is no such run of this pattern.", code="RUN_NOT_FOUND")
    return found


def _past(pattern: Pattern, run: Execution | None) -> PastRun:
    environment: Environment = import_string(settings.ENVIRONMENT_RESOLVER)(pattern.pk)
    event = run.event if run else samples.sample_of(pattern).event
    return PastRun(
        event=event if isinstance(event, dict) else {},
        outputs=outputs.of(run).values if run else {},
        environment=Environment(environment.name, environment.variables),
        info=_info(pattern, run) if run else NOBODY,
    )


def _info(pattern: Pattern, run: Execution) -> ExecutionInfo:
    version, mode = run.version_number, run.mode
    return ExecutionInfo(str(run.pk), str(pattern.pk), pattern.name, version, run.attempt, mode, run.trigger)
