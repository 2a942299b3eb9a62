"""Read the settings of the tiles app: Django's ``TILES`` dictionary over these defaults."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

from tiles.geo.grids import add_tile_matrix_sets
from tiles.limits import Limits, bind_limits
from tiles.sources.copies import CopySettings


@dataclass(frozen=True, slots=True)
class TilesSettings:
    """Hold what ``TILES = {"cache_seconds": 3600, "limits": {"render_seconds": 5}}`` says."""

    # Name in CACHES of the shared cache of rendered tiles; empty: none.
    cache_alias: str = "tiles"
    # Seconds that a rendered tile is kept. Tiles never go stale, since their key has the content's version.
    cache_seconds: int = 7 * 24 * 3600
    # Bytes above which a tile isn't cached: they are rare, and would push out hundreds of ordinary ones.
    cache_tile_bytes: int = 512 * 1024
    # Seconds that others wait for the process that renders a tile before they render it themselves.
    flight_seconds: float = 10.0
    # Seconds without asking a cache that has just failed.
    cache_pause_seconds: float = 5.0
    limits: Limits = field(default_factory=Limits)
    # Path of an elevation model for images that are placed by RPC; without one they take their scene's mean height.
    rpc_dem: str = ""
    # Grids of the site's own beside the registry's: documents of the OGC's tile matrix sets, by identifier.
    tile_matrix_sets: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Classes of standards that the site's own views conform to, beside those of this app.
    conformance: tuple[str, ...] = ()
    # Local copies of remote files, for formats whose readers take paths: slides, HDF5.
    copies: CopySettings = field(default_factory=CopySettings)
    # Tile sources of large-image that may open files beside those of formats that name no others: for files that the
    # site trusts, see `tiles.sources.installed`.
    large_image_sources: tuple[str, ...] = ()
    # GDAL configuration options, such as endpoints and keys of object stores.
    gdal: dict[str, str] = field(default_factory=dict)


@cache
def tiles_settings() -> TilesSettings:
    """Return the settings as they are now. Raises TypeError for a key that doesn't exist."""
    given: dict[str, Any] = dict(getattr(settings, "TILES", {}))
    limits = Limits(**given.pop("limits", {}))
    copies = CopySettings(**given.pop("copies", {}))
    found = TilesSettings(limits=limits, copies=copies, **given)
    add_tile_matrix_sets(found.tile_matrix_sets)
    return found


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "TILES":
        tiles_settings.cache_clear()


# Only tests change settings at run time; without this they would see the first ones for ever.
setting_changed.connect(_forget)
# What reads parameters below the routes knows no settings.
bind_limits(lambda: tiles_settings().limits)
