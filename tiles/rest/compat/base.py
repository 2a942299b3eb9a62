"""Share among django-large-image's routes its parameters, its readers' names, its grids."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from tiles.errors import InvalidParameter
from tiles.geo.grids import Grid
from tiles.large_image.projections import projected_grid
from tiles.rest import query as q
from tiles.rest.base import SourceMixin
from tiles.sources.drivers import LARGE_IMAGE_SOURCES
from tiles.sources.installed import installed_sources
from tiles.sources.protocol import Source

# What `source=` names in any installation: large-image's readers, of which `gdal` is ours.
READERS = ("gdal", *LARGE_IMAGE_SOURCES)
FORMAT = r"\.(?P<fmt>\w{1,20})"


def readers() -> tuple[str, ...]:
    """Return what `source=` may name here: our reader, and what is installed of large-image's and may open files."""
    return ("gdal", *installed_sources())


def _parameter(name: str, description: str, kind: Any = OpenApiTypes.STR) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description)


BASE_PARAMETERS = [
    _parameter("projection", "A code such as EPSG:3857 whose tile grid is meant; without: the image's own pixels."),
    _parameter("source", f"The reader to open the image with: {', '.join(READERS)}."),
]
STYLE_PARAMETERS = [
    _parameter("band", "Band to show, from 1.", OpenApiTypes.INT),
    _parameter("palette", "Color map of one band; `cmap` is the same."),
    _parameter("min", "Value shown in the first color.", OpenApiTypes.NUMBER),
    _parameter("max", "Value shown in the last color.", OpenApiTypes.NUMBER),
    _parameter("nodata", "Value that is transparent.", OpenApiTypes.NUMBER),
    _parameter("scheme", "`linear` or `discrete` colors."),
    _parameter("style", "large-image's style as JSON, without its `function`."),
]


class LargeImageBase(SourceMixin):
    def find_reader(self, request: Request) -> str:
        """Return the reader that ``source=`` names; empty: whichever suits. Raises InvalidParameter."""
        name = q.text(request.query_params, "source")
        if name and name not in readers():
            raise InvalidParameter(f"source must be one of {', '.join(readers())}, not {name!r}")
        return name

    def find_projection(self, request: Request) -> str | None:
        """Return the name of the grid that ``projection=`` means. Raises InvalidParameter."""
        code = q.text(request.query_params, "projection")
        return projected_grid(code).identifier if code else None

    def find_grid(self, source: Source, name: str | None = None) -> Grid:
        if name and ":" in name:
            return projected_grid(name) if source.is_geospatial else source.pixel_grid
        return super().find_grid(source, name)

    def requested_grid(self, request: Request, source: Source) -> Grid:
        return self.find_grid(source, self.find_projection(request))


def whole_number(request: Request, name: str, *, default: int | None = None, lowest: int = 0, highest: int) -> int:
    """Read a query parameter. Raises InvalidParameter, naming it and what is allowed."""
    text = q.text(request.query_params, name) or ("" if default is None else str(default))
    if text.isascii() and text.isdecimal() and len(text) <= 12 and lowest <= int(text) <= highest:
        return int(text)
    raise InvalidParameter(f"{name} must be a whole number within {lowest}-{highest}, not {text!r}")
