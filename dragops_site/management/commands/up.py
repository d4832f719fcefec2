"""`python manage.py up`: the whole server, one command."""

import contextlib
import logging
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from dragops_site import preparation, vault
from dragops_site.preparation import Admin
from dragops_site.supervisor import fleet, ports, valkey
from dragops_site.supervisor.children import Program
from dragops_site.supervisor.fleet import Address
from dragops_site.supervisor.folder import DataFolder, Unusable
from dragops_site.supervisor.keeper import Keeper
from dragops_site.supervisor.probe import Probe

MOST_WORKERS = 64


class Command(BaseCommand):
    help = "Run the whole server: prepares the data folder and the database, then keeps Valkey, web, workers and beat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", default="8000", help="port to listen on (8000)")
        parser.add_argument("--data-dir", help="where everything is kept (DRAGOPS_DATA_DIR, else ~/.dragops)")
        parser.add_argument("--workers", help="worker processes (as many as CPUs, at most 4)")
        parser.add_argument("--no-examples", action="store_true", help="load no example patterns on the first start")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            self._up(options)
        except Unusable as error:
            sys.exit(f"DRAGOPS cannot start. {error}")
        except KeyboardInterrupt:
            pass
        os._exit(0)  # all is stopped and printed; the interpreter's own tidying takes a quarter second more

    def _up(self, options: dict[str, Any]) -> None:
        address = Address(_host(options["host"]), _number("--port", options["port"], 65_535))
        workers = _number("--workers", options["workers"] or str(fleet.default_workers()), MOST_WORKERS)
        os.umask(0o077)  # what lies in the data folder is for its owner
        folder = DataFolder(_data_dir(options["data_dir"]))
        ports.check(address.host, address.port)
        environment = _environment(folder, address)
        with _private_valkey() as private, Keeper(self._print) as keeper:
            if private:
                keeper.start(private)
            self._say("Preparing …")
            with keeper.interruptible(), _without_chatter():
                admin = _prepare(with_examples=not options["no_examples"])
            for program in fleet.server(address, workers, folder.server_id(), environment):
                keeper.start(program)
            self._keep(keeper, address, admin, folder)

    def _keep(self, keeper: Keeper, address: Address, admin: Admin | None, folder: DataFolder) -> None:
        """Keep the server until it is asked to stop, and greet when it is ready."""
        probe = Probe(address.local_host, address.port, "/readyz", _host_header())
        greeted = False

        def greet() -> None:
            nonlocal greeted
            greeted = True
            lines = ["", "DRAGOPS is ready.", f"  Open     {address.url}", f"  Sign in  {_sign_in(admin)}"]
            self._say("\n".join([*lines, f"  Data     {folder.path}", "  Stop     Ctrl+C", ""]))

        try:
            keeper.run(probe.look, greet)
        finally:
            probe.close()
            if admin and not greeted:  # the password is not to be had again
                self._say(f"Sign in  {_sign_in(admin)}")
            self._say("Stopping …")

    def _print(self, name: str, line: str) -> None:
        self._say(f"{name:<9}| {line}")

    def _say(self, text: str) -> None:
        """Print; that nobody reads it any more is no reason to end."""
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except OSError:
            sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - for the rest of this process


@contextlib.contextmanager
def _without_chatter() -> Iterator[None]:
    """What the preparation logs below a warning is not told."""
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _prepare(*, with_examples: bool) -> Admin | None:
    """Make the database and the static files ready; the admin, when this is the first start."""
    preparation.await_database()
    with preparation.turn():
        preparation.migrate()
        admin = preparation.first_admin()
        if admin and with_examples:
            preparation.load_examples(admin.user)
    preparation.collect_static()
    connections.close_all()
    if os.environ.get("REDIS_URL"):
        preparation.await_broker()
    return admin


def _environment(folder: DataFolder, address: Address) -> dict[str, str]:
    """What every child finds in its environment besides ours."""
    paths = [str(settings.BASE_DIR), os.environ.get("PYTHONPATH", "")]
    return {
        "DJANGO_SETTINGS_MODULE": "dragops_site.settings",
        "DRAGOPS_DATA_DIR": str(folder.path),
        "DRAGOPS_ENCRYPTION_KEYS": _encryption_keys(folder),
        "DRAGOPS_PUBLIC_URL": os.environ.get("DRAGOPS_PUBLIC_URL") or address.url,
        "DRAGOPS_SECRET_KEY": folder.secret_key(),
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYTHONUNBUFFERED": "1",
        "REDIS_URL": settings.REDIS_URL,
    }


def _encryption_keys(folder: DataFolder) -> str:
    keys = folder.encryption_keys()
    try:
        vault.read_keys(keys)
    except vault.NoKey as error:
        raise Unusable(f"{error} See DRAGOPS_ENCRYPTION_KEYS, or the file encryption_key in {folder.path}.") from None
    return keys


@contextlib.contextmanager
def _private_valkey() -> Iterator[Program | None]:
    """The Valkey of our own, None when there is one given; its socket is removed at the end."""
    if os.environ.get("REDIS_URL"):
        yield None
        return
    try:
        valkey.prepare(settings.REDIS_SOCKET)
        program = fleet.private_valkey(settings.REDIS_SOCKET)
    except (valkey.NoValkey, OSError) as error:
        raise Unusable(str(error)) from None
    try:
        yield program
    finally:
        valkey.tidy(settings.REDIS_SOCKET)


def _sign_in(admin: Admin | None) -> str:
    if admin is None:
        return "with your e-mail address and password"
    if admin.password:
        return f"{admin.user.email}, password {admin.password} (shown only this once)"
    return f"{admin.user.email}, with the password of DRAGOPS_ADMIN_PASSWORD"


def _data_dir(given: str | None) -> Path:
    if given is not None and not given.strip():
        raise Unusable("--data-dir names no folder.")
    return Path(settings.DATA_DIR)


def _host(given: str) -> str:
    if not given.strip():
        raise Unusable("--host names no address.")
    return given.strip().strip("[]")


def _number(option: str, given: str, most: int) -> int:
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= most):
        raise Unusable(f"{option} must be a number from 1 to {most}, not {given!r}.")
    return int(given)


def _host_header() -> str:
    """A name that our own web server answers to."""
    named = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return named[0] if named and "*" not in settings.ALLOWED_HOSTS else "localhost"
