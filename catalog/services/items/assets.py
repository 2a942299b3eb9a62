"""From an item's asset to what `tiles` opens."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from catalog.errors import NotFound
from catalog.models import ChecksumFile, Item
from catalog.services.files.storing import gdal_path
from tiles.sources.reference import SourceRef
from tiles.sources.statistics import BandStatistics

# What a map shows first, if an item says so by its assets' roles.
VISUAL_ROLES = ("visual", "overview", "data")
# Files that are ours, but pictures of the item rather than its imagery.
SECONDARY_ROLES = frozenset({"thumbnail", "metadata"})
# What scaling needs to know of a band; looked up once, since a mosaic reads thousands.
STATISTICS = tuple(field.name for field in fields(BandStatistics))


def _rank(asset: dict[str, Any]) -> int:
    roles = asset.get("roles") or ()
    return next((rank for rank, role in enumerate(VISUAL_ROLES) if role in roles), len(VISUAL_ROLES))


def visual_assets(item: Item) -> list[str]:
    """Return the keys of the assets that can be served as tiles, the one to show by default first."""
    keys = [
        key
        for key, asset in item.assets.items()
        if key in item.asset_files and not SECONDARY_ROLES.intersection(asset.get("roles") or ())
    ]
    return sorted(keys, key=lambda key: _rank(item.assets[key]))


def find_source(item: Item, asset_key: str = "") -> SourceRef:
    """Return the source of one asset, by default the one to show first; only what ingest admitted has one."""
    asset_key = asset_key or next(iter(visual_assets(item)), "")
    file_id = item.asset_files.get(asset_key)
    asset = item.assets.get(asset_key)
    file = ChecksumFile.objects.filter(pk=file_id, collection_id=item.collection_id).first() if file_id else None
    if asset is None or file is None:
        known = ", ".join(sorted(item.asset_files)) or "none"
        raise NotFound(
            f"There is no imagery {asset_key!r} in {item.item_id!r}; there is: {known}.", code="asset_not_found"
        )
    return source_ref(file, asset)


def source_ref(file: ChecksumFile, asset: Mapping[str, Any]) -> SourceRef:
    """Return the file as `tiles` opens it, with what ingest wrote of it into the STAC asset."""
    return SourceRef(
        location=gdal_path(file),
        version=file.version,
        siblings=tuple(file.siblings),
        statistics=tuple(_statistics(band) for band in asset.get("bands", ())),
        name=file.name,
        media_type=asset.get("type", ""),
        subdataset=asset.get("geodata:subdataset", ""),
        driver=asset.get("geodata:driver", ""),
    )


def _statistics(band: Mapping[str, Any]) -> BandStatistics | None:
    """Read a band's statistics back from its STAC document; None when the document lacks what scaling needs."""
    stored = band.get("statistics", {})
    histogram = band.get("raster:histogram", {})
    values = {
        **stored,
        "histogram_counts": tuple(histogram.get("buckets", ())),
        "histogram_min": histogram.get("min", stored.get("minimum")),
        "histogram_max": histogram.get("max", stored.get("maximum")),
    }
    found = [values.get(name) for name in STATISTICS]
    return None if None in found else BandStatistics(*found)  # type: ignore[arg-type]  # As the document has them.
