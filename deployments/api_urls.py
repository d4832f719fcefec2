"""Addresses of the REST API under /api."""

from django.urls import path

from deployments import (
    again_api,
    api,
    callable_api,
    changes_api,
    connection_api,
    environment_api,
    schedule_api,
    tap_api,
    webhook_api,
)

urlpatterns = [
    path("patterns/<str:pattern_id>/deploy", api.PatternDeployView.as_view(), name="api-pattern-deploy"),
    path("patterns/<str:pattern_id>/deployment", api.PatternDeploymentView.as_view(), name="api-pattern-deployment"),
    path("patterns/<str:pattern_id>/versions", api.VersionsView.as_view(), name="api-pattern-versions"),
    path(
        "patterns/<str:pattern_id>/versions/<int:number>",
        changes_api.VersionView.as_view(),
        name="api-pattern-version",
    ),
    path("patterns/<str:pattern_id>/changes", changes_api.ChangesView.as_view(), name="api-pattern-changes"),
    path("callable", callable_api.CallableView.as_view(), name="api-callable"),
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
        "environments/<str:environment_id>/deployments",
        environment_api.EnvironmentDeploymentsView.as_view(),
        name="api-environment-deployments",
    ),
    path(
        "environments/<str:environment_id>/variables/<str:name>",
        environment_api.VariableView.as_view(),
        name="api-environment-variable",
    ),
    path(
        "environments/<str:environment_id>/secrets/<str:name>",
        environment_api.SecretView.as_view(),
        name="api-environment-secret",
    ),
    path("connections", connection_api.ConnectionsView.as_view(), name="api-connections"),
    path("connections/api-key", connection_api.ApiKeyView.as_view(), name="api-connections-api-key"),
    path("connections/bearer", connection_api.BearerView.as_view(), name="api-connections-bearer"),
    path("connections/basic", connection_api.BasicView.as_view(), name="api-connections-basic"),
    path("connections/headers", connection_api.HeadersView.as_view(), name="api-connections-headers"),
    path("connections/oauth2", connection_api.OAuth2View.as_view(), name="api-connections-oauth2"),
    path("connections/<str:connection_id>", connection_api.ConnectionView.as_view(), name="api-connection"),
    path("schedules/next", schedule_api.NextTicksView.as_view(), name="api-schedules-next"),
    path("runs/redrive", again_api.RedriveView.as_view(), name="api-runs-redrive"),
    path("runs/<str:run_id>/fork", again_api.ForkView.as_view(), name="api-run-fork"),
    path("runs/<str:run_id>/rerun", again_api.RerunView.as_view(), name="api-run-rerun"),
    path("webhooks/<str:webhook_id>/tap", tap_api.TapView.as_view(), name="api-webhook-tap"),
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
