from django.apps import AppConfig


class TilesConfig(AppConfig):
    name = "tiles"

    def ready(self) -> None:
        from .conf import tiles_settings  # noqa: PLC0415 -- settings are complete only now
        from .gdal_env import configure_gdal  # noqa: PLC0415

        found = tiles_settings()
        configure_gdal(cache_megabytes=found.limits.block_cache_megabytes, **found.gdal)
