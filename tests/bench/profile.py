"""Where the time of workload A goes: `python -m tests.bench.profile [--runs 500] [--calls 30]`.

In one process and one thread: first the requests, through the product's web application with all of its middleware,
then a worker that runs what they have queued; each under cProfile, which makes small functions look dearer than they
are. The database is SQLite in a temporary folder, or the empty one of DATABASE_URL.
"""

import cProfile
import io
import os
import pstats
from argparse import ArgumentParser
from collections.abc import Callable
from time import perf_counter
from typing import Any


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.bench.profile", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--calls", type=int, default=30, help="lines of each profile")
    parser.add_argument("--sort", default="cumtime", help="as pstats has it: cumtime, tottime, …")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from executions.worker import drain
    from tests.bench.nodes import surroundings

    with surroundings() as presence:
        send = _sender()
        send(), drain(presence)  # what is made once is made
        sides = {"web": lambda: [send() for _ in range(options.runs)], "worker": lambda: drain(presence)}
        for side, work in sides.items():
            _profiled(side, work, options.runs, options.sort, options.calls)


def _sender() -> Callable[[], None]:
    """A function that sends one request of workload A to the web application of this process."""
    from deployments.actions import deploy
    from dragops_site.wsgi_handler import Handler
    from patterns.actions import create_pattern
    from tests.bench.orders import five_nodes, order

    pattern = create_pattern(None, "profile", graph=five_nodes())
    deploy(pattern, None)
    application, path, body = Handler(), f"/api/webhooks/{pattern.pk}", order()

    def send() -> None:
        statuses: list[str] = []
        answer = application(_environ(path, body), lambda status, headers: statuses.append(status))
        b"".join(answer)
        answer.close()
        assert statuses == ["202 Accepted"], statuses

    return send


def _environ(path: str, body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
    }


def _profiled(side: str, work: Callable[[], Any], runs: int, sort: str, calls: int) -> None:
    profile, began = cProfile.Profile(), perf_counter()
    profile.runcall(work)
    print(f"=== {side}: {(perf_counter() - began) / runs * 1e6:,.0f} µs a run, profiled")
    pstats.Stats(profile).sort_stats(sort).print_stats(calls)


if __name__ == "__main__":
    main()
