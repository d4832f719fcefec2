"""Addresses of the pages."""

from django.urls import path

from patterns import editor_pages, library, pages

urlpatterns = [
    path("library", library.library, name="library"),
    path("patterns", pages.patterns, name="patterns"),
    path("patterns/new", pages.new, name="pattern-new"),
    path("patterns/import", pages.import_page, name="pattern-import"),
    path("patterns/<uuid:pattern_id>", editor_pages.editor, name="pattern"),
    path("patterns/<uuid:pattern_id>/source", pages.pattern, name="pattern-source"),
    path("patterns/<uuid:pattern_id>/export", pages.export, name="pattern-export"),
    path("patterns/<uuid:pattern_id>/clone", pages.clone, name="pattern-clone"),
    path("patterns/<uuid:pattern_id>/delete", pages.delete, name="pattern-delete"),
]
