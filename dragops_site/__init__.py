"""Settings, URLs, the Celery app, process supervision, and helpers that every app shares."""

from dragops_site.celery import app as celery_app

__all__ = ["celery_app"]
