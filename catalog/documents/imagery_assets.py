"""Tell which assets of an item are imagery, by what its document says of them."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

# Media types, without their parameters, of formats that hold rasters and that are read here.
RASTERS = frozenset(
    {"image/tiff", "image/vnd.stac.geotiff", "image/jp2", "image/jpx", "application/vnd+zarr", "application/vnd.zarr"}
    | {"application/x-netcdf", "application/netcdf", "application/x-hdf", "application/x-hdf5", "application/x-hdf4"}
    | {"application/wmo-grib2", "application/grib", "application/x-grib", "application/x-grib2"}
    | {"application/geotiff", "image/x.geotiff", "application/vnd.nitf", "image/nitf"}
)
# Roles of what is measured or meant to be looked at; pictures of an item are none of it.
DATA_ROLES = frozenset({"data", "visual", "reflectance", "overview", "cloud-optimized"})
PICTURE_ROLES = frozenset({"thumbnail", "preview"})
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/jpg"})
SUFFIXES = (
    *(".tif", ".tiff", ".gtiff", ".jp2", ".j2k", ".ntf", ".nitf", ".img", ".nc", ".nc4", ".hdf", ".h5", ".he5"),
    *(".zarr", ".grib", ".grib2", ".grb", ".grb2"),
)
UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream"})


def media_type_of(asset: Mapping[str, Any]) -> str:
    """Return an asset's media type in small letters, without its parameters; empty where it says none."""
    found = asset.get("type")
    return found.partition(";")[0].strip().lower() if isinstance(found, str) else ""


def roles_of(asset: Mapping[str, Any]) -> list[str]:
    """Return the roles of an asset, whatever else its document has in their place."""
    roles = asset.get("roles")
    return [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []


def is_imagery(asset: object) -> bool:
    """Tell whether an asset is imagery: of a raster's media type, or, with a role of data, of a raster's suffix.

    What is only a picture of the item (role `thumbnail`), is none.
    """
    if not isinstance(asset, dict) or not isinstance(asset.get("href"), str):
        return False
    roles = set(roles_of(asset))
    if roles & PICTURE_ROLES:
        return False
    kind = media_type_of(asset)
    if kind in RASTERS:
        return True
    if kind in PICTURES:
        # Photographs with a place, as some surveys have them.
        return "data" in roles
    return kind in UNTOLD and (not roles or bool(roles & DATA_ROLES)) and _suffix(asset["href"]) in SUFFIXES


def find_picture(assets: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the asset that shows the item as a small picture: its thumbnail, or else an overview that is a picture."""
    for role in ("thumbnail", "overview"):
        for asset in assets.values():
            if isinstance(asset, dict) and role in roles_of(asset) and _is_picture(asset):
                return asset
    return None


def _is_picture(asset: Mapping[str, Any]) -> bool:
    kind = media_type_of(asset)
    return isinstance(asset.get("href"), str) and (
        kind in PICTURES or (kind in UNTOLD and _suffix(asset["href"]) in (".jpg", ".jpeg", ".png", ".webp"))
    )


def _suffix(href: str) -> str:
    try:
        return PurePosixPath(urlsplit(href).path.rstrip("/")).suffix.lower()
    except ValueError:
        return ""
