"""Functions of ours as programs: `python -m dragops_site.supervisor.targets <dotted name> <argument>…`."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any


def call(target: Sequence[str]) -> Any:
    """Call the function with that dotted name, with the arguments that follow it."""
    module, _, name = target[0].rpartition(".")
    return getattr(import_module(module), name)(*target[1:])


def command(target: Sequence[str]) -> list[str]:
    """How a program of its own does the same."""
    return [sys.executable, "-m", "dragops_site.supervisor.targets", *target]


if __name__ == "__main__":
    import django

    django.setup()
    call(sys.argv[1:])
