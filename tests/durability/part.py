"""What one process of the long form does: its share of the kinds, on the database of its environment.

Prints a line of JSON for each thing that it has to tell: the number of runs to come, the tally of a run, a fault.
"""

import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.durability.campaign import Plan, Prepared

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"


def main() -> None:
    import django

    django.setup()
    options = _options()
    with _surroundings() as env:
        _work(env, options)


def _options() -> Namespace:
    parser = ArgumentParser()
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument(
        "--pairs", type=int, default=0, help="runs of each kind that are killed several times, anywhere"
    )
    parser.add_argument("--random", type=int, default=0, help="random programs")
    parser.add_argument("--sample", type=int, default=0, help="take so many of a kind's points, instead of all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="kinds whose name has this in it")
    return parser.parse_args()


@contextmanager
def _surroundings() -> Iterator[dict[str, str]]:
    """A database with its tables and a private Valkey; the environment of processes that work on them."""
    import shutil

    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from tests.conftest import start_valkey
    from tests.settings import TEST_FOLDER

    valkey = start_valkey()
    try:
        call_command("migrate", verbosity=0)
        yield {**os.environ, "DRAGOPS_SECRET_KEY": settings.SECRET_KEY}
    finally:
        connection.close()
        if valkey:
            valkey.close()
        shutil.rmtree(TEST_FOLDER, ignore_errors=True)


def _work(env: dict[str, str], options: Namespace) -> None:
    from tests.durability.campaign import Campaign
    from tests.durability.patterns import KINDS, random_kinds
    from tests.durability.server import RecordingServer
    from tests.durability.workers import Nursery

    server, random = RecordingServer(), Random(options.seed)
    kinds = [*KINDS, *random_kinds(options.random, options.seed)]
    mine = [kind for kind in kinds if options.only in kind.name][options.part :: options.parts]
    with Nursery(env) as nursery:
        campaign = Campaign(server, nursery, lambda text: _tell(fault=text))
        for position, kind in enumerate(mine):
            prepared = campaign.prepare(kind)
            plans = list(_plans(prepared, random, options))
            _tell(kind=kind.name, plans=len(plans), kinds_left=len(mine) - position - 1)
            for plan in plans:
                _tell(tally=asdict(prepared.disturb(plan)))
    server.close()


def _plans(prepared: "Prepared", random: Random, options: Namespace) -> "Iterator[Plan]":
    if options.sample:
        yield from random.sample(list(prepared.single_kills()), options.sample)
        yield from prepared.kills_in_turn([])
    else:
        yield from prepared.single_kills()
        yield from prepared.kills_in_turn()
    yield from prepared.random_plans(random, options.pairs)


def _tell(**what: Any) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
