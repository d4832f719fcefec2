"""`python manage.py up`: the whole server, one command."""

import contextlib
import json
import logging
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from dragops_site import preloading, preparation, vault
from dragops_site.preparation import Admin
from dragops_site.supervisor import early, fleet, valkey
from dragops_site.supervisor.children import Program
from dragops_site.supervisor.early import Ground
from dragops_site.supervisor.fleet import Address
from dragops_site.supervisor.folder import DataFolder, Unusable
from dragops_site.supervisor.forks import CAN_FORK
from dragops_site.supervisor.keeper import Keeper
from dragops_site.supervisor.probe import Probe


class Command(BaseCommand):
    help = "Run the whole server: prepares the data folder and the database, then keeps Valkey, web, workers and beat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        early.add_options(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            self._up(_ground(), with_examples=not options["no_examples"])
        except Unusable as error:
            sys.exit(f"DRAGOPS cannot start. {error}")
        except KeyboardInterrupt:
            pass
        os._exit(0)  # all is stopped and printed; the interpreter's own tidying takes a quarter second more

    def _up(self, ground: Ground, *, with_examples: bool) -> None:
        _check_keys()
        with _private_valkey() as private, Keeper(self._print) as keeper:
            if private:
                keeper.start(private)
            self._say("Preparing …")
            work = partial(_prepare, with_examples=with_examples)
            with keeper.errand("prepare", work) as answer, keeper.interruptible():
                if CAN_FORK:
                    preloading.preload()
                admin = _heard(answer())
            for program in fleet.server(ground.address, ground.workers, ground.folder.server_id(), ground.folder.path):
                keeper.start(program)
            self._keep(keeper, ground.address, admin, ground.folder)

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


def _ground() -> Ground:
    if early.ground is None:
        raise Unusable("It is started by `python manage.py up`, which makes its keys before the settings are read.")
    return early.ground


@contextlib.contextmanager
def _without_chatter() -> Iterator[None]:
    """What the preparation logs below a warning is not told."""
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _prepare(*, with_examples: bool) -> str:
    """Make all ready, and tell another process what came of it."""
    try:
        with _without_chatter():
            admin = preparation.prepare(with_examples=with_examples)
    except Unusable as error:
        return json.dumps({"unusable": str(error)})
    return json.dumps({"admin": admin and asdict(admin)})


def _heard(answer: str) -> Admin | None:
    if not answer:
        raise Unusable("The preparation has failed; what went wrong stands above.")
    found = json.loads(answer)
    if "unusable" in found:
        raise Unusable(found["unusable"])
    return Admin(**found["admin"]) if found["admin"] else None


def _check_keys() -> None:
    try:
        vault.read_keys(settings.ENCRYPTION_KEYS)
    except vault.NoKey as error:
        where = f"the file encryption_key in {settings.DATA_DIR}"
        raise Unusable(f"{error} See DRAGOPS_ENCRYPTION_KEYS, or {where}.") from None


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
        return f"{admin.email}, password {admin.password} (shown only this once)"
    return f"{admin.email}, with the password of DRAGOPS_ADMIN_PASSWORD"


def _host_header() -> str:
    """A name that our own web server answers to."""
    named = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return named[0] if named and "*" not in settings.ALLOWED_HOSTS else "localhost"
