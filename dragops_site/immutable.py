"""Rows that are written once."""

from typing import Any

from django.db import models


class Immutable(models.Model):
    """A model whose rows are inserted and never saved again."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row. Raises TypeError for a row that exists."""
        if not self._state.adding:
            raise TypeError(f"a {self._meta.verbose_name} is never changed")
        super().save(*args, **{**kwargs, "force_insert": True})
