"""What can be aggregated, and what each aggregation gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.db.models import QuerySet

from catalog.models import Item
from catalog.querying.cql2.operands import MOMENTS
from catalog.querying.sql.grids import Kind
from catalog.stac.core.documents import Document
from catalog.stac.core.queryables import property_schemas

SUFFIX = "_frequency"
# Names that other servers gave to frequencies of these properties.
SHORT_NAMES = {
    "cloud_cover": "eo:cloud_cover",
    "grid_code": "grid:code",
    "off_nadir": "view:off_nadir",
    "sun_azimuth": "view:sun_azimuth",
    "sun_elevation": "view:sun_elevation",
}
# Texts that hardly two items share.
SINGULAR = frozenset({"title", "description", "datetime", "start_datetime", "end_datetime", *MOMENTS})


@dataclass(frozen=True)
class GridFrequency:
    """Where items lie: their middle, or every cell they meet."""

    place: Literal["centroid", "geometry"]
    kind: Kind
    # When the client does not say.
    precision: int


GRIDS = {
    "centroid_geohash_grid_frequency": GridFrequency("centroid", "geohash", 3),
    "centroid_geotile_grid_frequency": GridFrequency("centroid", "geotile", 6),
    "geometry_geohash_grid_frequency": GridFrequency("geometry", "geohash", 2),
    "geometry_geotile_grid_frequency": GridFrequency("geometry", "geotile", 5),
}
SINGLE_VALUES = {"total_count": "integer", "datetime_min": "datetime", "datetime_max": "datetime"}
BUCKETS = {"datetime_frequency": "datetime", "collection_frequency": "string"} | dict.fromkeys(GRIDS, "string")


def property_of(name: str) -> str | None:
    """Return the property whose frequency is meant by a name; None for other names."""
    short = name.removesuffix(SUFFIX)
    if name in BUCKETS or short in ("", name):
        return None
    return SHORT_NAMES.get(short, short)


def available_aggregations(items: QuerySet[Item]) -> list[Document]:
    """Return those that make sense for any items, and frequencies of the properties that these have."""
    found = [{"name": name, "data_type": data_type} for name, data_type in SINGLE_VALUES.items()]
    frequencies = BUCKETS | _property_frequencies(property_schemas(items))
    return found + [
        {"name": name, "data_type": "frequency_distribution", "frequency_distribution_data_type": data_type}
        for name, data_type in frequencies.items()
    ]


def _property_frequencies(schemas: Mapping[str, Document]) -> dict[str, str]:
    shortened = {name: short for short, name in SHORT_NAMES.items()}
    found = {}
    for name, schema in schemas.items():
        types = {schema["type"]} if isinstance(schema.get("type"), str) else set(schema.get("type", ()))
        if name not in SINGULAR and types & {"number", "integer", "string"}:
            numeric = types & {"number", "integer"}
            found[f"{shortened.get(name, name)}{SUFFIX}"] = "numeric" if numeric else "string"
    return found
