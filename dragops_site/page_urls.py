"""Addresses of the pages that belong to no app."""

from django.urls import path

from dragops_site import account_pages, hub_pages, pages, quickstart, reset_pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("sign-in", pages.sign_in, name="sign-in"),
    path("forgot-password", reset_pages.forgot_password, name="forgot-password"),
    path("reset-password/<str:uidb64>/<str:token>", reset_pages.reset_password, name="reset-password"),
    path("account", account_pages.account, name="account"),
    path("settings", hub_pages.settings_hub, name="settings"),
    path("settings/tokens", account_pages.tokens, name="tokens"),
    path("settings/tokens/<uuid:token_id>/revoke", account_pages.token_revoke, name="token-revoke"),
    path("settings/users", account_pages.people, name="users"),
    path("settings/users/<int:user_id>", account_pages.person_change, name="user-change"),
    path("settings/users/<int:user_id>/password-link", account_pages.password_link, name="user-password-link"),
    path("settings/audit", account_pages.audit_trail, name="audit"),
    path("quick-start", quickstart.quickstart, name="quick-start"),
    path("sign-out", pages.sign_out, name="sign-out"),
]
