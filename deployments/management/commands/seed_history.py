"""Fill a database with executions that never ran, to see how the pages do with a long history."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deployments.models import Deployment
from deployments.seeding import Plan, seed_history

WIDTH = 40


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--runs", type=int, default=1_000_000)
        parser.add_argument("--entries", type=int, default=10, help="entries of the log, for each run")
        parser.add_argument("--deployments", type=int, default=50)
        parser.add_argument("--days", type=int, default=29)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--force", action="store_true", help="though there are deployments already")

    def handle(self, **given: Any) -> None:
        if Deployment.objects.exists() and not given["force"]:
            raise CommandError("There are deployments in this database. Use an empty one, or --force.")
        plan = Plan(*(given[name] for name in ("runs", "entries", "deployments", "days", "seed")))
        if min(plan.runs, plan.entries, plan.days) < 0 or plan.deployments < 1:
            raise CommandError("The numbers cannot be negative, and there is at least one deployment.")
        seed_history(plan, lambda done: self._tell(done, plan.runs))

    def _tell(self, done: int, total: int) -> None:
        if sys.stderr.isatty() or done == total:
            filled = WIDTH * done // total
            end = "\n" if done == total else ""
            sys.stderr.write(f"\r[{'=' * filled}{' ' * (WIDTH - filled)}] {done:,} of {total:,} executions{end}")
            sys.stderr.flush()
