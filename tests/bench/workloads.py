"""The workloads by their letters."""

from tests.bench.chains import chains
from tests.bench.histories import lists
from tests.bench.lives import life
from tests.bench.waits import asking, code, waiting
from tests.bench.webhooks import answered_at_once, waiting_for_the_result
from tests.bench.workload import Workload

WORKLOADS: dict[str, Workload] = {
    "A": answered_at_once,
    "B": waiting_for_the_result,
    "C": chains,
    "D": life,
    "E": lists,
    "F": code,
    "G": waiting,
    "H": asking,
}
TITLES = {
    "A": "webhook, answered at once, 1 KB, five nodes",
    "B": "the same, waiting for the result",
    "C": "chains of nodes",
    "D": "start, memory, bytes",
    "E": "lists over a long history",
    "F": "Code nodes one after the other",
    "G": "runs that each wait a second",
    "H": "HTTP requests to a service that takes 20 ms",
}
