from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dragops_site.adminbase import HistoryAdmin, long_text
from patterns.models import Pattern, Snapshot, Tag


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    list_display = ("name", "used_by")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return super().get_queryset(request).annotate(uses=Count("patterns"))

    @admin.display(ordering="uses", description="patterns")
    def used_by(self, tag: Any) -> int:
        return int(tag.uses)


@admin.register(Pattern)
class PatternAdmin(admin.ModelAdmin):
    """The graph is edited on the pattern's page, where a save checks its revision; deleting goes through there too."""

    list_display = ("name", "owner", "revision", "is_public", "is_template", "updated_at")
    list_filter = ("is_public", "is_template", "updated_at", "tags")
    list_select_related = ("owner",)
    search_fields = ("name", "description", "id", "webhook_id")
    autocomplete_fields = ("owner",)
    fields = ("page", "name", "description", "owner", "is_public", "is_template", "revision", "webhook_id")
    readonly_fields = ("page", "name", "description", "is_public", "is_template", "revision", "webhook_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pattern]:
        return super().get_queryset(request).defer("graph")

    @admin.display(description="page")
    def page(self, pattern: Pattern) -> SafeString:
        return format_html('<a href="{}">Open the pattern</a>', reverse("pattern", args=[pattern.pk]))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Pattern | None = None) -> bool:
        return False


@admin.register(Snapshot)
class SnapshotAdmin(HistoryAdmin):
    list_display = ("id", "pattern_name", "digest", "created_at")
    list_filter = ("created_at",)
    list_select_related = ("pattern",)
    search_fields = ("=id", "=digest", "pattern__name")
    readonly_fields = ("stored_graph", "stored_interfaces")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        return super().get_queryset(request).defer("graph", "interfaces", "pattern__graph")

    @admin.display(description="graph")
    def stored_graph(self, snapshot: Snapshot) -> SafeString:
        return long_text(snapshot.graph)

    @admin.display(description="interfaces")
    def stored_interfaces(self, snapshot: Snapshot) -> SafeString:
        return long_text(snapshot.interfaces)
