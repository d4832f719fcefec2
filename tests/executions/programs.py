"""Random structured programs, drawn as graphs: what a person could have wired, with every flow node in it."""

from typing import Any

from hypothesis import strategies as st

from tests.graphs import graph, node, variable

Statement = tuple[Any, ...]

LEAVES: list[Statement] = [
    ("say",),
    ("effect",),
    ("volatile",),
    ("add",),
    ("fail",),
    ("break",),
    ("continue",),
    ("stop",),
]


Blocks = st.SearchStrategy[list[Statement]]


def blocks() -> Blocks:
    """Programs that run along one line."""
    return st.recursive(st.lists(st.sampled_from(LEAVES), max_size=3), _nested, max_leaves=12)


def _nested(inner: Blocks) -> Blocks:
    return st.lists(st.one_of(st.sampled_from(LEAVES), *_compounds(inner)), max_size=4)


def _compounds(inner: Blocks) -> list[st.SearchStrategy[Statement]]:
    return [
        st.tuples(st.just("range"), st.integers(0, 3), inner, inner),
        st.tuples(st.just("each"), st.integers(0, 2), inner, inner),
        st.tuples(st.just("try"), inner, inner, inner),
        st.tuples(st.just("sequence"), inner, inner),
        st.tuples(st.just("branch"), st.booleans(), inner, inner),
        st.tuples(st.just("both"), inner, inner),
    ]


MORE_LEAVES: list[Statement] = [*LEAVES, ("drawn",), ("delay", 0)]


def branching_blocks() -> Blocks:
    """Programs that also wait, try again, and run along several lines at a time."""
    return st.recursive(st.lists(st.sampled_from(MORE_LEAVES), max_size=3), _branching, max_leaves=12)


def _branching(inner: Blocks) -> Blocks:
    more = [
        st.tuples(st.just("retry"), st.integers(1, 3), st.integers(0, 3), inner, inner),
        st.tuples(st.just("parallel"), inner, inner, inner),
        st.tuples(st.just("together"), st.integers(0, 3), st.integers(1, 3), inner),
        st.tuples(st.just("timeout"), st.sampled_from([0, 60]), inner, inner),
    ]
    return st.lists(st.one_of(st.sampled_from(MORE_LEAVES), *_compounds(inner), *more), max_size=4)


