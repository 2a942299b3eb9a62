from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from catalog.services.gdal import gdal_options  # noqa: PLC0415  Settings are read when Django is set up.
        from tiles.gdal_env import configure_gdal  # noqa: PLC0415  As above.

        configure_gdal(**gdal_options())
