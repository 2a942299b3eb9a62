from django.apps import AppConfig


class TilesConfig(AppConfig):
    name = "tiles"

    def ready(self) -> None:
        from tiles.conf import tiles_settings  # noqa: PLC0415 -- settings are complete only now
        from tiles.process import keep_freed_memory, use_one_thread  # noqa: PLC0415
        from tiles.sources.copies import configure_copies  # noqa: PLC0415
        from tiles.sources.gdal_env import configure_gdal  # noqa: PLC0415

        found = tiles_settings()
        use_one_thread()
        keep_freed_memory()
        configure_copies(found.copies)
        configure_gdal(cache_megabytes=found.limits.block_cache_megabytes, rpc_dem=found.rpc_dem, **found.gdal)
