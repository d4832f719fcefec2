"""Template tags of all pages; builtins, so that no template loads them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dragops_site import jsontree, spans
from dragops_site.accounts.roles import Role

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing from the sprite; without a label it is decoration and hidden from screen readers."""
    href = f"{static('images/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}" width="16" height="16"><use href="{}"/></svg>', label, href
        )
    return format_html('<svg class="icon" aria-hidden="true" width="16" height="16"><use href="{}"/></svg>', href)


@register.simple_tag
def moment(when: datetime | None, form: str = "exact") -> SafeString | str:
    """A time that times.js shows in the reader's own zone, in one of the forms that it knows."""
    if when is None:
        return "–"
    utc = when.astimezone(UTC)
    text = f"{utc:%H:%M:%S}.{utc.microsecond // 1000:03}" if form == "clock" else f"{utc:%Y-%m-%d %H:%M:%S} UTC"
    iso = utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}" data-time="{}">{}</time>', iso, form, text)


@register.simple_tag
def run_duration(run: Any) -> SafeString | str:
    """How long a run took; times.js keeps counting while it runs."""
    if run.started_at is None:
        return "–"
    if run.status == "running":
        since = run.started_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return format_html('<span data-since="{}">{}</span>', since, duration(run.duration))
    return duration(run.duration)


@register.filter
def seconds(number: float) -> str:
    """A span given in seconds, as `duration` writes it."""
    return duration(timedelta(seconds=number)) if number else "0"


@register.filter
def duration(span: timedelta | None) -> str:
    """340 ms, 1.25 s, 3 min 4 s, 2 h 5 min."""
    if span is None:
        return "–"
    seconds = max(span.total_seconds(), 0)
    if seconds < 0.001:
        return f"{seconds * 1_000_000:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


@register.filter
def span_words(seconds: float) -> str:
    """90 seconds, 5 minutes, 1 hour."""
    return spans.in_words(seconds)


@register.filter
def micros(count: int | None) -> str:
    return "" if count is None else duration(timedelta(microseconds=count))


@register.filter
def ms(number: float | None) -> str:
    """A span given in milliseconds."""
    return "–" if number is None else duration(timedelta(milliseconds=number))


@register.filter
def thousands(number: int) -> str:
    """12,345"""
    return f"{number:,}"


@register.filter
def percent(share: float | None) -> str:
    """0.9966 → 99.6 %: rounded down, because 100 % must mean that nothing failed."""
    return "–" if share is None else f"{int(share * 1000) / 10:g} %"


@register.filter
def size(count: float) -> str:
    return jsontree.size_text(count)


@register.filter
def may(user: Any, role: str) -> bool:
    return user.is_authenticated and user.may(Role(role))


@register.filter
def words(value: str) -> str:
    """A stored word for people: dead_letter → Dead letter."""
    return str(value).replace("_", " ").capitalize()


@register.inclusion_tag("parts/json_tree.html")
def json_tree(value: Any) -> dict[str, Iterable[jsontree.Token]]:
    return {"tokens": jsontree.tokens(value)}


@register.filter
def modules(names: str) -> list[str]:
    """The addresses of the page's modules, below static/."""
    return [f"js/{name}.js" for name in names.split()]


@register.filter
def item(mapping: dict[str, Any], key: str) -> Any:
    """What a dict holds under a key known only to the template; the key itself where it holds nothing."""
    return mapping.get(key, key)


@register.filter
def count_of(counts: dict[str, int], key: str) -> int:
    """How many of a kind there are; 0 of one that is not counted."""
    return counts.get(key, 0)
