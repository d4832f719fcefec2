"""Every address under /api; each app keeps its own."""

from django.urls import include, path

urlpatterns = [
    path("", include("patterns.api_urls")),
    path("", include("deployments.api_urls")),
    path("", include("executions.api_urls")),
]
