"""What the least imaginable work costs, measured beside the workload that is compared with it."""

import time
from statistics import median
from time import perf_counter

import httpx

from tests.bench.figures import rate
from tests.bench.load import Load, Refused, at_once, post
from tests.bench.servers import Floor

INSERT, BULK = "bare insert", "one bulk statement"
MESSAGE, DELIVERY = "a Celery message each", "run by a Celery message each"
DONE_WITHIN_S = 120


def inserts(floor: Floor, body: bytes, count: int, concurrency: int) -> Load:
    """A row for each request, through the same web server."""
    return at_once(floor.url, post(f"{floor.url}/webhooks/insert", body), count, concurrency)


def inserted_per_second(floor: Floor, body: bytes, count: int, concurrency: int) -> float:
    load = inserts(floor, body, count, concurrency)
    return rate(count, load.seconds)


def bulk_per_second(floor: Floor, body: bytes, count: int) -> float:
    """The same rows by one statement."""
    answer = httpx.post(f"{floor.url}/webhooks/insert/{count}", content=body, trust_env=False, timeout=120)
    return rate(count, float(answer.raise_for_status().json()["seconds"]))


def messages_per_second(floor: Floor, body: bytes, count: int, concurrency: int) -> float:
    """A message for each request, until a worker has taken the last one."""
    load = at_once(floor.url, post(f"{floor.url}/webhooks/message", body), count, concurrency)
    until = time.monotonic() + DONE_WITHIN_S
    while floor.messages_left():
        if time.monotonic() > until:
            raise Refused("the floor's messages were not done in time")
        time.sleep(0.005)
    return rate(count, max(load.seconds, time.time() - load.began_at))


def delivered_per_second(floor: Floor, body: bytes, count: int, concurrency: int) -> float:
    """A row and a message for each request, and a worker that runs what the message names, until the last has ended."""
    before = len(floor.database.ends(floor.run_pattern_id))
    load = at_once(floor.url, post(f"{floor.url}/webhooks/deliver", body), count, concurrency)
    floor.database.wait_ended(floor.run_pattern_id, before + count, DONE_WITHIN_S)
    return rate(count, max(floor.database.ends(floor.run_pattern_id).values()) - load.began_at)


def plain_seconds(statement: str, rounds: int = 3) -> float:
    """How long plain Python takes for the same."""
    program = compile(statement, "plain", "exec")
    taken = []
    for _ in range(rounds):
        began = perf_counter()
        exec(program, {})
        taken.append(perf_counter() - began)
    return median(taken)
