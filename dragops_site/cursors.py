"""The way back from older pages of a list that is paged by cursors."""

from typing import Any

from django.http import HttpRequest

from dragops_site.ids import parse_id

TRAIL = 20  # how many pages “Newer” finds its way back


def cursor_of(request: HttpRequest) -> str | None:
    """The cursor in the address; None where there is none, or not one of ours."""
    found = parse_id(request.GET.get("cursor", ""))
    return str(found) if found else None


def neighbours(request: HttpRequest, next_cursor: str | None) -> dict[str, Any]:
    """What parts/cursors.html needs to lead to the older page and back to the newer one."""
    cursor, trail = cursor_of(request), request.GET.get("trail", "").split()[-TRAIL:]
    return {
        "cursor": cursor,
        "older": next_cursor,
        "older_trail": " ".join([*trail, cursor or "-"][-TRAIL:]),
        "newer": trail[-1].strip("-") if trail else "",
        "newer_trail": " ".join(trail[:-1]),
        "has_newer": bool(trail),
    }
