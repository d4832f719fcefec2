"""The API of statistics."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiView, read
from dragops_site.api_fields import Moment
from executions import statistics
from executions.statistics import Figures, Period, Slot, Statistics
from patterns.api import find_pattern
from patterns.models import Pattern


class StatsQuery(serializers.Serializer):
    period = serializers.ChoiceField([period.value for period in Period], default=Period.DAY.value)


class Percentiles(serializers.Serializer):
    """Milliseconds, right to within 3 percent; null where nothing has ended."""

    p50 = serializers.FloatField(allow_null=True)
    p95 = serializers.FloatField(allow_null=True)
    p99 = serializers.FloatField(allow_null=True)


class Numbers(serializers.DictField):
    child = serializers.IntegerField()


class BucketData(serializers.Serializer):
    start = Moment()
    counts = Numbers(help_text="By status.")
    p50 = serializers.FloatField(allow_null=True)
    p95 = serializers.FloatField(allow_null=True)


class StatsData(serializers.Serializer):
    period = serializers.CharField()
    total = serializers.IntegerField()
    counts = Numbers(help_text="By status, tests among them.")
    byTrigger = Numbers()
    successRate = serializers.FloatField(allow_null=True, help_text="Completed live runs among those that ended.")
    durationMs = Percentiles(help_text="Of live runs; null over all deployments.")
    buckets = BucketData(many=True)
    isComplete = serializers.BooleanField(help_text="False while hours of the past are still to be counted.")


def stats_data(found: Statistics, period: Period) -> dict[str, Any]:
    return {
        "period": period.value,
        "total": found.total,
        "counts": dict(found.counts),
        "byTrigger": dict(found.by_trigger),
        "successRate": found.success_rate,
        "durationMs": {name: _ms(found, name) for name in ("p50", "p95", "p99")},
        "buckets": [_bucket(slot) for slot in found.slots],
        "isComplete": found.is_complete,
    }


def _bucket(slot: Slot) -> dict[str, Any]:
    return {
        "start": Moment().to_representation(slot.start),
        "counts": dict(slot.counts),
        **{name: _ms(slot, name) for name in ("p50", "p95")},
    }


def _ms(figures: Figures, name: str) -> float | None:
    value = getattr(figures, name)
    return None if value is None else round(value, 3)


class AllStatsView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="Figures of all runs", parameters=[StatsQuery], responses=StatsData)
    def get(self, request: Request) -> Answer:
        """Over an hour by the minute, a day by the hour, a week by six hours, or a month by the day."""
        period = Period(read(StatsQuery, request.query_params)["period"])
        return Answer(stats_data(statistics.of(None, period), period))


class StatsView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="Figures of the runs of a deployment", parameters=[StatsQuery], responses=StatsData)
    def get(self, request: Request, pattern_id: str) -> Answer:
        """Over an hour by the minute, a day by the hour, a week by six hours, or a month by the day."""
        pattern = find_pattern(pattern_id, Pattern.objects.only("id"))
        period = Period(read(StatsQuery, request.query_params)["period"])
        return Answer(stats_data(statistics.of([pattern.pk], period), period))
