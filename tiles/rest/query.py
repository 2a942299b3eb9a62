"""Read what several parameters say together: a place, a size, how to summarize values."""

from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import urlencode

from django.http import QueryDict
from rest_framework.request import Request

from tiles.conf import tiles_settings
from tiles.errors import InvalidParameter, TooLarge
from tiles.geo.crs import PIXEL_SPACE, crs_grid
from tiles.limits import Limits
from tiles.regions.area import Place, Size
from tiles.regions.histogram import DEFAULT_BINS, HistogramOptions
from tiles.regions.statistics_summary import SummaryOptions
from tiles.rest import parameters as p
from tiles.rest.parameters import Parameter
from tiles.styling.style import PARAMETERS

PIXEL_UNITS = ("pixels", "base_pixels", "pixel")
SIDES = (p.LEFT, p.TOP, p.RIGHT, p.BOTTOM)
# Of a URL that the site signed, for clients that send no headers: the tiles that a document leads to take them too.
SIGNATURE = ("expires", "signature")


def rendering_query(query: QueryDict) -> str:
    """Return the rendering parameters of a request, and what signs it, to hand on in a URL."""
    return urlencode([(name, query.getlist(name)) for name in (*PARAMETERS, *SIGNATURE) if name in query], doseq=True)


def box(name: str, given: Sequence[float]) -> tuple[float, float, float, float]:
    if len(given) != 4:
        raise InvalidParameter(f"{name} must be four numbers, west,south,east,north, not {len(given)}")
    return given[0], given[1], given[2], given[3]


def place(query: QueryDict, *, is_geospatial: bool = True) -> Place:
    """Read where a request points: a bbox, four sides in some units, or the whole image.

    django-large-image's sides are degrees unless ``units`` says otherwise, or pixels of what isn't on Earth.
    """
    named = p.OUTPUT_CRS.text(query)
    native = named.lower() == "native"
    output = None if native or not named else crs_grid(named, name="crs")
    given = p.BOX.numbers(query, most=4)
    missing = [side.name for side in SIDES if not side.is_given(query)]
    if given and len(missing) < len(SIDES):
        raise InvalidParameter("Give a bbox, or left, top, right and bottom, not both")
    if given:
        return Place(box("bbox", given), p.BOX_CRS.crs(query), output, native)
    if len(missing) == len(SIDES):
        return Place(None, PIXEL_SPACE, output, native)
    if missing:
        raise InvalidParameter(f"left, top, right and bottom go together: {', '.join(missing)} is missing")
    left, top, right, bottom = (side.number(query) for side in SIDES)
    units = p.UNITS.text(query) or ("EPSG:4326" if is_geospatial else "pixels")
    if units.lower() in PIXEL_UNITS:
        return Place((left, top, right, bottom), PIXEL_SPACE, output, native)
    system = crs_grid(units, name="units")
    return Place((left, min(top, bottom), right, max(top, bottom)), system, output, native)


def size(query: QueryDict, *, max_size: int = 0) -> Size:
    """Read how many pixels are asked for; ``max_size``: what holds when nothing is said."""
    width, height, *fit, longest = (
        each.integer(query) for each in (p.WIDTH, p.HEIGHT, p.MAX_WIDTH, p.MAX_HEIGHT, p.MAX_SIZE)
    )
    if longest and (width or height):
        raise InvalidParameter("max_size doesn't go with width and height")
    if not (width or height or longest or any(fit)):
        longest = max_size
    return Size(width, height, longest, (fit[0], fit[1]))


def summary_options(query: QueryDict) -> SummaryOptions:
    percentiles = p.PERCENTILES.numbers(query, most=64)
    if any(not 0 <= one <= 100 for one in percentiles):
        raise InvalidParameter("p must be percentiles within 0-100")
    return SummaryOptions(
        percentiles=tuple(dict.fromkeys(percentiles)) or (2.0, 98.0),
        bins=bins(query, p.SUMMARY_BINS, default=10),
        span=span(query, p.SUMMARY_RANGE),
        categorical=p.CATEGORICAL.boolean(query),
        categories=p.CATEGORIES.numbers(query),
    )


def histogram_options(query: QueryDict) -> HistogramOptions:
    return HistogramOptions(
        bins=bins(query, p.BINS, default=DEFAULT_BINS), span=span(query, p.RANGE), density=p.DENSITY.boolean(query)
    )


def bins(query: QueryDict, parameter: Parameter, *, default: int) -> int | tuple[float, ...]:
    """Read how many buckets are asked for, or their edges in ascending order."""
    most = tiles_settings().limits.buckets
    given = parameter.numbers(query)
    if not given:
        return default
    if len(given) == 1:
        if given[0] != int(given[0]) or not 1 <= given[0] <= most:
            raise InvalidParameter(
                f"{parameter.name} must be a whole number within 1-{most:,}, or edges, not {given[0]:g}"
            )
        return int(given[0])
    if any(first >= second for first, second in pairwise(given)):
        raise InvalidParameter(f"{parameter.name} must be edges in ascending order")
    return given


def span(query: QueryDict, parameter: Parameter) -> tuple[float, float] | None:
    given = parameter.numbers(query, most=2)
    if not given:
        return None
    if len(given) != 2 or not given[0] < given[1]:
        raise InvalidParameter(f"{parameter.name} must be two numbers, the lower first")
    return given[0], given[1]


def read_body(request: Request, *, limits: Limits) -> bytes:
    """Return the raw body. GeoJSON comes in any content type, and no parser of DRF's bounds it.

    Raises TooLarge, and InvalidParameter for an empty one.
    """
    content: bytes = request._request.read(limits.body_bytes + 1)  # noqa: SLF001 -- DRF's own stream is parsed
    if len(content) > limits.body_bytes:
        raise TooLarge(f"The body is larger than {limits.body_bytes:,} bytes")
    if not content:
        raise InvalidParameter("The body must be GeoJSON; it is empty")
    return content
