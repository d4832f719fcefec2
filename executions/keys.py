"""The keys of steps: the path of a step within its run, by which a replay finds it again.

`2.0.1` is the second step of the chain that the third step ran in its first pass; `4.0-2.0` the first step of the third
of the branches that the fifth step ran at the same time. What belongs to a step without being it follows a `~`.
"""

from collections.abc import Iterable

ON_ERROR = "error"


def part(key: str, name: str) -> str:
    """The key of something that belongs to a step: `wait`, `drawn`."""
    return f"{key}~{name}"


def branches(key: str) -> tuple[int, ...]:
    """Which parallel branch a step belongs to, counted from 1, the outermost first: `4.0-2.1` is in the third."""
    passes = key.partition("~")[0].split(".")[1::2]
    return tuple(int(branch) + 1 for _, dash, branch in (each.partition("-") for each in passes) if dash)


def is_wait(key: str) -> bool:
    """Whether this is the note of when a wait ends."""
    return key.endswith("~wait")


def undone(roots: Iterable[str], known: Iterable[str]) -> set[str]:
    """Which steps a further attempt does again when those at `roots` have failed a run.

    The failed steps themselves, and what ran because they failed: later passes of the flow nodes around them (Catch,
    Finally, Exhausted), and On Error. Everything else has happened and stays.
    """
    paths = [root.split(".") for root in roots]
    return {key for key in known if any(_follows(key.split("."), path) for path in paths)}


def _follows(path: list[str], root: list[str]) -> bool:
    if path[0] == ON_ERROR or path == root:
        return True
    for position, (here, there) in enumerate(zip(path, root, strict=False)):
        if here != there:
            return position % 2 == 1 and _pass(here) > _pass(there)
    return False


def _pass(text: str) -> int:
    """The number of a pass, of which a parallel branch and what belongs to the pass are parts."""
    return int(text.partition("~")[0].partition("!")[0].partition("-")[0])
