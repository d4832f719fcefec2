"""The API of doing something to many runs at once, and of deleting one."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiRequest, ApiView, read
from dragops_site.api_fields import Moment, NoUnknownFields
from dragops_site.errors import NotFound
from dragops_site.ids import parse_id
from executions.actions import bulk
from executions.models import BulkJob
from executions.serializers import RunsFilter, filters


class BulkFilter(NoUnknownFields, RunsFilter):
    """Which runs. Those that the verb cannot be done to are left out."""

    patternId = serializers.UUIDField(required=False)


class BulkRequest(NoUnknownFields):
    """Either `ids` or `filter`."""

    verb = serializers.ChoiceField(
        BulkJob.Verb.values,
        help_text="cancel what is open; retry what has failed (canceled runs too, where status names them); rerun "
        "under what is live now; delete what has ended, which needs the role editor.",
    )
    ids = serializers.ListField(child=serializers.UUIDField(), max_length=bulk.MOST, allow_empty=False, required=False)
    filter = BulkFilter(required=False, help_text="All conditions hold; {} finds all that the verb can be done to.")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in given) == ("filter" in given):
            raise serializers.ValidationError("Give either ids or a filter.")
        return given


class BulkData(serializers.Serializer):
    id = serializers.CharField()
    verb = serializers.ChoiceField(BulkJob.Verb.values)
    state = serializers.ChoiceField(BulkJob.State.values)
    total = serializers.IntegerField(help_text="How many there were when it was asked for, counted to a cap.")
    done = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="Not, or no more, in a state in which they can be.")
    problem = serializers.SerializerMethodField(help_text="Why it has stopped by itself.")
    createdAt = Moment(source="created_at")
    beginsAt = Moment(source="begins_at", help_text="A deletion can be stopped until then, and nothing is deleted.")
    endedAt = Moment(source="ended_at", allow_null=True)

    def get_problem(self, job: BulkJob) -> str | None:
        return job.problem or None


class BulkView(ApiView):
    roles = {"POST": Role.OPERATOR}

    @extend_schema(summary="Cancel, retry, rerun or delete many runs", request=BulkRequest, responses={202: BulkData})
    def post(self, request: ApiRequest) -> Answer:
        """A job that goes through the runs accepted by now, newest first. The same request again, while its job is
        open, is answered with that job. A deletion begins after ten seconds, and can be stopped until then."""
        given = read(BulkRequest, request.data)
        found = given.get("filter")
        wanted = None if found is None else filters(found, found.get("patternId"))
        job = bulk.begin(given["verb"], ids=given.get("ids"), filters=wanted, user=request.user)
        return Answer(BulkData(job).data, status=202)


class BulkJobView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="How far a job over many runs is", responses=BulkData)
    def get(self, request: ApiRequest, job_id: str) -> Answer:
        return Answer(BulkData(_find(job_id)).data)


class BulkStopView(ApiView):
    roles = {"POST": Role.OPERATOR}

    @extend_schema(summary="Stop a job over many runs", request=None, responses=BulkData)
    def post(self, request: ApiRequest, job_id: str) -> Answer:
        """What it has done stays done. 409 CONFLICT when it is over."""
        bulk.stop(_find(job_id), request.user)
        return Answer(BulkData(_find(job_id)).data)


def _find(job_id: str) -> BulkJob:
    key = parse_id(job_id)
    job = BulkJob.objects.defer("ids").filter(pk=key).first() if key else None
    if job is None:
        raise NotFound("There is no such job.", code="JOB_NOT_FOUND")
    return job
