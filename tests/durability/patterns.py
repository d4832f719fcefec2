"""What is run: small programs of each kind, and random ones, drawn as graphs whose effects are POSTs.

Every POST carries what the run knows at that moment (its variable `n`, the passes of the loops around it), and what
comes back is kept in the variable `heard`, so that a run which goes on from a wrong place or answer cannot hide it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.executions.programs import Drawing, Statement, branching_blocks
from tests.graphs import graph, node, variable

Block = list[Statement]
Deploy = Callable[[dict[str, Any]], str]
EFFECT, DRAWN = ("effect",), ("drawn",)


@dataclass(frozen=True)
class Kind:
    """A kind of pattern. `policy` are the retry columns of its deployment; `is_single` says that it runs along one
    line, so that the order of its effects is settled."""

    name: str
    program: Block
    policy: dict[str, Any] = field(default_factory=dict)
    is_single: bool = True


AT_ONCE = {"retry_first_delay_s": 0, "retry_every_error": True}

KINDS = [
    Kind("chain", [EFFECT, ("say",), ("add",), DRAWN, EFFECT]),
    Kind("branches", [("branch", True, [EFFECT, ("add",)], []), ("branch", False, [], [DRAWN])]),
    Kind("wires", [("both", [EFFECT, ("add",)], [("both", [DRAWN], [EFFECT])])]),
    Kind("nested loops", [("range", 2, [("add",), ("each", 2, [EFFECT], [DRAWN])], [])]),
    Kind(
        "left loops", [("range", 3, [EFFECT, ("each", 2, [("continue",)], []), ("branch", True, [("break",)], [])], [])]
    ),
    Kind("try / catch", [("try", [EFFECT, ("fail",)], [DRAWN, ("add",)], [EFFECT])]),
    Kind("retry", [("retry", 3, 1, [DRAWN, ("add",)], []), EFFECT]),
    Kind("retry in vain", [("try", [("retry", 2, 2, [EFFECT], [("add",), DRAWN])], [], [EFFECT])]),
    Kind("calls", [("call", [EFFECT, ("call", [DRAWN], "inner")], "callee"), EFFECT]),
    Kind("failing calls", [("try", [("call", [EFFECT, ("fail",)], "callee")], [DRAWN], [])]),
    Kind("waits", [EFFECT, ("delay", 0.03), DRAWN, ("delay", 0)]),
    Kind("waits in calls", [("call", [("delay", 0.03), EFFECT], "callee"), DRAWN]),
    Kind("approvals", [("approval", [DRAWN], []), EFFECT]),
    Kind("parallel", [("parallel", [EFFECT, ("add",)], [DRAWN, ("delay", 0.03)], [EFFECT])], is_single=False),
    Kind(
        "parallel calls", [("parallel", [("call", [EFFECT], "one")], [("call", [DRAWN], "two")], [])], is_single=False
    ),
    Kind("parallel for each", [("together", 4, 2, [DRAWN, ("add",)]), EFFECT], is_single=False),
    Kind("timeouts", [("timeout", 60, [EFFECT], []), ("timeout", 0, [("add",), EFFECT], [DRAWN])]),
    Kind("more attempts", [EFFECT, ("flaky", 2), DRAWN], {**AT_ONCE, "retry_attempts": 3}),
    Kind("attempts anew", [DRAWN, ("flaky", 1), EFFECT], {**AT_ONCE, "retry_attempts": 3, "retry_anew": True}),
    Kind("dead letters", [EFFECT, ("flaky", 9)], {**AT_ONCE, "retry_attempts": 2}),
    Kind("failures", [EFFECT, ("range", 2, [DRAWN, ("fail",)], [])]),
    Kind("counters", [("forget",), ("count",), EFFECT, ("range", 2, [("count",), EFFECT], []), ("count",)]),
    Kind("stops", [("range", 2, [EFFECT, ("try", [("stop",)], [], [DRAWN])], [])]),
]


def random_kinds(count: int, number: int) -> list[Kind]:
    """So many random programs; the same number gives the same ones."""
    found: list[Kind] = []

    @seed(number)
    @settings(
        max_examples=20 * count + 1, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck)
    )
    @given(branching_blocks())
    def collect(program: Block) -> None:
        if len(found) < count and 1 < _effects_in(program) < 12:
            found.append(Kind("random", program, is_single=False))

    collect()
    return found


def _effects_in(part: Any) -> int:
    if part in (EFFECT, DRAWN):
        return 1
    return sum(_effects_in(each) for each in part) if isinstance(part, list | tuple) else 0


class Posting(Drawing):
    """Draws a program whose effects are requests. `deploy` makes a callee of a graph and answers its id."""

    def __init__(self, url: str, deploy: Deploy) -> None:
        super().__init__()
        self.url = url
        self.deploy = deploy

    def post(self, name: str, pins: dict[str, str] | None = None, **constants: Any) -> str:
        """A request whose body has these properties, from pins or as they are, and the passes of the loops."""
        wired = {**(pins or {}), "n": f"{name}n.value"}
        wired |= {f"pass{depth}": pin for depth, pin in enumerate(self.passes)}
        self.add(f"{name}n", "GetVariable", name="n")
        keys = [{"name": key, "type": "Any"} for key in (*wired, *constants)]
        self.parts.append(node(f"{name}b", "MakeObjectFromKeys", {"keys": keys}, **constants))
        self.wires += [f"{pin} > {name}b.{key}" for key, pin in wired.items()]
        properties = {"verifyTLS": False, "failOn4xx5xx": "fails" in constants}
        self.parts.append(node(name, "HTTPRequest", properties, url=self.url, method="POST"))
        self.wires.append(f"{name}b.object > {name}.body")
        return self.hear(name, f"{name}.response", "nonce")

    def hear(self, name: str, pin: str, key: str) -> str:
        """Keep a property of a node's output; returns the exec output from which it goes on."""
        self.add(f"{name}k", "GetProperty", key=key)
        self.add(f"{name}h", "AppendToArray", name="heard")
        self.wires += [f"{pin} > {name}k.object", f"{name}k.value > {name}h.item", f"{name} > {name}h"]
        return f"{name}h.exec"

    def _effect(self, name: str) -> str:
        return self.post(name, at=name)

    def _drawn(self, name: str) -> str:
        self.add(f"{name}r", "Random")
        self.add(f"{name}t", "Now")
        return self.post(name, {"drawn": f"{name}r.result", "moment": f"{name}t.value"}, at=name)

    def _flaky(self, name: str, fails: int) -> str:
        """Fails in so many attempts of the run."""
        self.add(f"{name}i", "ExecutionInfo")
        return self.post(name, {"attempt": f"{name}i.attempt"}, at=name, fails=fails)

    def _forget(self, name: str) -> str:
        self.add(name, "DeleteState", key="k")
        return f"{name}.exec"

    def _count(self, name: str) -> str:
        """Counts in what outlives the run, and keeps where it has come to."""
        self.add(name, "IncrementState", key="k")
        self.add(f"{name}h", "AppendToArray", name="heard")
        self.wires += [f"{name}.newValue > {name}h.item", f"{name} > {name}h"]
        return f"{name}h.exec"

    def _approval(self, name: str, received: Block, late: Block) -> str:
        """Tells the server the address at which it waits."""
        self.add(name, "WaitForWebhook", timeoutS=60)
        self.wires.append(f"{name}.waiting > {name}w")
        self.post(f"{name}w", {"resume": f"{name}.url"}, at=f"{name}w")
        self.block(late, f"{name}.timedOut")
        self.block(received, f"{name}.received")
        return f"{name}.received"

    def _call(self, name: str, program: Block, callee: str) -> str:
        pattern_id = self.deploy(callee_graph(program, callee, self.url, self.deploy))
        self.parts.append(node(name, "CallPattern", {"pattern": pattern_id}))
        self.add(f"{name}o", "MakeObjectFromKeys")
        self.parts[-1]["data"]["properties"] = {"keys": [{"name": "heard", "type": "Any"}]}
        self.wires.append(f"{name}.heard > {name}o.heard")
        return self.hear(name, f"{name}o.object", "heard")


