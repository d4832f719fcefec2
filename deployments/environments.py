"""Which variables and secrets the runs of a pattern may use."""

import logging
from collections.abc import Iterator, Mapping
from uuid import UUID

from deployments.models import Environment as Stored
from deployments.models import EnvironmentSecret
from dragops_site.vault import CannotOpen, place_of, unseal
from patterns.context import Environment, NodeError

logger = logging.getLogger(__name__)


class Secrets(Mapping[str, str]):
    """Secrets by name, each opened when it is asked for. One that cannot be opened is a NodeError."""

    def __init__(self, rows: Mapping[str, EnvironmentSecret]) -> None:
        self._rows = rows

    def __getitem__(self, name: str) -> str:
        row = self._rows[name]
        try:
            return unseal(row.sealed, place_of(row, "sealed"))
        except CannotOpen as error:
            logger.error("The secret %s cannot be opened: %s", name, error)
            raise NodeError(
                f"Name: the secret “{name}” cannot be opened with the encryption keys of this server. Set the secret "
                "anew, or start the server with the key that it was sealed with (DRAGOPS_ENCRYPTION_KEYS).",
                "SecretClosed",
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"<secrets {', '.join(self._rows)}>"


def environment_of(pattern_id: UUID) -> Environment:
    """That of the pattern's deployment, else the default one, else an empty one."""
    chosen = Stored.objects.filter(deployments=pattern_id).first() or Stored.objects.filter(is_default=True).first()
    if chosen is None:
        return Environment()
    secrets = {row.name: row for row in chosen.secrets.only("name", "sealed")}
    return Environment(chosen.name, dict(chosen.variables.values_list("name", "value")), Secrets(secrets))
