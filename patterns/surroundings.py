"""What every expression may read besides the data in hand: `trigger`, `vars` and `env`, each when it is asked for."""

from collections.abc import Collection, Iterator, Mapping

from patterns.context import RunContext, Variables
from patterns.types import Value

NAMES = ("trigger", "vars", "env")


class _RunVariables(Mapping[str, Value]):
    def __init__(self, variables: Variables) -> None:
        self._variables = variables

    def __getitem__(self, name: str) -> Value:
        if name not in self._variables.declared:
            raise KeyError(name)
        return self._variables.get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables.declared)

    def __len__(self) -> int:
        return len(self._variables.declared)


class _RunEnvironment(Mapping[str, Value]):
    """A value that was read is recorded: somebody may change it before the run is run again."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    def __getitem__(self, name: str) -> Value:
        return self._run.volatile(f"env {name}", lambda: self._run.environment.variables[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._run.environment.variables)

    def __len__(self) -> int:
        return len(self._run.environment.variables)


def surroundings(run: RunContext, names: Collection[str]) -> dict[str, Value]:
    """The values of those of NAMES that are among `names`."""
    found: dict[str, Value] = {}
    if "trigger" in names:
        found["trigger"] = run.trigger
    if "vars" in names:
        found["vars"] = _RunVariables(run.variables)
    if "env" in names:
        found["env"] = _RunEnvironment(run)
    return found
