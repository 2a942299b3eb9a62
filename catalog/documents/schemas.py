"""STAC's core schemas as they come with pystac: nothing is fetched from the network."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

import jsonschema_rs
from pystac.validation.local_validator import get_local_schema_cache

STAC_SCHEMAS = "https://schemas.stacspec.org/v1.1.0"
Kind = Literal["item", "collection"]


def item_errors(document: Mapping[str, Any]) -> list[str]:
    """Return what STAC's core Item schema objects to, one sentence each; empty for a valid document.

    Extensions' schemas don't take part: they would have to be fetched.
    """
    return schema_errors(document, kind="item")


def schema_errors(document: Mapping[str, Any], *, kind: Kind, most: int = 20) -> list[str]:
    """Return what the schema of an Item or a Collection objects to, no more than `most` sentences."""
    found = []
    for error in _validator(kind).iter_errors(dict(document)):
        path = ".".join(map(str, error.instance_path)) or "document"
        # The message quotes the value, which may be long.
        found.append(f"{path}: {_shortened(error.message)}")
        if len(found) == most:
            break
    return found


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
