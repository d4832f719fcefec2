"""Spans of time for people."""

UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def in_words(seconds: float) -> str:
    """A number of seconds in the largest unit that says it whole: 90 seconds, 5 minutes, 1 hour."""
    for size, unit in UNITS:
        if seconds and seconds % size == 0:
            return _counted(seconds / size, unit)
    return _counted(seconds, "second")


def _counted(number: float, unit: str) -> str:
    return f"{number:,.10g} {unit}" if number == 1 else f"{number:,.10g} {unit}s"


def brief(seconds: float) -> str:
    """The same for a line of many: 5 s, 1 min 30 s, 2 h, 1.5 s."""
    parts, rest = [], seconds
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        whole, rest = divmod(rest, size)
        parts += [f"{whole:.0f} {unit}"] if whole else []
    parts += [f"{rest:.3g} s"] if rest or not parts else []
    return " ".join(parts[:2])
