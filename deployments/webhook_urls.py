"""Addresses of the webhooks. They take any text for an id, so that a wrong one is answered in JSON too."""

from django.urls import path, re_path

from deployments import webhook_resume, webhooks

urlpatterns = [
    re_path(r"^webhooks/resume/(?P<token>.*)$", webhook_resume.resume, name="webhook-resume"),
    re_path(r"^webhooks/(?P<key>.*)$", webhooks.by_webhook_id, name="webhook"),
    path("api/webhooks/<str:key>", webhooks.by_pattern_id, name="webhook-of-pattern"),
]