class Drawing:
    """Draws a block of statements as nodes and wires. A chain ends at the first statement that nothing can follow."""

    def __init__(self) -> None:
        self.parts: list[Any] = ["start: OnStart"]
        self.wires: list[str] = []
        self.passes: list[str] = []  # pins that tell the pass of each loop around what is being drawn

    def block(self, statements: list[Statement], *exits: str) -> None:
        """What follows the exec outputs `exits`."""
        for position, (kind, *details) in enumerate(statements):
            if kind == "both":  # two wires from one exec output
                for inner in details:
                    self.block(inner, *exits)
                return
            name = f"n{len(self.parts)}"
            self.wires += [f"{exit} > {name}" for exit in exits]
            following = getattr(self, f"_{kind}")(name, *details)
            if following is None:
                return
            self.block(statements[position + 1 :], following)
            return

    def add(self, node_id: str, node_type: str, **defaults: Any) -> None:
        self.parts.append(node(node_id, node_type, **defaults))

    def _say(self, name: str) -> str:
        self.add(name, "Log", message=name)
        return f"{name}.exec"

    def _effect(self, name: str) -> str:
        self.add(name, "RespondToWebhook", body=name)
        return f"{name}.exec"

    def _volatile(self, name: str) -> str:
        self.add(name, "Log")
        self.add(f"{name}r", "Random")
        self.wires.append(f"{name}r.result > {name}.message")
        return f"{name}.exec"

    def _drawn(self, name: str) -> str:
        self.add(name, "RespondToWebhook")
        self.add(f"{name}r", "Random")
        self.wires.append(f"{name}r.result > {name}.body")
        return f"{name}.exec"

    def _delay(self, name: str, seconds: float) -> str:
        self.add(name, "Delay", seconds=seconds)
        return f"{name}.exec"

    def _add(self, name: str) -> str:
        self.add(name, "IncrementVariable", name="n")
        return f"{name}.exec"

    def _fail(self, name: str) -> None:
        self.add(name, "ThrowError", message=name)

    def _break(self, name: str) -> None:
        self.add(name, "Break")

    def _continue(self, name: str) -> None:
        self.add(name, "Continue")

    def _stop(self, name: str) -> None:
        self.add(name, "Stop", result=name)

    def _range(self, name: str, end: int, body: list[Statement], then: list[Statement]) -> str:
        self.add(name, "ForRange", end=end)
        self._body(body, name)
        self.block(then, f"{name}.completed")
        return f"{name}.completed"

    def _each(self, name: str, count: int, body: list[Statement], then: list[Statement]) -> str:
        self.add(name, "ForEach", collection=[0] * count)
        self._body(body, name)
        self.block(then, f"{name}.completed")
        return f"{name}.completed"

    def _body(self, body: list[Statement], name: str, pin: str = "index") -> None:
        self.passes.append(f"{name}.{pin}")
        self.block(body, f"{name}.body")
        self.passes.pop()

    def _try(self, name: str, body: list[Statement], catch: list[Statement], last: list[Statement]) -> str:
        self.add(name, "TryCatch")
        self.block(body, f"{name}.try")
        self.block(catch, f"{name}.catch")
        self.block(last, f"{name}.finally")
        return f"{name}.finally"

    def _sequence(self, name: str, one: list[Statement], two: list[Statement]) -> str:
        self.add(name, "Sequence")
        self.block(one, f"{name}.then0")
        self.block(two, f"{name}.then1")
        return f"{name}.then1"

    def _branch(self, name: str, condition: bool, yes: list[Statement], no: list[Statement]) -> str:
        self.add(name, "Branch", condition=condition)
        self.block(yes, f"{name}.true")
        self.block(no, f"{name}.false")
        return f"{name}.true"

    def _retry(self, name: str, attempts: int, fails: int, body: list[Statement], exhausted: list[Statement]) -> str:
        """Its first so many attempts fail at their end."""
        self.add(name, "Retry", attempts=attempts, delayS=0)
        self._body(body, name, "attempt")
        self.add(f"{name}f", "LessOrEqual", b=fails)
        self.add(f"{name}i", "Branch")
        self.add(f"{name}e", "ThrowError", message=name)
        self.wires += [f"{name}.body > {name}i", f"{name}.attempt > {name}f.a", f"{name}f.result > {name}i.condition"]
        self.wires.append(f"{name}i.true > {name}e")
        self.block(exhausted, f"{name}.exhausted")
        return f"{name}.succeeded"

    def _parallel(self, name: str, one: list[Statement], two: list[Statement], then: list[Statement]) -> str:
        self.add(name, "Parallel")
        self.block(one, f"{name}.branch0")
        self.block(two, f"{name}.branch1")
        self.block(then, f"{name}.completed")
        return f"{name}.completed"

    def _together(self, name: str, count: int, limit: int, body: list[Statement]) -> str:
        self.add(name, "ParallelForEach", collection=[0] * count, concurrency=limit)
        self._body(body, name)
        return f"{name}.completed"

    def _timeout(self, name: str, seconds: float, body: list[Statement], late: list[Statement]) -> str:
        self.add(name, "Timeout", seconds=seconds)
        self.block(body, f"{name}.body")
        self.block(late, f"{name}.timedOut")
        return f"{name}.completed"


def drawn(statements: list[Statement], handler: list[Statement] | None = None) -> dict[str, Any]:
    drawing = Drawing()
    drawing.block(statements, "start.exec")
    if handler is not None:
        drawing.add("oops", "OnError")
        drawing.block(handler, "oops.exec")
    return graph(*drawing.parts, ", ".join(drawing.wires), variables=[variable("n", "Integer")])
