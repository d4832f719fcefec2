"""Addresses of the REST API under /api."""

from django.urls import path

from executions import api

urlpatterns = [
    path("patterns/<str:pattern_id>/run", api.TestRunView.as_view(), name="api-pattern-run"),
    path("runs", api.RunsView.as_view(), name="api-runs"),
    path("runs/<str:run_id>", api.RunView.as_view(), name="api-run"),
    path("runs/<str:run_id>/log", api.RunLogView.as_view(), name="api-run-log"),
    path("runs/<str:run_id>/tree", api.RunTreeView.as_view(), name="api-run-tree"),
    path("runs/<str:run_id>/cancel", api.CancelView.as_view(), name="api-run-cancel"),
    path("runs/<str:run_id>/retry", api.RetryView.as_view(), name="api-run-retry"),
]
