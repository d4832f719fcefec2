"""Addresses of the REST API under /api."""

from django.urls import path

from executions import api, bulk_api, graph_api, preview_api, statistics_api

urlpatterns = [
    path("patterns/<str:pattern_id>/run", graph_api.TestRunView.as_view(), name="api-pattern-run"),
    path("patterns/<str:pattern_id>/preview", preview_api.PreviewView.as_view(), name="api-pattern-preview"),
    path("runs", api.RunsView.as_view(), name="api-runs"),
    path("deployments/<str:pattern_id>/runs/stats", statistics_api.StatsView.as_view(), name="api-deployment-stats"),
    path("runs/stats", statistics_api.AllStatsView.as_view(), name="api-stats"),
    path("deployments/<str:pattern_id>/runs/errors", api.DeploymentErrorsView.as_view(), name="api-deployment-errors"),
    path("runs/errors", api.RunErrorsView.as_view(), name="api-run-errors"),
    path("runs/bulk", bulk_api.BulkView.as_view(), name="api-runs-bulk"),
    path("runs/bulk/<str:job_id>", bulk_api.BulkJobView.as_view(), name="api-runs-bulk-job"),
    path("runs/bulk/<str:job_id>/stop", bulk_api.BulkStopView.as_view(), name="api-runs-bulk-stop"),
    path("runs/<str:run_id>", api.RunView.as_view(), name="api-run"),
    path("runs/<str:run_id>/log", api.RunLogView.as_view(), name="api-run-log"),
    path("runs/<str:run_id>/tree", api.RunTreeView.as_view(), name="api-run-tree"),
    path("runs/<str:run_id>/graph", graph_api.RunGraphView.as_view(), name="api-run-graph"),
    path("runs/<str:run_id>/steps", graph_api.RunStepsView.as_view(), name="api-run-steps"),
    path("runs/<str:run_id>/nodes/<str:node_id>", graph_api.RunNodeView.as_view(), name="api-run-node"),
    path("runs/<str:run_id>/outputs", graph_api.RunOutputsView.as_view(), name="api-run-outputs"),
    path("runs/<str:run_id>/cancel", api.CancelView.as_view(), name="api-run-cancel"),
    path("runs/<str:run_id>/retry", api.RetryView.as_view(), name="api-run-retry"),
]
