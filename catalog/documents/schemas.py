"""STAC's core schemas as they come with pystac: nothing is fetched from the network."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, Literal

import jsonschema_rs
from pystac.validation.local_validator import get_local_schema_cache

STAC_SCHEMAS = "https://schemas.stacspec.org/v1.1.0"
Kind = Literal["item", "collection"]
# What says only that something else is wrong too: told where nothing else is.
INDIRECT = (jsonschema_rs.ValidationErrorKind.Not, jsonschema_rs.ValidationErrorKind.FalseSchema)
MISSING = jsonschema_rs.ValidationErrorKind.Required
CHOICES = (
    jsonschema_rs.ValidationErrorKind.AnyOf,
    jsonschema_rs.ValidationErrorKind.OneOfNotValid,
)


def item_errors(document: Mapping[str, Any]) -> list[str]:
    """Return what STAC's core Item schema objects to, one sentence each; empty for a valid document.

    Extensions' schemas don't take part: they would have to be fetched.
    """
    return schema_errors(document, kind="item")


def schema_errors(document: Mapping[str, Any], *, kind: Kind, most: int = 20) -> list[str]:
    """Return what the schema of an Item or a Collection objects to, no more than `most` sentences."""
    told: dict[str, bool] = {}
    for error in islice(_validator(kind).iter_errors(dict(document)), most):
        for cause in _causes(error):
            told.setdefault(_sentence(cause), isinstance(cause.kind, INDIRECT))
    direct = [sentence for sentence, is_indirect in told.items() if not is_indirect]
    return (direct or list(told))[:most]


def _causes(error: jsonschema_rs.ValidationError) -> Iterator[jsonschema_rs.ValidationError]:
    """Yield what is wrong: of several alternatives that all fail, what the one lacks that was most likely meant."""
    if not isinstance(error.kind, CHOICES):
        yield error
        return
    meant = min(error.kind.context, key=_distance)
    for each in meant:
        yield from _causes(each)


def _distance(alternative: Sequence[jsonschema_rs.ValidationError]) -> tuple[int, int]:
    """Tell how far a document is from an alternative: something of another kind first, then by what it lacks."""
    other_kind = sum(not isinstance(error.kind, (MISSING, *CHOICES)) for error in alternative)
    return other_kind, len(alternative)


def _sentence(error: jsonschema_rs.ValidationError) -> str:
    path = [str(part) for part in error.instance_path]
    if isinstance(error.kind, MISSING):
        return f"{'.'.join([*path, error.kind.property])}: is missing"
    # The message quotes the value, which may be long.
    return f"{'.'.join(path) or 'document'}: {_shortened(error.message)}"


def _shortened(message: str) -> str:
    return message if len(message) <= 300 else f"{message[:140]} … {message[-140:]}"


@cache
def _validator(kind: Kind) -> jsonschema_rs.Draft7Validator:
    schemas = get_local_schema_cache()
    registry = jsonschema_rs.Registry(list(schemas.items()), retriever=_refuse)
    uri = f"{STAC_SCHEMAS}/{kind}-spec/json-schema/{kind}.json"
    # Formats are hints in this draft: real documents have short names of extensions and spaces in links. What has to
    # be a time is read as one.
    return jsonschema_rs.Draft7Validator(schemas[uri], registry=registry, retriever=_refuse, validate_formats=False)


def _refuse(uri: str) -> Any:
    raise LookupError(f"{uri} is not among the schemas that come with pystac.")
