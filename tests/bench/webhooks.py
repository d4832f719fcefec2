"""A and B: a webhook of five nodes, answered at once, or when its run has ended."""

from tests.bench import floors
from tests.bench.figures import Reading, rate
from tests.bench.load import at_once, paced, post
from tests.bench.orders import five_nodes, order
from tests.bench.servers import Floor
from tests.bench.workload import Bench, Timed, answer_times, fired, percentiles, with_cpu

AT_ONCE = (1, 10, 50)
PER_SECOND = 50


# --- A ---------------------------------------------------------------------------------------------------------------


def answered_at_once(bench: Bench) -> list[Reading]:
    pattern, url = bench.product.deployed("A", five_nodes())
    body, count = order(), bench.scale.requests
    request = post(url, body)
    fired(bench.product, pattern, lambda: at_once(url, request, 20, 5))  # warms up
    floors.inserts(bench.floor, body, 20, 5)
    readings: list[Reading] = []
    for n in AT_ONCE:
        bench.tell(f"A, {n} at once")
        timed, cpu = with_cpu(
            bench.product,
            f"{n} at once",
            lambda n=n: fired(bench.product, pattern, lambda: at_once(url, request, count, n)),  # type: ignore[misc]
        )
        bench.tell(f"A, {n} at once: floors")
        readings += [*_beside_floors(bench, timed, body, n), *cpu]
    bench.tell(f"A, {PER_SECOND} a second")
    return [*readings, *_paced(bench, pattern, request, url, body)]


def _beside_floors(bench: Bench, timed: Timed, body: bytes, n: int) -> list[Reading]:
    count, name, done = bench.scale.requests, f"{n} at once", timed.completed_per_second
    bare = floors.inserts(bench.floor, body, count, n)
    inserted, message = rate(count, bare.seconds), floors.messages_per_second(bench.floor, body, count, n)
    bulk = floors.bulk_per_second(bench.floor, body, bench.scale.bulk)
    delivered = floors.delivered_per_second(bench.floor, body, count, n)
    return [
        Reading(f"accepted, {name}", rate(count, timed.load.seconds), "/s", inserted, floors.INSERT),
        Reading(f"completed, {name}", done, "/s", inserted, floors.INSERT),
        Reading(f"completed, {name} (to messages)", done, "/s", message, floors.MESSAGE),
        Reading(f"completed, {name} (to deliveries)", done, "/s", delivered, floors.DELIVERY),
        Reading(f"completed, {name} (to bulk)", done, "/s", bulk, floors.BULK),
        *percentiles(f"answered, {name}", answer_times(timed.load), answer_times(bare), floors.INSERT),
        *percentiles(f"completed, {name}", timed.to_completed),
    ]


def _paced(bench: Bench, pattern: str, request: bytes, url: str, body: bytes) -> list[Reading]:
    count, name = round(PER_SECOND * bench.scale.paced_seconds), f"{PER_SECOND} a second"
    timed = fired(bench.product, pattern, lambda: paced(url, request, count, PER_SECOND))
    bare = _paced_inserts(bench.floor, body, count)
    return [
        *percentiles(f"answered, {name}", answer_times(timed.load), bare, floors.INSERT),
        *percentiles(f"completed, {name}", timed.to_completed),
    ]


def _paced_inserts(floor: Floor, body: bytes, count: int) -> list[float]:
    return answer_times(paced(floor.url, post(f"{floor.url}/webhooks/insert", body), count, PER_SECOND))


# --- B ---------------------------------------------------------------------------------------------------------------


def waiting_for_the_result(bench: Bench) -> list[Reading]:
    _, url = bench.product.deployed("B", five_nodes(responseMode="lastNode"))
    body, count = order(), bench.scale.requests
    request = post(url, body)
    at_once(url, request, 20, 5)  # warms up
    readings: list[Reading] = []
    for n in AT_ONCE:
        bench.tell(f"B, {n} at once")
        load, bare = at_once(url, request, count, n), floors.inserts(bench.floor, body, count, n)
        inserted = rate(count, bare.seconds)
        readings.append(Reading(f"answered, {n} at once", rate(count, load.seconds), "/s", inserted, floors.INSERT))
        readings += percentiles(f"answered, {n} at once", answer_times(load), answer_times(bare), floors.INSERT)
    return readings
