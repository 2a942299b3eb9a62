"""Count what items have in common, on plain values: no database.

The counts are a JSON object: ``values`` of a property and how many items have each, ``ranges`` of numbers, and
``assets`` with what all of one key have in common. A property of too many values, and assets of too many keys, are None
from then on: their counts are lost, and nothing is said of them until the collection has been empty.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

Counts = dict[str, Any]
# The longest lists that help a reader, and that are still cheap to write with each item.
MAX_VALUES = 100
MAX_VALUE_CHARACTERS = 256
MAX_ASSETS = 200
LISTED = frozenset(
    {
        "platform", "instruments", "constellation", "mission", "proj:code", "proj:epsg", "processing:level",
        "product:type", "sat:orbit_state", "sar:instrument_mode", "sar:frequency_band", "sar:polarizations",
        "sar:product_type", "sar:observation_direction", "s1:polarization", "landsat:collection_category",
        "landsat:correction", "sci:doi",
    }
)  # fmt: skip
MEASURED = frozenset({"gsd", "eo:cloud_cover", "eo:snow_cover"})
MEASURED_PREFIX = "view:"
# Of an asset what may be the same for all items. The rest is about one file.
DEFINING = ("title", "description", "type", "roles")
# What the schema asks of a definition.
LEAST_MEMBERS = 2


def empty_counts() -> Counts:
    return {"items": 0, "values": {}, "ranges": {}, "assets": {}}


def add_item(counts: Counts, properties: Mapping[str, Any], assets: Mapping[str, Any]) -> None:
    """Count one more item, in place."""
    counts["items"] += 1
    for name, value in _listed(properties):
        values = counts["values"].setdefault(name, {})
        if values is not None:
            values[value] = values.get(value, 0) + 1
            if len(values) > MAX_VALUES:
                counts["values"][name] = None
    for name, number in _measured(properties):
        found = counts["ranges"].setdefault(name, {"count": 0, "minimum": number, "maximum": number})
        found["count"] += 1
        found["minimum"], found["maximum"] = min(found["minimum"], number), max(found["maximum"], number)
    for key, asset in assets.items() if counts["assets"] is not None else ():
        found = counts["assets"].get(key)
        if found is None:
            definition = {name: asset[name] for name in DEFINING if asset.get(name)}
            found = counts["assets"][key] = {"count": 0, "definition": definition}
        found["count"] += 1
        for name, value in found["definition"].items():
            if asset.get(name) != value:
                found["definition"] = {
                    name: value for name, value in found["definition"].items() if asset.get(name) == value
                }
                break
        if len(counts["assets"]) > MAX_ASSETS:
            counts["assets"] = None
            break


def remove_item(counts: Counts, properties: Mapping[str, Any], assets: Mapping[str, Any]) -> set[str]:
    """Count one less, in place. Return names of the ranges whose extreme it may have been: they are to be looked up."""
    counts["items"] -= 1
    for name, value in _listed(properties):
        _subtract(counts["values"].get(name), value)
        if counts["values"].get(name) == {}:
            del counts["values"][name]
    for key in assets:
        _subtract(counts["assets"], key)
    extremes = {name for name, number in _measured(properties) if _leave_range(counts["ranges"], name, number)}
    if counts["items"] <= 0:
        counts.update(empty_counts())
        return set()
    return {name for name in extremes if name in counts["ranges"]}


def describe(counts: Counts) -> dict[str, Any]:
    """Return `summaries` and `item_assets` of the collection's document, without those that are empty."""
    ranges = {
        name: {"minimum": found["minimum"], "maximum": found["maximum"]} for name, found in counts["ranges"].items()
    }
    lists = {
        name: sorted(map(orjson.loads, found), key=lambda value: (isinstance(value, str), value))
        for name, found in counts["values"].items()
        if found
    }
    definitions = {
        key: found["definition"]
        for key, found in (counts["assets"] or {}).items()
        if len(found["definition"]) >= LEAST_MEMBERS
    }
    described = {
        "summaries": dict(sorted((ranges | lists).items())),
        "item_assets": dict(sorted(definitions.items())),
    }
    return {name: members for name, members in described.items() if members}


def _listed(properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the names of properties whose values are listed, with the value as JSON; of a list each member once."""
    for name in LISTED & properties.keys():
        value = properties[name]
        texts = set()
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str | int | float) and not isinstance(one, bool):
                texts.add(orjson.dumps(one).decode())
        for text in sorted(texts):
            if len(text) <= MAX_VALUE_CHARACTERS:
                yield name, text


def _measured(properties: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in properties.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and (name in MEASURED or name.startswith(MEASURED_PREFIX)):
            yield name, value


def _subtract(counts: dict[str, Any] | None, key: str) -> None:
    """Take the key away with the last that has it."""
    found = counts.get(key) if counts else None
    if counts is None or found is None:
        return
    left = (found["count"] if isinstance(found, dict) else found) - 1
    if left <= 0:
        del counts[key]
    elif isinstance(found, dict):
        found["count"] = left
    else:
        counts[key] = left


def _leave_range(ranges: dict[str, Any], name: str, number: float) -> bool:
    """Count one number less; return whether it was an extreme that others may not reach."""
    found = ranges.get(name)
    if found is None:
        return False
    _subtract(ranges, name)
    return number in {found["minimum"], found["maximum"]}
