"""D: how a server starts, what it holds when it has nothing to do, and after many runs; what a run leaves behind."""

import contextlib
from time import monotonic, perf_counter, sleep
from urllib.parse import urlsplit

import httpx

from tests.bench import processes
from tests.bench.figures import Reading
from tests.bench.load import Refused, at_once, post
from tests.bench.orders import five_nodes, order
from tests.bench.servers import Product, home, serving, signed_in
from tests.bench.workload import Bench, fired
from tests.server.running import Server

WORKERS, AT_ONCE = 1, 20
STARTED_WITHIN_S = 60


def life(bench: Bench) -> list[Reading]:
    with home(bench.cluster[0]) as (folder, env):
        bench.tell("D, first start")
        began = perf_counter()
        with serving(folder, env, WORKERS) as server:
            server.wait_ready(STARTED_WITHIN_S)
            first = perf_counter() - began
            product = signed_in(server, bench.cluster, env)
            pattern, url = product.deployed("D", five_nodes())
            own = _used(bench, product, pattern, url)
        bench.tell("D, second start")
        with serving(folder, env, WORKERS) as server:
            second = _until_answered(server, urlsplit(url).path)
    return [
        Reading("first start, until it is ready", first, "s"),
        Reading("start, until the first webhook answers", second, "s"),
        *own,
    ]


def _used(bench: Bench, product: Product, pattern: str, url: str) -> list[Reading]:
    request, count = post(url, order()), bench.scale.runs
    fired(product, pattern, lambda: at_once(url, request, AT_ONCE, AT_ONCE))  # every thread has been used once
    bench.tell("D, idle")
    idle, memory = _idle_cpu(product, bench.scale.idle_seconds), _memory(product)
    size = product.database.size()
    bench.tell(f"D, {count:,} runs")
    fired(product, pattern, lambda: at_once(url, request, count, AT_ONCE))
    return [
        Reading("memory, idle", memory, "MB"),
        Reading("cpu, idle", idle, "% of one"),
        Reading(f"memory after {count:,} runs", _memory(product), "MB"),
        Reading(
            "database for a run", (product.database.size() - size) / count, "bytes", len(order()), "the body alone"
        ),
    ]


def _memory(product: Product) -> float:
    return processes.memory_mb(product.server.processes())


def _idle_cpu(product: Product, seconds: float) -> float:
    before, began = processes.cpu_seconds(product.pids()), monotonic()
    sleep(seconds)
    return processes.spent(before, processes.cpu_seconds(product.pids())) / (monotonic() - began) * 100


def _until_answered(server: Server, path: str) -> float:
    """From now, where the server is being started, to its first 202."""
    began = perf_counter()
    with httpx.Client(base_url=server.url, trust_env=False, timeout=5) as client:
        while perf_counter() < began + STARTED_WITHIN_S:
            with contextlib.suppress(httpx.TransportError):
                if client.post(path, content=order()).status_code == 202:
                    return perf_counter() - began
            sleep(0.01)
    raise Refused(f"no webhook was answered within {STARTED_WITHIN_S} s of the start")
