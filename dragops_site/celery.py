"""The Celery app: the doorbell and the worker; what is to be done stands in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dragops_site.settings")

app = Celery("dragops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
