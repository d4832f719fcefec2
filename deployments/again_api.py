"""The API of running again: one run under what is live now, or many by another attempt."""

from dataclasses import asdict
from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from deployments.actions.fork import fork
from deployments.actions.rerun import SAME, rerun, rerun_all
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiRequest, ApiView, read
from dragops_site.api_fields import AnyJSON, NoUnknownFields, StrictBoolean, StrictChar, StrictInteger
from executions.actions.redrive import MOST, redrive, redrive_found
from executions.api import find_run
from executions.reopening import reopen_alone
from executions.serializers import RunData, RunsFilter, filters, run_data


class RerunRequest(serializers.Serializer):
    event = AnyJSON(required=False, help_text="A JSON object; without it, the event that the run had.")


class ForkRequest(NoUnknownFields):
    seq = StrictInteger(min_value=1, max_value=2**31 - 1, help_text="The entry of the log whose step is done anew.")
    event = AnyJSON(required=False, help_text="Another event; at the first step alone.")


class RedriveFilter(NoUnknownFields, RunsFilter):
    """Which runs; status is dead_letter where it is not given, and may be failed, timeout and canceled besides."""

    patternId = serializers.UUIDField(required=False)


class RedriveRequest(NoUnknownFields):
    """Either `ids` or `filter`."""

    ids = serializers.ListField(child=serializers.UUIDField(), max_length=MOST, required=False)
    filter = RedriveFilter(required=False, help_text="All conditions hold; {} finds all dead letters.")
    limit = StrictInteger(min_value=1, max_value=MOST, default=MOST, help_text="Of those found, how many at a time.")
    cursor = StrictChar(required=False, max_length=100, help_text="`nextCursor` of the answer before.")
    onCurrentVersion = StrictBoolean(
        default=False, help_text="Start new runs under what is live now, instead of further attempts; once for each."
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in given) == ("filter" in given):
            raise serializers.ValidationError("Give either ids or a filter.")
        return given


class RedriveAnswer(serializers.Serializer):
    retried = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="Found, and not in a state in which they can be.")
    remaining = serializers.IntegerField(help_text="How many more the filter finds after these, counted to a cap.")
    nextCursor = serializers.CharField(source="next_cursor", allow_null=True, help_text="Where to go on.")


class RerunView(ApiView):
    roles = {"POST": Role.OPERATOR}

    @extend_schema(summary="Run a run again", request=RerunRequest, responses={202: RunData})
    def post(self, request: ApiRequest, run_id: str) -> Answer:
        """A new run with the same event or another, under the version that is live now; after a test, of the draft as
        it is now, which needs the role editor. 409 NOT_DEPLOYED or DEPLOYMENT_PAUSED where nothing may start."""
        event = read(RerunRequest, request.data).get("event", SAME)
        run = rerun(find_run(run_id), request.user, event)
        return Answer(run_data(find_run(str(run.pk))), status=202)


class ForkView(ApiView):
    roles = {"POST": Role.OPERATOR}

    @extend_schema(summary="Fork a run from a step", request=ForkRequest, responses={202: RunData})
    def post(self, request: ApiRequest, run_id: str) -> Answer:
        """A new run under the version that is live now, which has behind it what this one recorded before the step: no
        effect is had again, and the step and all that follow are done anew. After a test, of the draft as it is now,
        which needs the role editor. 409 CONFLICT where a node that has run is another now."""
        given = read(ForkRequest, request.data)
        run = fork(find_run(run_id), given["seq"], request.user, given.get("event", SAME))
        return Answer(run_data(find_run(str(run.pk))), status=202)


class RedriveView(ApiView):
    roles = {"POST": Role.OPERATOR}

    @extend_schema(summary="Retry many runs", request=RedriveRequest, responses=RedriveAnswer)
    def post(self, request: ApiRequest) -> Answer:
        """At most 1000 at a time. Repeat with `nextCursor` while there is one; each run is taken once, also one that
        fails again meanwhile. What cannot be retried is skipped."""
        given = read(RedriveRequest, request.data)
        verb = partial(rerun_all, user=request.user) if given["onCurrentVersion"] else reopen_alone
        if "ids" in given:
            done = redrive(given["ids"], request.user, verb)
        else:
            wanted = filters(given["filter"], given["filter"].get("patternId"))
            how = {"limit": given["limit"], "cursor": given.get("cursor"), "verb": verb}
            done = redrive_found(wanted, request.user, **how)
        return Answer(RedriveAnswer(asdict(done)).data)
