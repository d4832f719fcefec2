"""Every address under /api; each app keeps its own."""

from django.urls import include, path

from dragops_site import api_audit, api_auth, api_docs, api_storage, api_tokens, api_users

urlpatterns = [
    path("auth/providers", api_auth.ProvidersView.as_view(), name="api-auth-providers"),
    path("auth/register", api_auth.RegisterView.as_view(), name="api-auth-register"),
    path("auth/login", api_auth.LoginView.as_view(), name="api-auth-login"),
    path("auth/refresh", api_auth.RefreshView.as_view(), name="api-auth-refresh"),
    path("tokens", api_tokens.TokensView.as_view(), name="api-tokens"),
    path("tokens/<str:token_id>", api_tokens.TokenView.as_view(), name="api-token"),
    path("audit", api_audit.AuditView.as_view(), name="api-audit"),
    path("users", api_users.UsersView.as_view(), name="api-users"),
    path("users/<str:user_id>", api_users.UserView.as_view(), name="api-user"),
    path("storage", api_storage.StorageView.as_view(), name="api-storage"),
    path("schema", api_docs.SchemaView.as_view(), name="api-schema"),
    path("docs", api_docs.DocsView.as_view(), name="api-docs"),
    path("", include("patterns.api_urls")),
    path("", include("deployments.api_urls")),
    path("", include("executions.api_urls")),
]
