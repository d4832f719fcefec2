"""The settings of worker processes under test that know the nodes of `tests.executions.harm`."""

from dragops_site.settings import *  # noqa: F403
from dragops_site.settings import INSTALLED_APPS as KNOWN_APPS

INSTALLED_APPS = [*KNOWN_APPS, "tests.executions.harm.HarmConfig"]
