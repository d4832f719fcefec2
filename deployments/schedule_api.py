"""The API of schedules: what is due next, and what came of the ticks that were."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from deployments.models import Schedule, Tick
from deployments.timetable import latest_ticks, shown
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiView, PageQuery, page_of, read
from dragops_site.api_fields import Moment
from dragops_site.api_schema import PAGE_META
from patterns.api import find_pattern
from patterns.cron import MAX_CHARACTERS, check_cron, find_zone
from patterns.models import Pattern


class Preview(serializers.Serializer):
    """A schedule as it would be."""

    cron = serializers.CharField(source="schedule.cron")
    timeZone = serializers.CharField(source="schedule.time_zone")
    description = serializers.CharField(help_text="The expression in English.")
    nextTicks = serializers.ListField(child=Moment(), source="next_ticks", help_text="The next five.")


class ScheduleData(Preview):
    """The schedule of what is live; while it is paused, its ticks are skipped."""

    overlap = serializers.ChoiceField(Schedule.Overlap.values, source="schedule.overlap")
    problem = serializers.CharField(help_text="Why it cannot be computed; empty where it can.")


class TickData(serializers.Serializer):
    dueAt = Moment(source="due_at")
    outcome = serializers.ChoiceField(Tick.Outcome.values)
    reason = serializers.CharField(source="get_outcome_display")
    runId = serializers.CharField(source="execution_id", allow_null=True)
    recordedAt = Moment(source="created_at")


class NextQuery(serializers.Serializer):
    cron = serializers.CharField(max_length=MAX_CHARACTERS, help_text="Five fields, such as 0 9 * * MON-FRI.")
    timeZone = serializers.CharField(max_length=64, default="UTC", help_text="A name such as Europe/Berlin.")

    def validate_cron(self, value: str) -> str:
        return _checked(check_cron, value)

    def validate_timeZone(self, value: str) -> str:
        return _checked(find_zone, value)


def _checked(check: Any, value: str) -> str:
    try:
        check(value)
    except ValueError as error:
        raise serializers.ValidationError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    return value


class NextTicksView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="When a schedule would be due", parameters=[NextQuery], responses=Preview)
    def get(self, request: Request) -> Answer:
        """The next five ticks; 422 VALIDATION with what is wrong with `cron` or `timeZone`."""
        query = read(NextQuery, request.query_params)
        return Answer(Preview(shown(Schedule(cron=query["cron"], time_zone=query["timeZone"]))).data)


class TicksView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(
        summary="Ticks of a deployment's schedule",
        parameters=[PageQuery],
        responses=TickData(many=True),
        extensions=PAGE_META,
    )
    def get(self, request: Request, pattern_id: str) -> Answer:
        """Newest first, with what came of each. A month of them is kept, a thousand at most."""
        pattern = find_pattern(pattern_id, Pattern.objects.only("id"))
        page = page_of(latest_ticks(pattern.pk), read(PageQuery, request.query_params))
        return Answer(TickData(page.rows, many=True).data, meta=page.meta)
