"""Addresses of the REST API under /api."""

from django.urls import path

from deployments import again_api, api, environment_api, schedule_api, webhook_api

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
    path("deployments/<str:pattern_id>/notices", api.NoticesView.as_view(), name="api-deployment-notices"),
    path("deployments/<str:pattern_id>/ticks", schedule_api.TicksView.as_view(), name="api-deployment-ticks"),
    path("environments", environment_api.EnvironmentsView.as_view(), name="api-environments"),
    path("environments/<str:environment_id>", environment_api.EnvironmentView.as_view(), name="api-environment"),
    path(
        "environments/<str:environment_id>/secrets/<str:name>",
        environment_api.SecretView.as_view(),
        name="api-environment-secret",
    ),
    path("schedules/next", schedule_api.NextTicksView.as_view(), name="api-schedules-next"),
    path("runs/redrive", again_api.RedriveView.as_view(), name="api-runs-redrive"),
    path("runs/<str:run_id>/rerun", again_api.RerunView.as_view(), name="api-run-rerun"),
    path("webhooks/<str:webhook_id>/security", webhook_api.SecurityView.as_view(), name="api-webhook-security"),
    path(
        "webhooks/<str:webhook_id>/rotate-secret",
        webhook_api.RotateSecretView.as_view(),
        name="api-webhook-rotate-secret",
    ),
    path("webhooks/<str:webhook_id>/requests", webhook_api.RequestsView.as_view(), name="api-webhook-requests"),
    path("webhooks/<str:webhook_id>/captured", webhook_api.CapturedView.as_view(), name="api-webhook-captured"),
    path(
        "webhooks/<str:webhook_id>/captured/<str:captured_id>/run",
        webhook_api.RunCapturedView.as_view(),
        name="api-webhook-captured-run",
    ),
]
