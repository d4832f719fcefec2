"""Addresses of the REST API under /api."""

from django.urls import path

from deployments import api, schedule_api

urlpatterns = [
    path("patterns/<str:pattern_id>/deploy", api.PatternDeployView.as_view(), name="api-pattern-deploy"),
    path("patterns/<str:pattern_id>/deployment", api.PatternDeploymentView.as_view(), name="api-pattern-deployment"),
    path("patterns/<str:pattern_id>/versions", api.VersionsView.as_view(), name="api-pattern-versions"),
    path("deployments", api.DeploymentsView.as_view(), name="api-deployments"),
    path("deployments/<str:pattern_id>", api.DeploymentView.as_view(), name="api-deployment"),
    path("deployments/<str:pattern_id>/pause", api.PauseView.as_view(), name="api-deployment-pause"),
    path("deployments/<str:pattern_id>/resume", api.ResumeView.as_view(), name="api-deployment-resume"),
    path("deployments/<str:pattern_id>/rollback", api.RollbackView.as_view(), name="api-deployment-rollback"),
    path("deployments/<str:pattern_id>/execute", api.ExecuteView.as_view(), name="api-deployment-execute"),
    path("deployments/<str:pattern_id>/runs", api.DeploymentRunsView.as_view(), name="api-deployment-runs"),
    path("deployments/<str:pattern_id>/ticks", schedule_api.TicksView.as_view(), name="api-deployment-ticks"),
    path("schedules/next", schedule_api.NextTicksView.as_view(), name="api-schedules-next"),
]
