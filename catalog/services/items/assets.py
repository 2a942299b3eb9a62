"""Find what `tiles` opens for an item's asset."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from catalog.documents.imagery_assets import roles_of
from catalog.errors import NotFound
from catalog.models import ChecksumFile, Item
from catalog.services.files.storing import gdal_path
from catalog.services.ingest.jobs import ask_for_look
from tiles.sources.reference import SourceRef
from tiles.sources.statistics import BandStatistics

# What a map shows first, if an item says so by its assets' roles.
VISUAL_ROLES = ("visual", "overview", "data")
# Files that are ours, but pictures of the item rather than its imagery.
SECONDARY_ROLES = frozenset({"thumbnail", "metadata"})
# What scaling needs to know of a band; looked up once, since a mosaic reads thousands.
STATISTICS = tuple(field.name for field in fields(BandStatistics))


def _rank(asset: dict[str, Any]) -> int:
    roles = roles_of(asset)
    return next((rank for rank, role in enumerate(VISUAL_ROLES) if role in roles), len(VISUAL_ROLES))


def visual_assets(assets: Mapping[str, Any], *, files: Mapping[str, str]) -> list[str]:
    """Return the keys of the assets that can be served as tiles, the one to show by default first.

    ``files`` are the files they were admitted as, by their keys.
    """
    keys = [key for key, asset in assets.items() if key in files and not SECONDARY_ROLES.intersection(roles_of(asset))]
    return sorted(keys, key=lambda key: _rank(assets[key]))


def find_source(item: Item, asset_key: str = "") -> SourceRef:
    """Return the source of one asset, by default the one to show first; only what ingest admitted has one.

    An asset is named by its key, or, where none has that key, by the common name of its only band: `red`.
    """
    asset_key = asset_key or next(iter(visual_assets(item.assets, files=item.asset_files)), "")
    if asset_key not in item.assets:
        asset_key = _by_common_name(item, asset_key) or asset_key
    file_id = item.asset_files.get(asset_key)
    asset = item.assets.get(asset_key)
    file = ChecksumFile.objects.filter(pk=file_id, collection_id=item.collection_id).first() if file_id else None
    if asset is None or file is None:
        known = ", ".join(sorted(item.asset_files)) or "none"
        raise NotFound(
            f"There is no imagery {asset_key!r} in {item.item_id!r}; there is: {known}.", code="asset_not_found"
        )
    if not file.opened:
        ask_for_look(file.pk)
    return source_ref(file, asset)


def _by_common_name(item: Item, name: str) -> str | None:
    """Return the key of the first asset of one band of that common name; None when there is none."""
    for key in visual_assets(item.assets, files=item.asset_files):
        bands = item.assets[key].get("bands") or item.assets[key].get("eo:bands")
        band = bands[0] if isinstance(bands, list) and len(bands) == 1 else None
        if isinstance(band, dict) and name in (band.get("eo:common_name"), band.get("common_name")):
            return key
    return None


def source_ref(file: ChecksumFile, asset: Mapping[str, Any]) -> SourceRef:
    """Return the file for `tiles`: what opens it and how is the file's row's, of the document's only its statistics."""
    return SourceRef(
        location=gdal_path(file),
        version=file.version,
        etag=file.etag,
        siblings=tuple(file.siblings),
        statistics=_band_statistics(asset) or _band_statistics(file.metadata),
        name=file.name,
        media_type=file.media_type,
        subdataset=file.subdataset,
        driver=file.driver,
    )


def _band_statistics(document: Mapping[str, Any]) -> tuple[BandStatistics | None, ...]:
    """Return the statistics of a document's bands; none where not one band has what scaling needs."""
    bands = document.get("bands")
    found = tuple(_statistics(band) for band in bands) if isinstance(bands, list) else ()
    return found if any(found) else ()


def _statistics(band: object) -> BandStatistics | None:
    """Read a band's statistics back from its STAC document; None when they aren't what scaling needs, or anything."""
    stored, histogram = (_member(band, name) for name in ("statistics", "raster:histogram"))
    buckets = histogram.get("buckets", ())
    values = {
        **stored,
        "histogram_counts": tuple(buckets) if isinstance(buckets, list) else (),
        "histogram_min": histogram.get("min", stored.get("minimum")),
        "histogram_max": histogram.get("max", stored.get("maximum")),
    }
    found = [values.get(name) for name in STATISTICS]
    numbers = [*(each for each in found if not isinstance(each, tuple)), *values["histogram_counts"]]
    if not all(isinstance(each, int | float) and math.isfinite(each) for each in numbers):
        return None
    return BandStatistics(*found)  # type: ignore[arg-type]  # Checked one by one.


def _member(document: object, name: str) -> Mapping[str, Any]:
    found = document.get(name) if isinstance(document, dict) else None
    return found if isinstance(found, dict) else {}
