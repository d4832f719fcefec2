"""The settings of a test run: those of the product, with a data folder, a database and a Valkey of its own.

The environment is set before the settings are read, so that nothing of a real installation is touched and two test
runs on one machine do not meet. Processes that tests start get it too (fixture `process_env`).
"""

import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from dragops_site.supervisor.valkey import socket_path

TEST_FOLDER = Path(tempfile.mkdtemp(prefix="dragops-test-"))
(TEST_FOLDER / "static").mkdir()  # WhiteNoise warns when it is not there
TEST_SOCKET = socket_path(TEST_FOLDER)
OWN_VALKEY = not os.environ.get("REDIS_URL")


def _test_redis_url(url: str) -> str:
    """The given server, at database 15 unless the address names one, so that a flush touches only what is ours."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return url if "db=" in parts.query else f"{url}?db=15"
    return url if parts.path.strip("/") else parts._replace(path="/15").geturl()


os.environ["DRAGOPS_DATA_DIR"] = str(TEST_FOLDER)
os.environ["REDIS_URL"] = f"unix://{TEST_SOCKET}" if OWN_VALKEY else _test_redis_url(os.environ["REDIS_URL"])
os.environ["DRAGOPS_ENCRYPTION_KEYS"] = "dGhlIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzIC4="
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in the main thread; the ORM minds.

from dragops_site.settings import *  # noqa: E402, F403
from dragops_site.settings import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real ones are slow on purpose
if "sqlite" not in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": os.environ.get("DRAGOPS_TEST_DB") or f"test_dragops_{os.getpid()}"}
MASKS_KEPT_S = 1e9  # or a test that counts queries would count one more, now and then
REQUEST_LOG_EVERY_S = 0  # not by a thread of its own, which would see nothing of a test's transaction
API_CALLS_A_MINUTE = 0  # users of different tests share their number
