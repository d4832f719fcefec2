"""Addresses of the pages."""

from django.urls import path, re_path

from executions import pages

_ID = r"(?P<execution_id>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"

urlpatterns = [
    path("executions/<uuid:execution_id>", pages.execution, name="execution"),
    path("executions/<uuid:execution_id>/log", pages.log, name="execution-log"),
    path("executions/<uuid:execution_id>/log/<int:seq>", pages.entry, name="execution-entry"),
    re_path(rf"^executions/{_ID}/(?P<name>event|result)\.json$", pages.data, name="execution-data"),
    path("executions/<uuid:execution_id>/cancel", pages.cancel_page, name="execution-cancel"),
    path("executions/<uuid:execution_id>/retry", pages.retry_page, name="execution-retry"),
    path("patterns/<uuid:pattern_id>/test-run", pages.test_run, name="pattern-test-run"),
]
