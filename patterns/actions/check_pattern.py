from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from patterns.compiler import called_patterns, check
from patterns.connections import missing_connections
from patterns.graph import Problem
from patterns.models import Pattern
from patterns.pins import Interfaces


def check_pattern(pattern: Pattern) -> list[Problem]:
    """Everything wrong with the draft, warnings included; nothing when it may be deployed as it stands."""
    return check(pattern.graph, called_interfaces(pattern.graph)) + missing_connections(pattern.graph)


def called_interfaces(graph: dict[str, Any]) -> Interfaces:
    """The interfaces of the patterns that the graph calls, by the id it calls them by; without those there are not."""
    resolve: Callable[[list[str]], Interfaces] = import_string(settings.INTERFACE_RESOLVER)
    return resolve(sorted(called_patterns(graph)))
