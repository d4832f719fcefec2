"""What the admin pages of all apps share."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet, TextField
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from dragops_site import jsontext
from dragops_site.accounts.models import User
from dragops_site.accounts.roles import Role
from dragops_site.errors import Refused
from dragops_site.ids import parse_id

SHOWN = 20_000
COUNTED = 10_000
PATTERNS_SEARCHED = 100


class ShallowPaginator(Paginator):
    """Counts no further than COUNTED rows; what is older is found by filters."""

    @cached_property
    def count(self) -> int:
        # Ordered, the rows would all be sorted before the first one is counted.
        return cast(QuerySet[Any], self.object_list).order_by().values("pk")[:COUNTED].count()


def among_newest(column: str, values: Iterable[str]) -> type[admin.SimpleListFilter]:
    """A filter for a column without an index: it looks at the newest COUNTED rows and no further."""
    told = [(str(value), str(value).replace("_", " ").capitalize()) for value in values]

    class AmongNewest(admin.SimpleListFilter):
        title = f"{column}, of the newest {COUNTED:,}"
        parameter_name = column

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return told

        def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
            if self.value() not in dict(told):
                return rows
            newest = rows.model._default_manager.order_by("-pk").values_list("pk", flat=True)
            oldest = next(iter(newest[COUNTED - 1 : COUNTED]), None)
            return rows.filter(**{column: self.value()}, **({"pk__gte": oldest} if oldest else {}))

    return AmongNewest


class UnsortedList(ChangeList):
    """Keeps its order, whatever the address asks for."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return list(self.model_admin.get_ordering(request) or self.lookup_opts.ordering or ["-pk"])


class BigTableAdmin(admin.ModelAdmin):
    """For tables of millions: no count of the whole, and no page that would need one."""

    show_full_result_count = False
    list_per_page = 50
    paginator = ShallowPaginator
    search_keys: tuple[str, ...] = ()  # columns of ids; where there are some, ids and names of patterns are searched

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return UnsortedList if self.search_keys else super().get_changelist(request, **kwargs)

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """A big table is sorted by its ids alone, for which there is an index."""
        return () if self.search_keys else super().get_sortable_by(request)

    def get_search_results(self, request: HttpRequest, rows: QuerySet[Any], term: str) -> tuple[QuerySet[Any], bool]:
        """By indexes: joined, the name of a pattern would be looked for in every row of a table of millions."""
        if not self.search_keys or not term.strip():
            return super().get_search_results(request, rows, term)
        if key := parse_id(term.strip()):
            found = (rows.filter(**{column: key}) for column in self.search_keys)
            return next((some for some in found if some.exists()), rows.none()), False
        if "pattern_id" not in self.search_keys:
            return rows.none(), False
        patterns = self.opts.get_field("pattern").related_model._default_manager  # type: ignore[union-attr]
        named = patterns.filter(name__icontains=jsontext.clean(term.strip())).order_by("pk")
        return rows.filter(pattern_id__in=list(named.values_list("pk", flat=True)[:PATTERNS_SEARCHED])), False

    @admin.display(description="pattern")
    def pattern_name(self, row: Any) -> str:
        return Truncator(row.pattern.name).chars(60)


class HistoryAdmin(BigTableAdmin):
    """Rows that say what happened: seen, never added or changed."""

    hidden: tuple[str, ...] = ()  # fields that are nobody's business

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        shown = [field.name for field in self.opts.fields if not isinstance(field, TextField)]
        return [name for name in shown if name not in self.hidden] + list(self.readonly_fields)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.get_readonly_fields(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def long_text(value: Any) -> SafeString:
    """A stored value, its beginning where it is long; escaped."""
    text = value if isinstance(value, str) else jsontext.dumps(value)
    note = f"\n… {len(text):,} characters in all" if len(text) > SHOWN else ""
    return format_html("<pre>{}{}</pre>", jsontext.clean(text[:SHOWN]), note)


def each(admin_page: admin.ModelAdmin, request: HttpRequest, rows: Any, role: Role, verb: Any, done: str) -> None:
    """Do `verb(row)` for each row, and report how many did and each refusal; needs `role` besides the permission."""
    if not (isinstance(request.user, User) and request.user.may(role)):
        admin_page.message_user(request, f"This needs the role {role.label}.", messages.ERROR)
        return
    count = 0
    for row in rows:
        try:
            verb(row)
            count += 1
        except Refused as refused:
            admin_page.message_user(request, f"{row}: {refused.message}", messages.WARNING)
    if count:
        admin_page.message_user(request, f"{count} {done}.", messages.SUCCESS)
