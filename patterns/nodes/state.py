"""State: values under a key that outlive a run, one store for each pattern.

The runs of all versions of a pattern share it; a pattern that another one calls uses its own. Test runs of a draft have
a store apart, so that trying something out changes nothing that live runs have counted.

Every change is made once, although the worker be lost at any moment, and at once for all runs that go on at the same
time. A key that has expired is as good as deleted.
"""

from typing import Annotated

from patterns.context import RunContext
from patterns.registry import Label, effect
from patterns.state import check_key, check_lasts, check_value
from patterns.types import Any, Float, PinType, String

UTILITY = "Utility"
Lasts = Annotated[float, PinType.FLOAT, Label("Expires After (s)")]


@effect(UTILITY, acts=False, blocks=False, output="Value")
def get_state(run: RunContext, key: String, default: Any = None) -> Any:
    """What an earlier run of this pattern, or this one, has kept under Key; Default where nothing is.

    Live runs share one store, test runs of the draft another. A called pattern reads its own.

    Example: state {"orders": 3}; Key "orders" → 3
    """
    return run.state.get(check_key(key), default)


@effect(UTILITY, acts=False, blocks=False, output="Value")
def set_state(run: RunContext, key: String, value: Any, expires_after: Lasts = 0) -> Any:
    """Keeps a value, of any type, under Key for later runs of this pattern; Value is what is kept.

    Expires After is in seconds from now; 0 keeps it until it is deleted. A key has up to 200 characters, a value up to
    1,000,000 as JSON, a pattern up to 10,000 keys. To count use Increment State, which loses nothing when several runs
    count at the same time.

    Example: Key "last order", Value {"id": 17} → {"id": 17}
    """
    return run.state.set(check_key(key), check_value(value), check_lasts(expires_after))


@effect(UTILITY, acts=False, blocks=False, output="New Value")
def increment_state(run: RunContext, key: String, amount: Float = 1, expires_after: Lasts = 0) -> Float:
    """Adds Amount, which may be negative, to the number under Key; a key that holds nothing counts from 0.

    No two runs get the same New Value: the one that gets 1 is the first to meet this key. Expires After is in seconds
    from when the count begins (0: never), so that Key may count what happens within an hour.

    Example: state {"orders": 3}; Key "orders", Amount 2 → 5
    """
    return run.state.increment(check_key(key), amount, check_lasts(expires_after))


@effect(UTILITY, acts=False, blocks=False, output="Value")
def delete_state(run: RunContext, key: String) -> Any:
    """Forgets what is kept under Key; Value is what it was, null if nothing. Of several runs, one alone gets it.

    Example: state {"orders": 3}; Key "orders" → 3
    """
    return run.state.delete(check_key(key))
