"""Variables: values that a run keeps under a name; and those of the environment that it runs in."""

from collections.abc import Mapping
from typing import Annotated

from patterns.context import NodeError, RunContext
from patterns.registry import Editor, VariableName, action, pure
from patterns.types import Any, Float, String
from patterns.values import about

VARIABLES = "Variables"
EnvironmentName = Annotated[String, Editor("environment")]
SecretName = Annotated[String, Editor("secret")]


@pure(VARIABLES, output="Value")
def get_variable(run: RunContext, name: VariableName) -> Any:
    """The present value of a variable of this run.

    Example: variables {"total": 3}; Name "total" → 3
    """
    return run.variables.get(name)


@action(VARIABLES, output="Value")
def set_variable(run: RunContext, name: VariableName, value: Any) -> Any:
    """Gives a variable a new value, converted to the variable's type; Value is what it now holds.

    Example: variables {"total": 3}; Name "total", Value "42" → Value 42, variables {"total": 42}
    """
    with about("Value"):
        return run.variables.set(name, value)


@action(VARIABLES, output="New Value")
def increment_variable(run: RunContext, name: VariableName, amount: Float = 1) -> Float:
    """Adds Amount, which may be negative, to a variable that holds a number.

    Example: variables {"total": 3}; Name "total", Amount 2 → 5
    """
    with about("Amount"):
        return run.variables.increment(name, amount)


@action(VARIABLES)
def append_to_array(run: RunContext, name: VariableName, item: Any) -> None:
    """Adds an item to the end of a variable that holds an Array.

    Example: variables {"names": ["Ada"]}; Name "names", Item "Grace" → variables {"names": ["Ada", "Grace"]}
    """
    run.variables.append(name, item)


@action(VARIABLES)
def append_to_string(run: RunContext, name: VariableName, text: String) -> None:
    """Adds a text to the end of a variable that holds a String.

    Example: variables {"report": "a"}; Name "report", Text "b" → variables {"report": "ab"}
    """
    run.variables.append_text(name, text)


@pure(VARIABLES, output="Value", is_volatile=True)
def get_environment(run: RunContext, name: EnvironmentName) -> String:
    """A variable of the environment of the run's deployment, such as production or staging.

    The run keeps what it has read, also when somebody changes the variable before it is resumed. {{ env.NAME }} in a
    field reads the same. A run whose deployment names no environment has the default one.

    Example: environment {"API": "https://api.example.com"}; Name "API" → "https://api.example.com"
    """
    environment = run.environment
    if name not in environment.variables:
        raise _unknown(environment.name, "variable", name, environment.variables, environment.secrets)
    return environment.variables[name]


@pure(VARIABLES, output="Value")
def get_secret(run: RunContext, name: SecretName) -> String:
    """A secret of the environment of the run's deployment, such as a key of an API.

    Wherever it would show in a log, an error or the result of a run, it is masked. It is never recorded: a run that is
    resumed reads it anew.

    Example: secrets {"API_KEY": "sk_test_4eC39H"}; Name "API_KEY" → "sk_test_4eC39H"
    """
    environment = run.environment
    if name not in environment.secrets:
        raise _unknown(environment.name, "secret", name, environment.secrets, environment.variables)
    return environment.secrets[name]


def _unknown(place: str, what: str, name: str, known: Mapping[str, str], other: Mapping[str, str]) -> NodeError:
    """Names what there is, never what it holds."""
    if not place:
        said = f"no {what} is named “{name[:60]}”, as there is no environment. Create one on the page Environments, "
        said += "and make it the default one or that of this pattern's deployment."
    elif name in other:
        node = "Get Environment" if what == "secret" else "Get Secret"
        said = f"in the environment “{place}”, “{name[:60]}” is no {what}. Read it with {node}."
    else:
        said = f"no {what} of the environment “{place}” is named “{name[:60]}”. Known: {_listed(known)}. "
        said += "Add it on the page Environments, or correct the name."
    return NodeError(f"Name: {said}", f"Unknown{what.title()}")


def _listed(known: Mapping[str, str]) -> str:
    names = ", ".join(sorted(known)) or "none"
    return names if len(names) <= 150 else f"{names[:150]}…"
