"""E: lists, filters, statistics and an execution's page over histories that `manage.py seed_history` writes."""

import subprocess
import sys
from dataclasses import dataclass
from time import perf_counter

import httpx

from tests.bench.figures import Reading, percentile
from tests.bench.load import Refused
from tests.bench.servers import Product, product
from tests.bench.workload import Bench
from tests.server.conftest import ADMIN
from tests.server.running import ROOT, clean_env

ASKED = 9  # times, each page
WORKERS = 1


@dataclass
class History:
    """A server over a history, and somebody who is signed in to its pages."""

    product: Product
    pages: httpx.Client
    addresses: dict[str, str]


def lists(bench: Bench) -> list[Reading]:
    readings = []
    for runs in bench.scale.histories:
        history = _history(bench, runs)
        bench.tell(f"E, {runs:,} executions")
        least = _milliseconds(history, "/healthz")
        for name, address in history.addresses.items():
            found = _milliseconds(history, address)
            readings.append(Reading(f"{name}, {runs:,}", found, "ms", least, "an empty answer"))
    return readings


def _milliseconds(history: History, address: str) -> float:
    """The median of some requests, the first of which does not count."""
    client = history.pages if not address.startswith("/api") else history.product.client.http
    taken = []
    for _ in range(ASKED + 1):
        began = perf_counter()
        answer = client.get(address)
        taken.append((perf_counter() - began) * 1e3)
        if answer.status_code != 200:
            raise Refused(f"{address} answered {answer.status_code}")
    return percentile(taken[1:], 50)


def _history(bench: Bench, runs: int) -> History:
    """Made once, however often the workload is repeated."""
    key = f"history of {runs}"
    if key not in bench.kept:
        bench.tell(f"E, {runs:,} executions are written")
        server = bench.stack.enter_context(product(bench.cluster, WORKERS))
        _seed(server, runs)
        bench.kept[key] = History(server, _signed_in(server), _addresses(server))
    found: History = bench.kept[key]
    return found


def _seed(server: Product, runs: int) -> None:
    folder = server.server.data_dir
    keys = (folder / "encryption_key").read_text().strip()
    given = {"DRAGOPS_DATA_DIR": str(folder), "DRAGOPS_ENCRYPTION_KEYS": keys}
    given |= {"DATABASE_URL": server.database.url} if server.database.url else {}
    command = [sys.executable, "manage.py", "seed_history", "--runs", str(runs)]
    ended = subprocess.run(command, cwd=ROOT, env=clean_env(**given), capture_output=True, text=True, check=False)
    if ended.returncode:
        raise Refused(f"no history was written: {ended.stderr[-500:]}")


def _signed_in(server: Product) -> httpx.Client:
    client = httpx.Client(base_url=server.server.url, trust_env=False, timeout=120, follow_redirects=True)
    client.get("/sign-in")
    form = {"email": ADMIN["DRAGOPS_ADMIN_EMAIL"], "password": ADMIN["DRAGOPS_ADMIN_PASSWORD"]}
    token = client.cookies.get("csrftoken", "")
    answer = client.post("/sign-in", data={**form, "csrfmiddlewaretoken": token})
    if answer.status_code != 200 or answer.url.path == "/sign-in":
        raise Refused(f"nobody could sign in: {answer.status_code}")
    return client


def _addresses(server: Product) -> dict[str, str]:
    """The pages that are asked for, by name."""
    newest, old, pattern = server.database.landmarks()
    return {
        "overview": "/",
        "overview over 30 days": "/?period=30d",
        "first page": "/executions",
        "deep page": f"/executions?cursor={old}",
        "those that failed": "/executions?status=failed",
        "by trigger and duration": "/executions?trigger=webhook&min=100",
        "of one deployment": f"/deployments/{pattern}",
        "errors, grouped": "/executions/errors",
        "an execution": f"/executions/{newest}",
        "first page, API": "/api/runs?limit=25",
        "statistics, API": "/api/runs/stats",
    }
