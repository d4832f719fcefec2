"""`python manage.py reset_link ada@example.org`: a link by which that person sets another password."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from dragops_site.accounts.models import User
from dragops_site.accounts.resets import make_link
from dragops_site.errors import Refused


class Command(BaseCommand):
    help = "Print a link by which the person of that e-mail address sets another password, within an hour."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *_: Any, email: str, **options: Any) -> None:
        person = User.objects.filter(email=email.strip().lower()).first()
        if person is None:
            sys.exit(f"Nobody here has the address {email}.")
        try:
            print(make_link(person, actor="the command line"))
        except Refused as refused:
            sys.exit(refused.message)
