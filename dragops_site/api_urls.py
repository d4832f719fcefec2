"""Every address under /api; each app keeps its own."""

from django.urls import include, path

from dragops_site import api_auth, api_docs

urlpatterns = [
    path("auth/providers", api_auth.ProvidersView.as_view(), name="api-auth-providers"),
    path("auth/register", api_auth.RegisterView.as_view(), name="api-auth-register"),
    path("auth/login", api_auth.LoginView.as_view(), name="api-auth-login"),
    path("auth/refresh", api_auth.RefreshView.as_view(), name="api-auth-refresh"),
    path("schema", api_docs.SchemaView.as_view(), name="api-schema"),
    path("docs", api_docs.DocsView.as_view(), name="api-docs"),
    path("", include("patterns.api_urls")),
    path("", include("deployments.api_urls")),
    path("", include("executions.api_urls")),
]
