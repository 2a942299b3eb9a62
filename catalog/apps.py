from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have locations judged and opened by the storages that the database has."""
        from catalog.remote.places import bind_places  # noqa: PLC0415  Models are there from now on.
        from catalog.services.storages.known import known_places  # noqa: PLC0415

        bind_places(known_places)
