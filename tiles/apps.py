from django.apps import AppConfig
from django.core.checks import register
from django.core.exceptions import ImproperlyConfigured

from tiles.checks import check_tiles


class TilesConfig(AppConfig):
    name = "tiles"

    def ready(self) -> None:
        register(check_tiles)
        # Without GDAL nothing here can be imported: say what to install, and not which import failed.
        missing = [message for message in check_tiles() if message.id == "tiles.E001"]
        if missing:
            raise ImproperlyConfigured(f"{missing[0].msg} {missing[0].hint}")
        from tiles.conf import tiles_settings  # noqa: PLC0415 -- settings are complete only now
        from tiles.process import keep_freed_memory, use_one_thread  # noqa: PLC0415
        from tiles.sources.copies import configure_copies  # noqa: PLC0415
        from tiles.sources.gdal_env import configure_gdal  # noqa: PLC0415
        from tiles.sources.installed import configure_sources  # noqa: PLC0415

        found = tiles_settings()
        use_one_thread()
        keep_freed_memory()
        configure_copies(found.copies)
        configure_sources(found.large_image_sources)
        configure_gdal(cache_megabytes=found.limits.block_cache_megabytes, rpc_dem=found.rpc_dem, **found.gdal)
