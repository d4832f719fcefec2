"""F, G and H: runs that compute, that wait, and that ask others."""

from typing import Any

from tests.bench import floors
from tests.bench.figures import Reading, rate
from tests.bench.load import at_once, post
from tests.bench.servers import slow_service
from tests.bench.workload import Bench, answer_times, fired, percentiles, with_cpu
from tests.graphs import chain, node

FIBONACCI = "def fibonacci(n):\n    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)\n"
WAIT_S = 1.0
WAITERS = 50
LATENCY_S, ASKERS = 0.02, 200


def code(bench: Bench) -> list[Reading]:
    """Nodes that each compute a Fibonacci number, one after the other, in one run."""
    readings = []
    for count, number in bench.scale.codes:
        bench.tell(f"F, {count} × fibonacci({number})")
        source = f"{FIBONACCI}output = fibonacci({number})"
        nodes = [node(f"n{position}", "Code", {"code": source}) for position in range(count)]
        pattern, url = bench.product.deployed(f"F {number}", chain("hook: OnWebhook", *nodes))
        seconds = fired(bench.product, pattern, lambda url=url: at_once(url, post(url, b"{}"), 1, 1)).seconds  # type: ignore[misc]
        plain = floors.plain_seconds(f"{FIBONACCI}for _ in range({count}): fibonacci({number})")
        readings.append(Reading(f"{count} × fibonacci({number})", seconds, "s", plain, "plain Python"))
    return readings


def waiting(bench: Bench) -> list[Reading]:
    """Runs that all wait at the same time: to be parked should cost no worker, and little else."""
    bench.tell("G")
    graph = chain("hook: OnWebhook", node("wait", "Delay", seconds=WAIT_S), node("log", "Log", message="waited"))
    pattern, url = bench.product.deployed("G", graph)
    count = bench.scale.waiting
    timed, cpu = with_cpu(
        bench.product,
        f"{count} runs",
        lambda: fired(bench.product, pattern, lambda: at_once(url, post(url, b"{}"), count, WAITERS)),
    )
    late = [seconds - WAIT_S for seconds in timed.to_completed]
    return [
        Reading(f"all of {count:,} runs", timed.seconds, "s", WAIT_S, "the wait alone"),
        Reading("completed", timed.completed_per_second, "/s"),
        *percentiles("completed later than the wait alone", late),
        *cpu,
    ]


def asking(bench: Bench) -> list[Reading]:
    """Runs that each ask a service which takes 20 ms."""
    bench.tell("H")
    count = bench.scale.requests_out
    with slow_service(LATENCY_S) as service:
        pattern, url = bench.product.deployed("H", _asks(service))
        timed, cpu = with_cpu(
            bench.product,
            f"{ASKERS} at once",
            lambda: fired(bench.product, pattern, lambda: at_once(url, post(url, b"{}"), count, ASKERS)),
        )
        bare = at_once(service, post(service, b"{}"), count, ASKERS)
    direct, name = rate(count, bare.seconds), "the service asked directly"
    return [
        Reading(f"completed, {ASKERS} at once", timed.completed_per_second, "/s", direct, name),
        *percentiles(f"answered, {ASKERS} at once", answer_times(timed.load)),
        *percentiles(f"completed, {ASKERS} at once", timed.to_completed, answer_times(bare), name),
        *cpu,
    ]


def _asks(service: str) -> dict[str, Any]:
    return chain("hook: OnWebhook", node("ask", "HTTPRequest", url=service), node("log", "Log", message="asked"))
