#!/usr/bin/env python
"""Command line of DRAGOPS; `python manage.py up` runs the whole server."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dragops_site.settings")
    if sys.argv[1:2] == ["up"]:
        from dragops_site.supervisor import early

        early.take(sys.argv[2:])
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"The configuration is wrong: {error}")


if __name__ == "__main__":
    main()
