"""The latest runs of each pattern, as subqueries of a list: they cost the same however long the history is."""

from typing import Any

from django.db.models import Avg, Case, FloatField, OuterRef, Q, QuerySet, Subquery, Value, When

from executions.models import Execution
from executions.status import UNSUCCESSFUL, Mode, Status

LOOKED_AT = 100  # latest runs, whatever is looked for among them


def latest_runs(pattern: OuterRef, count: int, column: str = "id") -> QuerySet[Execution, Any]:
    """The ids, or another column, of the latest runs of a pattern of the outer query."""
    # A range, not an equality: for that, PostgreSQL would walk the primary key backwards and drop the runs of all other
    # patterns, which is the whole table for a pattern that has not run for long. This order only the right index has.
    runs = Execution.objects.filter(pattern__gte=pattern, pattern__lte=pattern)
    return runs.order_by("pattern_id", "-id").values(column)[:count]


def latest_by_trigger(trigger: str) -> Subquery:
    """The id of the last run that this trigger started, if it is among those looked at."""
    among = latest_runs(OuterRef(OuterRef("pk")), LOOKED_AT)
    return Subquery(Execution.objects.filter(id__in=among, trigger=trigger).order_by("-id").values("id")[:1])


def success_rate() -> Subquery:
    """The share of completed runs among the ended live ones of those looked at; NULL where there are none."""
    among = latest_runs(OuterRef(OuterRef("pk")), LOOKED_AT)
    rated = Q(mode=Mode.LIVE.value, status__in=[Status.COMPLETED.value, *(s.value for s in UNSUCCESSFUL)])
    score = Case(When(status=Status.COMPLETED.value, then=Value(1.0)), default=Value(0.0), output_field=FloatField())
    runs = Execution.objects.filter(rated, id__in=among).order_by().values("pattern")
    return Subquery(runs.annotate(rate=Avg(score)).values("rate"), output_field=FloatField())
