"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from dragops_site import health, pages
from executions.metrics import MetricsView

urlpatterns = [
    path("healthz", health.live, name="healthz"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("readyz", health.ready, name="readyz"),
    # Before the API: callers may also fire a pattern at /api/webhooks/<pattern id>.
    path("", include("deployments.webhook_urls")),
    path("api/", include("dragops_site.api_urls")),
    path("admin/login/", pages.admin_sign_in, name="admin-sign-in"),
    path("admin/", admin.site.urls),
    path("", include("dragops_site.page_urls")),
    path("", include("patterns.urls")),
    path("", include("executions.urls")),
    path("", include("deployments.urls")),
]

handler400 = "dragops_site.api_errors.bad_request"
handler403 = "dragops_site.api_errors.permission_denied"
handler404 = "dragops_site.api_errors.page_not_found"
handler500 = "dragops_site.api_errors.server_error"
