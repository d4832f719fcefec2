"""A Celery app of its own, beside the product's, whose one task does nothing."""

from celery import Celery

app = Celery("floor", amqp="dragops_site.broker:AMQP", set_as_current=False)
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(name="floor.nothing")
def nothing() -> None:
    """What a message for each execution would cost at least."""
