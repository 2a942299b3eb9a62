"""Checking STAC documents against the core schemas that come with pystac, and nothing from the network."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft7Validator
from pystac.validation.local_validator import get_local_schema_cache
from referencing import Registry, Resource

ITEM_SCHEMA = "https://schemas.stacspec.org/v1.1.0/item-spec/json-schema/item.json"


def item_errors(document: Mapping[str, Any]) -> list[str]:
    """What STAC's core Item schema objects to, one sentence each; empty for a valid document.

    Extensions' schemas don't take part: they would have to be fetched.
    """
    return [f"{error.json_path}: {error.message}" for error in item_validator().iter_errors(dict(document))]


@cache
def item_validator() -> Draft7Validator:
    schemas = get_local_schema_cache()
    # A registry without a `retrieve` function fails on an unknown schema where pystac's own would download it.
    registry: Registry[Any] = Registry().with_resources(
        (uri, Resource.from_contents(schema)) for uri, schema in schemas.items()
    )
    return Draft7Validator(schemas[ITEM_SCHEMA], registry=registry)
