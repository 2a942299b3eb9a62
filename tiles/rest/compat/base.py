"""Share among django-large-image's routes its parameters, its readers' names, its grids."""

from rest_framework.request import Request

from tiles.errors import InvalidParameter
from tiles.geo.grids import Grid
from tiles.large_image.projections import projected_grid
from tiles.rest.base import SourceMixin
from tiles.rest.parameters import INT, NUMBER, STR, Parameter
from tiles.sources.drivers import LARGE_IMAGE_SOURCES
from tiles.sources.installed import installed_sources
from tiles.sources.protocol import Source
from tiles.styling.colormaps import SCHEMES
from tiles.styling.style import MOST_BANDS

# What `source=` names in any installation: large-image's readers, of which `gdal` is ours.
READERS = ("gdal", *LARGE_IMAGE_SOURCES)
FORMAT = r"\.(?P<fmt>\w{1,20})"


def readers() -> tuple[str, ...]:
    """Return what `source=` may name here: our reader, and what is installed of large-image's and may open files."""
    return ("gdal", *installed_sources())


PROJECTION = Parameter(
    "projection",
    STR,
    "A code such as EPSG:3857 whose tile grid is meant; without: the image's own pixels.",
    "EPSG:3857",
)
SOURCE = Parameter("source", STR, f"The reader to open the image with: {', '.join(READERS)}.", "gdal")
BASE_PARAMETERS = [PROJECTION, SOURCE]
BAND = Parameter("band", INT, "Band to show, from 1.", 1, low=1, high=MOST_BANDS)
STYLE_PARAMETERS = [
    BAND,
    Parameter("palette", STR, "Color map of one band; `cmap` is the same.", "viridis"),
    Parameter("min", NUMBER, "Value shown in the first color.", 0),
    Parameter("max", NUMBER, "Value shown in the last color.", 3000),
    Parameter("nodata", NUMBER, "Value that is transparent.", 0),
    Parameter("scheme", STR, "`linear` or `discrete` colors.", "linear", enum=[*SCHEMES]),
    Parameter("style", STR, "large-image's style as JSON, without its `function`.", '{"band": 1}'),
]


class LargeImageBase(SourceMixin):
    def find_reader(self, request: Request) -> str:
        """Return the reader that ``source=`` names; empty: whichever suits. Raises InvalidParameter."""
        name = SOURCE.text(request.query_params)
        if name and name not in readers():
            raise InvalidParameter(f"source must be one of {', '.join(readers())}, not {name!r}")
        return name

    def find_projection(self, request: Request) -> str | None:
        """Return the name of the grid that ``projection=`` means. Raises InvalidParameter."""
        code = PROJECTION.text(request.query_params)
        return projected_grid(code).identifier if code else None

    def find_grid(self, source: Source, name: str | None = None) -> Grid:
        if name and ":" in name:
            return projected_grid(name) if source.is_geospatial else source.pixel_grid
        return super().find_grid(source, name)

    def requested_grid(self, request: Request, source: Source) -> Grid:
        return self.find_grid(source, self.find_projection(request))
