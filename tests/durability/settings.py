"""The settings of the workers under test: the product's, but a run may be killed at every one of its steps in turn."""

import os

from dragops_site.settings import *  # noqa: F403
from dragops_site.settings import EXECUTIONS as THE_PRODUCTS

EXECUTIONS = {**THE_PRODUCTS, "RECOVERIES": 10_000}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("DRAGOPS_LOG_LEVEL", "CRITICAL")},
}
