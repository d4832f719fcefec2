"""What must be settled before Django reads its settings: where the server keeps its data, its keys, its address.

The settings are read once, by `up`; its children go on from there, or find the same in their environment.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dragops_site.supervisor import fleet, ports
from dragops_site.supervisor.fleet import Address
from dragops_site.supervisor.folder import DataFolder, Unusable

MOST_WORKERS = 64
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ground:
    """What a server stands on. The data folder is held."""

    folder: DataFolder
    address: Address
    workers: int


ground: Ground | None = None  # of this process


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", default="8000", help="port to listen on (8000)")
    parser.add_argument("--data-dir", help="where everything is kept (DRAGOPS_DATA_DIR, else ~/.dragops)")
    parser.add_argument("--workers", help="worker processes (as many as CPUs, at most 4)")
    parser.add_argument("--no-examples", action="store_true", help="load no example patterns on the first start")


def take(arguments: Sequence[str]) -> None:
    """Settle what these arguments of `up` ask for; ends the program, with the reason, where that cannot be."""
    global ground
    if {"-h", "--help"} & set(arguments):  # the command's own parser knows the rest of the options
        return
    parser = ArgumentParser("manage.py up", add_help=False)
    add_options(parser)
    try:
        ground = settle(vars(parser.parse_known_args(arguments)[0]))
    except Unusable as error:
        sys.exit(f"DRAGOPS cannot start. {error}")


def settle(options: Mapping[str, Any]) -> Ground:
    """Take the data folder, and put into the environment what the settings are read from; raises Unusable."""
    address = Address(_host(options["host"]), _number("--port", options["port"], 65_535))
    workers = _number("--workers", options["workers"] or str(fleet.default_workers()), MOST_WORKERS)
    os.umask(0o077)  # what lies in the data folder is for its owner
    folder = DataFolder(_data_dir(options["data_dir"]))
    ports.check(address.host, address.port)
    folder.secret_key(), folder.encryption_keys()  # made where there are none; the settings read the files
    os.environ.update(_environment(folder, address))
    return Ground(folder, address, workers)


def _environment(folder: DataFolder, address: Address) -> dict[str, str]:
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]  # for the programs that workers start
    return {
        "DRAGOPS_DATA_DIR": str(folder.path),
        "DRAGOPS_PUBLIC_URL": os.environ.get("DRAGOPS_PUBLIC_URL") or address.url,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYTHONUNBUFFERED": "1",
    }


def _data_dir(given: str | None) -> Path:
    if given is not None and not given.strip():
        raise Unusable("--data-dir names no folder.")
    named = given or os.environ.get("DRAGOPS_DATA_DIR")
    return (Path(named) if named else Path.home() / ".dragops").expanduser().absolute()


def _host(given: str) -> str:
    if not given.strip():
        raise Unusable("--host names no address.")
    return given.strip().strip("[]")


def _number(option: str, given: str, most: int) -> int:
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= most):
        raise Unusable(f"{option} must be a number from 1 to {most}, not {given!r}.")
    return int(given)
