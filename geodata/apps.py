"""Register what the site looks at when it starts."""

from django.apps import AppConfig
from django.core import checks


class GeodataConfig(AppConfig):
    name = "geodata"

    def ready(self) -> None:
        from geodata.checks import check_variables  # noqa: PLC0415  Django says so: after the models.

        checks.register(check_variables)
