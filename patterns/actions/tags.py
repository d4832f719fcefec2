"""The tags of a pattern, shared by all patterns."""

from collections.abc import Sequence

from django.db.models import Q
from django.db.models.functions import Lower

from patterns.models import Pattern, Tag


def set_tags(pattern: Pattern, names: Sequence[str]) -> None:
    """Give `pattern` exactly these tags; one that exists in another case is taken as it is spelled."""
    existing = _existing(names)
    pattern.tags.set([_tag(name, existing) for name in names])


def _existing(names: Sequence[str]) -> dict[str, Tag]:
    # SQLite's LOWER knows ASCII only; elsewhere than in ASCII the exact spelling decides there.
    found = Tag.objects.annotate(lower=Lower("name")).filter(
        Q(name__in=names) | Q(lower__in=[name.lower() for name in names])
    )
    return {tag.name.casefold(): tag for tag in found}


def _tag(name: str, existing: dict[str, Tag]) -> Tag:
    return existing.get(name.casefold()) or Tag.objects.get_or_create(name=name)[0]
