"""Parts of STAC documents as columns."""

from typing import Any

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, JSONField
from django.db.models.fields.json import KeyTransform


class DocumentField(JSONField):
    """JSON that comes back as it was written.

    PostgreSQL gives a large float, such as the value for no data of many a raster, as an integer of its many digits.
    Here numbers of more than 64 bits are floats, as they came in; what is written out again takes no others.
    """

    def from_db_value(self, value: str | None, expression: Expression, connection: BaseDatabaseWrapper) -> Any:
        if not isinstance(value, str) or isinstance(expression, KeyTransform):
            return super().from_db_value(value, expression, connection)
        return orjson.loads(value)

    def deconstruct(self) -> Any:
        """Return what migrations know of it: to the database it is a JSONField like any other."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs
