"""Read query parameters of the data routes, each with a type, a range and a message."""

from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import urlencode

from django.http import QueryDict
from rest_framework.request import Request

from tiles.conf import tiles_settings
from tiles.errors import InvalidParameter, TooLarge
from tiles.geo.crs import PIXEL_SPACE, crs_grid
from tiles.geo.grids import Grid
from tiles.limits import Limits
from tiles.regions.area import Place, Size
from tiles.regions.histogram import DEFAULT_BINS, HistogramOptions
from tiles.regions.statistics_summary import SummaryOptions
from tiles.rest.parameters import MOST_PIXELS
from tiles.styling import parameters as styling
from tiles.styling.style import PARAMETERS

PIXEL_UNITS = ("pixels", "base_pixels", "pixel")
SIDES = ("left", "top", "right", "bottom")
# Numbers beyond it lose digits that coordinates have.
MOST = 1e15
# Any of these makes a picture of a format that holds values otherwise.
PAINTING = ("rescale", "min", "max", "colormap_name", "colormap", "palette", "color_formula", "style", "algorithm")


# Of a URL that the site signed, for clients that send no headers: the tiles that a document leads to take them too.
SIGNATURE = ("expires", "signature")


def rendering_query(query: QueryDict) -> str:
    """Return the rendering parameters of a request, and what signs it, to hand on in a URL."""
    return urlencode([(name, query.getlist(name)) for name in (*PARAMETERS, *SIGNATURE) if name in query], doseq=True)


def text(query: QueryDict, *names: str) -> str:
    """Return the text under the first of ``names`` that is given: they mean the same. Raises InvalidParameter."""
    for name in names:
        given = [one.strip() for one in query.getlist(name) if one.strip()]
        if len(given) > 1:
            raise InvalidParameter(f"{name} is given {len(given)} times")
        if given:
            if len(given[0]) > tiles_settings().limits.parameter_length:
                raise InvalidParameter(f"{name} is longer than {tiles_settings().limits.parameter_length} characters")
            return given[0]
    return ""


def integer(query: QueryDict, *names: str, low: int, high: int, default: int = 0) -> int:
    given = text(query, *names)
    if not given:
        return default
    if not (given.isascii() and given.isdecimal() and len(given) <= 9 and low <= int(given) <= high):
        raise InvalidParameter(f"{names[0]} must be a whole number within {low:,}-{high:,}, not {given[:40]!r}")
    return int(given)


def boolean(query: QueryDict, name: str, *, default: bool = False) -> bool:
    """Return what a word such as ``true`` says, read as a style's are. Raises InvalidParameter."""
    given = text(query, name)
    return styling.boolean(name, given, default=default) if given else default


def choice(query: QueryDict, name: str, allowed: Sequence[str]) -> str:
    """Return one of ``allowed``, or "" when nothing is said. Raises InvalidParameter."""
    given = text(query, name)
    return styling.choice(name, given, tuple(allowed)) if given else ""


def number(name: str, given: str) -> float:
    """Return a finite number of a size that calculations bear. Raises InvalidParameter."""
    value = styling.number(name, given)
    if abs(value) >= MOST:
        raise InvalidParameter(f"{name} must be a finite number, not {given[:40]!r}")
    return value


def numbers(query: QueryDict, *names: str, most: int) -> tuple[float, ...]:
    """Read every number of one parameter, however often it is given, commas in between."""
    for name in names:
        parts = [part for given in query.getlist(name) for part in given.split(",") if part.strip()]
        if len(parts) > most:
            raise InvalidParameter(f"{name} has {len(parts):,} numbers; the limit is {most:,}")
        if parts:
            return tuple(number(name, part) for part in parts)
    return ()


def names(query: QueryDict, name: str, *, most: int) -> tuple[str, ...]:
    """Return the names that one parameter gives, however often, commas in between. Raises InvalidParameter."""
    found = tuple(part for given in query.getlist(name) for part in given.split(",") if part)
    if len(found) > most:
        raise InvalidParameter(f"{name} names {len(found)}; the limit is {most}")
    return found


def crs(query: QueryDict, *names: str, default: str = "OGC:CRS84") -> Grid:
    given = next((name for name in names if text(query, name)), names[0])
    return crs_grid(text(query, given) or default, name=given)


