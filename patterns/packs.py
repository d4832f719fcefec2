"""The packs of the node library: its categories, each with its nodes."""

from dataclasses import dataclass

from django.utils.text import slugify

from patterns import registry


@dataclass(frozen=True)
class Pack:
    id: str
    name: str
    nodes: tuple[str, ...]  # types, in the order of the library
    is_built_in: bool = True

    @property
    def node_count(self) -> int:
        return len(self.nodes)


def packs() -> list[Pack]:
    """In the order of the library."""
    found: dict[str, list[str]] = {}
    for node_type in registry.all_types():
        found.setdefault(node_type.category, []).append(node_type.type)
    return [Pack(slugify(name), name, tuple(nodes)) for name, nodes in found.items()]
