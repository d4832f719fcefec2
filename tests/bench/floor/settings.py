"""The product's settings with other addresses: a floor passes through the same web server, and the same middleware as
a webhook, whose addresses it has."""

from dragops_site.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.floor.urls"