VARIABLES = [variable("n", "Integer"), variable("heard", "Array")]


def whole_graph(program: Block, url: str, deploy: Deploy, trigger: str = "OnStart") -> dict[str, Any]:
    """The program, then a last request with all that the run has come to know, which is its result too."""
    drawing = Posting(url, deploy)
    drawing.parts = [f"start: {trigger}", "whole: Sequence"]
    drawing.wires.append("start > whole")
    drawing.block(program, "whole.then0")
    drawing.add("known", "GetVariable", name="heard")
    drawing.wires.append("whole.then1 > last")
    drawing.wires.append(f"{drawing.post('last', {'heard': 'known.value'}, at='last')} > end")
    drawing.add("end", "Stop")
    drawing.wires.append("lastb.object > end.result")
    drawing.add("oops", "OnError")
    drawing.add("why", "GetProperty", key="type")
    drawing.wires += ["oops.error > why.object", "oops.exec > failed"]
    drawing.post("failed", {"heard": "known.value", "why": "why.value"}, at="failed")
    return graph(*drawing.parts, ", ".join(drawing.wires), variables=VARIABLES)


def callee_graph(program: Block, name: str, url: str, deploy: Deploy) -> dict[str, Any]:
    """The program as a pattern to be called, that answers with what it has heard."""
    drawing = Posting(url, deploy)
    declared = {"inputs": [], "outputs": [{"name": "heard", "type": "Any"}]}
    drawing.parts = [node("start", "OnPatternCall", declared), f"{name}: Sequence"]
    drawing.wires.append(f"start > {name}")
    drawing.block(program, f"{name}.then0")
    drawing.add("known", "GetVariable", name="heard")
    drawing.add("answer", "RespondWith")
    drawing.wires += [f"{name}.then1 > answer", "known.value > answer.heard"]
    return graph(*drawing.parts, ", ".join(drawing.wires), variables=VARIABLES)
