"""`python manage.py rotate_secrets`: seal every secret with the first encryption key."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from dragops_site import vault


class Command(BaseCommand):
    help = "Seal every secret with the first of DRAGOPS_ENCRYPTION_KEYS; the others can be removed afterwards."

    def handle(self, *_: Any, **options: Any) -> None:
        failed = False
        for model, field in settings.SEALED_FIELDS:
            done, closed = vault.rotate(model, field)
            print(f"{model}.{field}: {done} sealed with the first key, {len(closed)} that no key opens")
            for row in closed:
                print(f"  {row}")
            failed = failed or bool(closed)
        if failed:
            sys.exit("Some secrets could not be opened. Keep the old keys, or set these secrets anew.")
