"""Utility: what tells people about a run."""

from typing import Annotated, NamedTuple

from patterns.context import RunContext
from patterns.registry import Choices, Label, action, pure
from patterns.types import Any, Integer, PinType, String
from patterns.values import about

UTILITY = "Utility"
LEVELS = ("debug", "info", "warning", "error")
Level = Annotated[str, PinType.ENUM, Choices(*LEVELS)]
Colour = Annotated[str, PinType.ENUM, Choices("yellow", "blue", "green", "pink", "grey")]
Carries = Annotated[bool, PinType.BOOLEAN, Label("Moves What Lies In It")]
VersionNumber = Annotated[int | None, PinType.INTEGER]


class Info(NamedTuple):
    execution_id: String
    pattern: String
    version: VersionNumber
    attempt: Integer
    mode: String
    triggered_by: String


@action(UTILITY)
def log(run: RunContext, message: Any, level: Level = "info") -> None:
    """Writes a message, of any type, to the log of the run.

    Example: Message "42 orders", Level "info" → log "42 orders"
    """
    if level not in LEVELS:
        raise ValueError(f"Level is {level[:40]!r}, not one of {', '.join(LEVELS)}")
    with about("Message"):
        run.log(message, level)


@pure(UTILITY)
def comment(*, text: String = "", color: Colour = "yellow", carries_nodes: Carries = True) -> None:
    """A note on the canvas. It does nothing.

    Example: Text "Prices are in cents from here on." → nothing
    """


@pure(UTILITY)
def execution_info(run: RunContext) -> Info:
    """What the run knows of itself: its id, pattern, version (null in a test run), attempt, mode and trigger.

    Example: → Pattern "Order intake", Version 3, Attempt 1, Mode "live", Triggered By "webhook"
    """
    info = run.info
    return Info(info.execution_id, info.pattern_name, info.version, info.attempt, info.mode, info.triggered_by)