def box(name: str, given: Sequence[float]) -> tuple[float, float, float, float]:
    if len(given) != 4:
        raise InvalidParameter(f"{name} must be four numbers, west,south,east,north, not {len(given)}")
    return given[0], given[1], given[2], given[3]


def place(query: QueryDict, *, is_geospatial: bool = True) -> Place:
    """Read where a request points: a bbox, four sides in some units, or the whole image.

    django-large-image's sides are degrees unless ``units`` says otherwise, or pixels of what isn't on Earth.
    """
    named = text(query, "crs", "dst_crs")
    output = None if named.lower() in ("", "native") else crs_grid(named, name="crs")
    native = named.lower() == "native"
    given = numbers(query, "bbox", most=4)
    sides = {side: text(query, side) for side in SIDES}
    if given and any(sides.values()):
        raise InvalidParameter("Give a bbox, or left, top, right and bottom, not both")
    if given:
        system = crs(query, "bbox_crs", "bounds_crs", "coord_crs")
        return Place(box("bbox", given), system, output, native)
    if not any(sides.values()):
        return Place(None, PIXEL_SPACE, output, native)
    missing = [side for side in SIDES if not sides[side]]
    if missing:
        raise InvalidParameter(f"left, top, right and bottom go together: {', '.join(missing)} is missing")
    left, top, right, bottom = (number(side, sides[side]) for side in SIDES)
    units = text(query, "units") or ("EPSG:4326" if is_geospatial else "pixels")
    if units.lower() in PIXEL_UNITS:
        return Place((left, top, right, bottom), PIXEL_SPACE, output, native)
    system = crs_grid(units, name="units")
    return Place((left, min(top, bottom), right, max(top, bottom)), system, output, native)


def size(query: QueryDict, *, max_size: int = 0) -> Size:
    """Read how many pixels are asked for; ``max_size``: what holds when nothing is said."""
    width, height, *fit, longest = (
        integer(query, name, low=1, high=MOST_PIXELS)
        for name in ("width", "height", "max_width", "max_height", "max_size")
    )
    if longest and (width or height):
        raise InvalidParameter("max_size doesn't go with width and height")
    if not (width or height or longest or any(fit)):
        longest = max_size
    return Size(width, height, longest, (fit[0], fit[1]))


def summary_options(query: QueryDict) -> SummaryOptions:
    limits = tiles_settings().limits
    percentiles = numbers(query, "p", "percentiles", most=64)
    if any(not 0 <= one <= 100 for one in percentiles):
        raise InvalidParameter("p must be percentiles within 0-100")
    categories = numbers(query, "c", "categories", most=limits.buckets)
    return SummaryOptions(
        percentiles=tuple(dict.fromkeys(percentiles)) or (2.0, 98.0),
        bins=bins(query, "histogram_bins", default=10),
        span=span(query, "histogram_range"),
        categorical=boolean(query, "categorical"),
        categories=categories,
    )


def histogram_options(query: QueryDict) -> HistogramOptions:
    return HistogramOptions(
        bins=bins(query, "bins", "histogram_bins", default=DEFAULT_BINS),
        span=span(query, "range", "histogram_range"),
        density=boolean(query, "density"),
    )


def bins(query: QueryDict, *names: str, default: int) -> int | tuple[float, ...]:
    """Read how many buckets are asked for, or their edges in ascending order."""
    most = tiles_settings().limits.buckets
    given = numbers(query, *names, most=most)
    if not given:
        return default
    if len(given) == 1:
        if given[0] != int(given[0]) or not 1 <= given[0] <= most:
            raise InvalidParameter(f"{names[0]} must be a whole number within 1-{most:,}, or edges, not {given[0]:g}")
        return int(given[0])
    if any(first >= second for first, second in pairwise(given)):
        raise InvalidParameter(f"{names[0]} must be edges in ascending order")
    return given


def span(query: QueryDict, *names: str) -> tuple[float, float] | None:
    given = numbers(query, *names, most=2)
    if not given:
        return None
    if len(given) != 2 or not given[0] < given[1]:
        raise InvalidParameter(f"{names[0]} must be two numbers, the lower first")
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
