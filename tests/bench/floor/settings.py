"""The product's settings with other addresses, so that a floor passes through the same web server and, under /webhooks, the same middleware."""

from dragops_site.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.floor.urls"
