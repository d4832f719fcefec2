"""Which deployed patterns use a connection."""

from django.db.models import TextField
from django.db.models.functions import Cast

from deployments.models import Connection, Deployment
from patterns.connections import named_connections
from patterns.models import Pattern


def deployed_users(name: str) -> list[Pattern]:
    """The deployed patterns, paused ones among them, whose live version names it, by name."""
    live = Deployment.objects.exclude(status=Deployment.Status.UNDEPLOYED).order_by("pattern__name", "pattern_id")
    # JSON may spell the name in several ways; that a graph names any connection at all is told by this.
    some = live.annotate(text=Cast("version__snapshot__graph", TextField())).filter(text__contains='"connection"')
    found = some.select_related("pattern", "version__snapshot").defer("pattern__graph")
    return [one.pattern for one in found.iterator(100) if one.version and _names(one.version.snapshot.graph, name)]


def _names(graph: object, name: str) -> bool:
    return any(named == name for _, named in named_connections(graph))


def hold_connections(graph: object) -> None:
    """Until the transaction ends, those that the graph names are not deleted: who deletes one waits, and then sees that
    it is used."""
    if wanted := {name for _, name in named_connections(graph)}:
        list(Connection.objects.select_for_update().filter(name__in=wanted).order_by("pk").values_list("pk"))
