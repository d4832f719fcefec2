"""What `up` does before the server runs: the database, the static files, the first admin."""

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import redis
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import call_command
from django.core.validators import validate_email
from django.db import DatabaseError, IntegrityError, connection, connections

from dragops_site.accounts.models import User
from dragops_site.supervisor.folder import Unusable

PATIENCE_S = 5.0
TURN_LOCK = 0x_D7A6_0F5  # any number, the same for all servers


@dataclass(frozen=True)
class Admin:
    """The first admin, just created. `password` is empty where the environment gave it."""

    email: str
    password: str


def prepare(*, with_examples: bool) -> Admin | None:
    """Make the database and the static files ready; the admin, when this is the first start."""
    await_database()
    with turn():
        migrate()
        admin = first_admin()
        if admin and with_examples:
            load_examples(User.objects.get(email=admin.email))
    collect_static()
    connections.close_all()
    if os.environ.get("REDIS_URL"):
        await_broker()
    return admin


def await_database() -> None:
    """Raises Unusable when the database does not answer within a few seconds."""
    if connection.vendor == "postgresql":
        connection.settings_dict.setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
    until = time.monotonic() + (PATIENCE_S if connection.vendor == "postgresql" else 0)
    while True:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            return
        except (DatabaseError, ImproperlyConfigured) as error:
            connection.close()
            if time.monotonic() >= until:
                raise Unusable(f"The database does not answer ({_where()}): {_one_line(error)}") from None
        time.sleep(0.3)


def await_broker() -> None:
    """Raises Unusable when the server of REDIS_URL does not answer within a few seconds."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2) as client:
                client.ping()
            return
        except (redis.RedisError, OSError, ValueError) as error:
            if time.monotonic() >= until or isinstance(error, ValueError | redis.AuthenticationError):
                raise Unusable(f"The server of REDIS_URL does not answer: {_one_line(error)}") from None
        time.sleep(0.3)


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """One server at a time prepares a database that several share."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [TURN_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [TURN_LOCK])


def migrate() -> None:
    try:
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    except DatabaseError as error:
        raise Unusable(f"The database cannot be prepared ({_where()}): {_one_line(error)}") from error


def collect_static() -> None:
    """Collect the static files where they are served from, when one of them is new or changed."""
    stamp = Path(settings.STATIC_ROOT).with_name("static.stamp")
    found = _digest_of_sources()
    if stamp.exists() and stamp.read_text() == found and Path(settings.STATIC_ROOT).is_dir():
        return
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True)
    stamp.write_text(found)


def first_admin() -> Admin | None:
    """Create an admin where there is no user at all; None where there is one."""
    if User.objects.exists():
        return None
    email = os.environ.get("DRAGOPS_ADMIN_EMAIL") or "admin@dragops.local"
    given = os.environ.get("DRAGOPS_ADMIN_PASSWORD", "")
    password = given or secrets.token_urlsafe(12)
    try:
        validate_email(email)
        user = User.objects.create_superuser(email, password)
    except ValidationError:
        raise Unusable(f"DRAGOPS_ADMIN_EMAIL is not an e-mail address: {email!r}") from None
    except IntegrityError:  # another server was faster
        return None
    return Admin(user.email, "" if given else password)


def load_examples(owner: User) -> None:
    """Load the example patterns and deploy them, in the name of the owner."""
    from deployments.examples import load_examples as load  # an app above us: imported when it is wanted

    load(owner)


def _digest_of_sources() -> str:
    digest = hashlib.sha256(str(settings.STATIC_ROOT).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _where() -> str:
    """The database's place, without its password."""
    found = connection.settings_dict
    return str(found["NAME"]) if connection.vendor == "sqlite" else f"{found['NAME']} at {found['HOST'] or 'localhost'}"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
