"""Addresses of the pages."""

from django.urls import path, re_path

from executions import bulk_pages, error_pages, pages, run_list, waterfall_pages

_ID = r"(?P<execution_id>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"

urlpatterns = [
    path("executions", run_list.executions, name="executions"),
    path("executions/errors", error_pages.errors, name="execution-errors"),
    path("executions/bulk", bulk_pages.bulk_page, name="execution-bulk"),
    path("executions/bulk/<uuid:job_id>", bulk_pages.bulk_job, name="execution-bulk-job"),
    path("executions/bulk/<uuid:job_id>/stop", bulk_pages.bulk_stop, name="execution-bulk-stop"),
    path("executions/bulk/<uuid:job_id>/undo", bulk_pages.bulk_undo, name="execution-bulk-undo"),
    path("executions/<uuid:execution_id>", pages.execution, name="execution"),
    path("executions/<uuid:execution_id>/waterfall", waterfall_pages.waterfall_page, name="execution-waterfall"),
    path("executions/<uuid:execution_id>/log", pages.log, name="execution-log"),
    path("executions/<uuid:execution_id>/log/<int:seq>", pages.entry, name="execution-entry"),
    path("executions/<uuid:execution_id>/execution.json", pages.whole, name="execution-whole"),
    re_path(rf"^executions/{_ID}/(?P<name>event|result)\.json$", pages.data, name="execution-data"),
    path("executions/<uuid:execution_id>/cancel", pages.cancel_page, name="execution-cancel"),
    path("executions/<uuid:execution_id>/retry", pages.retry_page, name="execution-retry"),
    path("patterns/<uuid:pattern_id>/test-run", pages.test_run, name="pattern-test-run"),
]
