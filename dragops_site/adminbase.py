"""What the admin pages of all apps share."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, TextField
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from dragops_site import jsontext
from dragops_site.accounts.models import User
from dragops_site.accounts.roles import Role
from dragops_site.errors import Refused

SHOWN = 20_000


class BigTableAdmin(admin.ModelAdmin):
    """For tables of millions: no count of the whole, and no page that would need one."""

    show_full_result_count = False
    list_per_page = 50

    @admin.display(description="pattern")
    def pattern_name(self, row: Any) -> str:
        return Truncator(row.pattern.name).chars(60)


class HistoryAdmin(BigTableAdmin):
    """Rows that say what happened: seen, never added or changed."""

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [field.name for field in self.opts.fields if not isinstance(field, TextField)] + list(
            self.readonly_fields
        )

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
