"""Every secret of this server that runs may get hold of, for those who keep them out of what people see."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max, QuerySet, Sum, Value

from deployments.connections import secrets_in
from deployments.models import Connection, EnvironmentSecret
from dragops_site.vault import CannotOpen, place_of, unseal


def secrets_known(marker: Any) -> tuple[Any, list[str]] | None:
    """Every secret of this server that can be opened, with a marker that changes when they do; None while `marker` is
    still right."""
    # In one query, as every process asks every second.
    current = list(_state(EnvironmentSecret.objects.all(), 1).union(_state(Connection.objects.all(), 2), all=True))
    current.sort()
    if current == marker:
        return None
    # Also without the line end that was pasted with it: a pattern may trim what it was given.
    return current, [form for secret in _all() if secret for form in sorted({secret, secret.strip()})]


def _state(rows: QuerySet[Any], table: int) -> QuerySet[Any]:
    """One that is added or deleted changes the number, a new value the revisions, one in another's place the time."""
    one = rows.order_by().annotate(table=Value(table)).values("table")
    return one.annotate(count=Count("pk"), revisions=Sum("revision"), latest=Max("updated_at")).values_list(
        "table", "count", "revisions", "latest"
    )


def _all() -> Iterator[str]:
    for row in EnvironmentSecret.objects.only("sealed"):
        try:
            yield unseal(row.sealed, place_of(row, "sealed"))
        except CannotOpen:  # said where a run asks for it
            continue
    for connection in Connection.objects.only("type", "settings", "sealed", "sealed_token"):
        yield from secrets_in(connection)
