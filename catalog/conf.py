"""Limits of the STAC API, each with its unit and reason. `settings.STAC` overrides them by name."""

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from django.conf import settings


@dataclass(frozen=True)
class Limits:
    # Items of a page when the client does not say, as in the servers that clients are tested with.
    default_page_items: int = 10
    # Items of the largest page. More are asked for in good faith, so the number is lowered rather than refused.
    max_page_items: int = 10_000
    # Collections of the largest page, which is also what a client gets that does not say.
    max_page_collections: int = 1_000
    # Bytes of a search's body: enough for a polygon of `max_vertices`.
    max_body_bytes: int = 8 * 2**20
    # Bytes of a bulk of items: some ten thousand, which take some hundred MiB while they are read.
    max_bulk_bytes: int = 32 * 2**20
    # Positions of all geometries that one request searches with: a country's outline, simplified for a map. GEOS
    # checks them in time that may grow with their square, and every item's footprint is compared with all of them.
    max_vertices: int = 10_000
    # Operators of a filter, properties of a `query`, and operators around one another. What people and their clients
    # write has a handful; a filter that names hundreds of ids does so in a list, which counts as one.
    max_filter_terms: int = 1_000
    max_filter_depth: int = 64
    # Operators of a filter that any search may have. One of more takes half a second to compile, and one of the places
    # of `long_searches`.
    plain_filter_terms: int = 200
    # Areas of one search, as of a GeometryCollection: each is a condition of its own.
    max_areas: int = 1_000
    # Remainders of remainders in a filter: to write one down doubles what it is of.
    max_nested_remainders: int = 4
    # Characters of a pattern in LIKE. Matching takes at worst its length times the text's.
    max_pattern_characters: int = 1_000
    # Members to include or to leave out, and characters of each name. Each is looked for in every item of a page.
    max_fields: int = 256
    max_field_characters: int = 256
    # Seconds that a search may take: to be read, checked, compiled, and for the database. Filters can be written that
    # take it hours.
    search_seconds: float = 20.0
    # Seconds that every search has, and how many at a time may take longer than these in each web process, which has
    # four threads: the others stay free for who asks for less.
    moment_seconds: float = 0.4
    long_searches: int = 2
    # Matching items that are counted to the last one, and seconds that this may take. More are estimated.
    max_exact_count: int = 10_000
    count_seconds: float = 1.0
    # Characters and words of a free text `q`. Each word is looked up by itself.
    max_q_characters: int = 2_000
    max_q_words: int = 100
    # Aggregations of one request. Each asks the database.
    max_aggregations: int = 32
    # Buckets of one frequency distribution.
    max_buckets: int = 10_000
    # Cells of a grid that geometries are compared with: all geohashes of 3 characters.
    max_grid_cells: int = 32_768
    # Footprints of one vector tile: more are not told apart, and take a second to write.
    max_tile_features: int = 10_000
    # Those drawn where there are that many: cells with counts show the others, and the tile stays small.
    crowded_tile_features: int = 2_000
    # Ids one search may name. Databases limit the values of a statement.
    max_ids: int = 10_000
    # Items whose properties tell queryables and sortables what there is.
    schema_sample_items: int = 200


def limits() -> Limits:
    configured: dict[str, Any] = getattr(settings, "STAC", {})
    return _limits(tuple(configured.items()))


@lru_cache(16)
def _limits(configured: tuple[tuple[str, Any], ...]) -> Limits:
    known = {field.name for field in fields(Limits)}
    return Limits(**{name: value for name, value in configured if name in known})
