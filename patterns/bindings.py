"""What people typed for an unwired pin where it holds expressions: read once, filled each time the pin is read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dragops_site.jsontext import MAX_DEPTH, is_deeper
from patterns.context import RunContext
from patterns.expressions import BadExpression, Expression, Template, has_expressions, parse
from patterns.pins import Pin
from patterns.surroundings import NAMES, surroundings
from patterns.types import STRUCTURES, Value, convert
from patterns.values import parse_json

NODES = "nodes"
NodeRef = tuple[str, str]  # the label of a node, and the name of one of its output pins


@dataclass(frozen=True)
class Binding:
    """A typed value with templates in the places of some of its texts."""

    pin: Pin
    root: Value

    @property
    def expressions(self) -> list[Expression]:
        return [expression for template in _templates(self.root) for expression in template.expressions]

    @property
    def names(self) -> set[str]:
        return {name for expression in self.expressions for name in expression.names}

    def references(self) -> list[NodeRef]:
        """The outputs of other nodes that it reads, each once. Raises BadExpression."""
        return list(dict.fromkeys(ref for expression in self.expressions for ref in _references(expression)))

    def fill(self, run: RunContext, outputs: Mapping[str, Mapping[str, Value]]) -> Value:
        """The value of the pin, in its type. `outputs`: by label of the node and name of the pin. Raises ValueError."""
        names = {**surroundings(run, self.names), NODES: outputs}
        value = _filled(self.root, names)
        return value if self.pin.loose else convert(value, self.pin.type)


def is_bound(pin: Pin, typed: Value) -> bool:
    """Whether what was typed for a pin holds expressions. Nothing that is nested too deeply to be kept does."""
    is_plain = pin.verbatim or pin.formula or is_deeper(typed)
    return not is_plain and any(has_expressions(text) for text in _texts(typed))


def bind(pin: Pin, typed: Value) -> Binding:
    """Raises BadExpression, which says what is wrong with an expression, or which name it may not read."""
    binding = Binding(pin, _structure(pin, typed))
    for name in binding.names - {*NAMES, NODES}:
        raise BadExpression(f'“{name}” is not known here; expressions read trigger, vars, env and nodes["Name"].pin')
    return binding


def _structure(pin: Pin, typed: Value) -> Value:
    if isinstance(typed, str) and pin.type in STRUCTURES:
        template = parse(typed) if typed.startswith("{{") else None
        if template and len(template.parts) == 1:
            return template
        try:
            return _bound(parse_json(typed))
        except BadExpression:
            raise
        except ValueError as error:
            raise BadExpression(f"it is not JSON ({error}); within JSON write expressions in quotation marks") from None
    return _bound(typed)


def _bound(value: Value) -> Value:
    if isinstance(value, str):
        return parse(value) if has_expressions(value) else value
    if isinstance(value, dict):
        return {key: _bound(item) for key, item in value.items()}
    return [_bound(item) for item in value] if isinstance(value, list) else value


def _filled(value: Value, names: Mapping[str, Value]) -> Value:
    if isinstance(value, Template):
        return value.fill(names)
    if isinstance(value, dict):
        return {key: _filled(item, names) for key, item in value.items()}
    return [_filled(item, names) for item in value] if isinstance(value, list) else value


def _templates(value: Value) -> Iterator[Template]:
    if isinstance(value, Template):
        yield value
    for item in _children(value):
        yield from _templates(item)


def _texts(value: Value) -> Iterator[str]:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        yield from (one for one in level if isinstance(one, str))
        level = [inner for outer in level for inner in _children(outer)]


def _children(value: Value) -> Iterable[Value]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _references(expression: Expression) -> Iterator[NodeRef]:
    for steps, _ in expression.paths(NODES):
        match steps:
            case [str() as label, str() as pin, *_]:
                yield label, pin
            case _:
                raise BadExpression('nodes is read as nodes["Name"].pin, with the name of a node and of its output pin')
