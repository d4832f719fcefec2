"""Variables: values that a run keeps under a name."""

from patterns.context import RunContext
from patterns.registry import action, pure
from patterns.types import Any, Float, String
from patterns.values import about

VARIABLES = "Variables"


@pure(VARIABLES, output="Value")
def get_variable(run: RunContext, name: String) -> Any:
    """The present value of a variable of this run.

    Example: variables {"total": 3}; Name "total" → 3
    """
    return run.variables.get(name)


@action(VARIABLES, output="Value")
def set_variable(run: RunContext, name: String, value: Any) -> Any:
    """Gives a variable a new value, converted to the variable's type; Value is what it now holds.

    Example: variables {"total": 3}; Name "total", Value "42" → Value 42, variables {"total": 42}
    """
    with about("Value"):
        return run.variables.set(name, value)


@action(VARIABLES, output="New Value")
def increment_variable(run: RunContext, name: String, amount: Float = 1) -> Float:
    """Adds Amount, which may be negative, to a variable that holds a number.

    Example: variables {"total": 3}; Name "total", Amount 2 → 5
    """
    with about("Amount"):
        return run.variables.increment(name, amount)


@action(VARIABLES)
def append_to_array(run: RunContext, name: String, item: Any) -> None:
    """Adds an item to the end of a variable that holds an Array.

    Example: variables {"names": ["Ada"]}; Name "names", Item "Grace" → variables {"names": ["Ada", "Grace"]}
    """
    run.variables.append(name, item)


@action(VARIABLES)
def append_to_string(run: RunContext, name: String, text: String) -> None:
    """Adds a text to the end of a variable that holds a String.

    Example: variables {"report": "a"}; Name "report", Text "b" → variables {"report": "ab"}
    """
    run.variables.append_text(name, text)
