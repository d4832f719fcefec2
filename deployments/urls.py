"""Addresses of the pages."""

from django.urls import path

from deployments import pages

urlpatterns = [
    path("deployments", pages.deployments, name="deployments"),
    path("deployments/<uuid:pattern_id>", pages.deployment, name="deployment"),
    path("deployments/<uuid:pattern_id>/pause", pages.pause_page, name="deployment-pause"),
    path("deployments/<uuid:pattern_id>/resume", pages.resume_page, name="deployment-resume"),
    path("deployments/<uuid:pattern_id>/rollback", pages.rollback_page, name="deployment-rollback"),
    path("deployments/<uuid:pattern_id>/settings", pages.settings_page, name="deployment-settings"),
    path("deployments/<uuid:pattern_id>/execute", pages.execute_page, name="deployment-execute"),
    path("patterns/<uuid:pattern_id>/deploy", pages.deploy_page, name="pattern-deploy"),
    path("patterns/<uuid:pattern_id>/undeploy", pages.undeploy_page, name="pattern-undeploy"),
    path("executions/<uuid:execution_id>/again", pages.execute_again, name="execution-again"),
]
