"""Model fields that every app shares."""

from typing import TYPE_CHECKING, Any

from django.db import models

from dragops_site import jsontext


class JSONTextField(models.TextField):
    """A JSON value kept as text; see `jsontext` for why. NULL in the database is None, and so is JSON's null."""

    if TYPE_CHECKING:  # what the Django plugin of mypy takes for the types of the model's attribute
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else jsontext.loads(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else jsontext.dumps(value)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> Any:
        return self.value_from_object(obj)
