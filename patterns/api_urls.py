"""Addresses of the REST API under /api."""

from django.urls import path

from patterns import api

urlpatterns = [
    path("library", api.LibraryView.as_view(), name="api-library"),
    path("nodes", api.NodesView.as_view(), name="api-nodes"),
    path("packs", api.PacksView.as_view(), name="api-packs"),
    path("patterns", api.PatternsView.as_view(), name="api-patterns"),
    path("patterns/import", api.ImportView.as_view(), name="api-pattern-import"),
    path("patterns/<str:pattern_id>", api.PatternView.as_view(), name="api-pattern"),
    path("patterns/<str:pattern_id>/clone", api.CloneView.as_view(), name="api-pattern-clone"),
    path("patterns/<str:pattern_id>/export", api.ExportView.as_view(), name="api-pattern-export"),
    path("patterns/<str:pattern_id>/sample", api.SampleView.as_view(), name="api-pattern-sample"),
    path("patterns/<str:pattern_id>/validate", api.ValidateView.as_view(), name="api-pattern-validate"),
]
