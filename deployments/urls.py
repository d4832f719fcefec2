"""Addresses of the pages."""

from django.urls import path

from deployments import environment_pages, pages, settings_pages, trigger_pages, verb_pages, webhook_pages

urlpatterns = [
    path("deployments", pages.deployments, name="deployments"),
    path("deployments/alarms", pages.alarms, name="alarms"),
    path("deployments/<uuid:pattern_id>", pages.deployment, name="deployment"),
    path("deployments/<uuid:pattern_id>/pause", verb_pages.pause_page, name="deployment-pause"),
    path("deployments/<uuid:pattern_id>/resume", verb_pages.resume_page, name="deployment-resume"),
    path("deployments/<uuid:pattern_id>/rollback", verb_pages.rollback_page, name="deployment-rollback"),
    path("deployments/<uuid:pattern_id>/settings", settings_pages.deployment_settings, name="deployment-settings"),
    path("deployments/<uuid:pattern_id>/execute", verb_pages.execute_page, name="deployment-execute"),
    path("deployments/<uuid:pattern_id>/redrive", verb_pages.redrive_page, name="deployment-redrive"),
    path("environments", environment_pages.environments, name="environments"),
    path("environments/new", environment_pages.environment_new, name="environment-new"),
    path("environments/<uuid:environment_id>", environment_pages.environment, name="environment"),
    path("environments/<uuid:environment_id>/change", environment_pages.environment_change, name="environment-change"),
    path("environments/<uuid:environment_id>/variable", environment_pages.variable_page, name="environment-variable"),
    path("environments/<uuid:environment_id>/secret", environment_pages.environment_secret, name="environment-secret"),
    path("environments/<uuid:environment_id>/delete", environment_pages.environment_delete, name="environment-delete"),
    path("triggers", trigger_pages.trigger_list, name="triggers"),
    path("triggers/webhooks/<uuid:pattern_id>", webhook_pages.webhook, name="webhook"),
    path("triggers/webhooks/<uuid:pattern_id>/scheme", webhook_pages.scheme_page, name="webhook-scheme"),
    path("triggers/webhooks/<uuid:pattern_id>/secret", webhook_pages.secret_page, name="webhook-secret"),
    path(
        "triggers/webhooks/<uuid:pattern_id>/captured/<uuid:captured_id>",
        webhook_pages.captured,
        name="webhook-captured",
    ),
    path(
        "triggers/webhooks/<uuid:pattern_id>/captured/<uuid:captured_id>/run",
        webhook_pages.run_captured_page,
        name="webhook-captured-run",
    ),
    path("patterns/<uuid:pattern_id>/deploy", verb_pages.deploy_page, name="pattern-deploy"),
    path("patterns/<uuid:pattern_id>/undeploy", verb_pages.undeploy_page, name="pattern-undeploy"),
    path("executions/<uuid:execution_id>/again", verb_pages.execute_again, name="execution-again"),
]
