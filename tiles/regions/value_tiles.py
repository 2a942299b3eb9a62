"""Encode tiles of values instead of colors: GeoTIFF and NumPy arrays."""

from collections.abc import Sequence

from tiles.encoding.formats import DataFormat
from tiles.encoding.geotiff import MemoryFile
from tiles.errors import InvalidParameter, OutsideBounds
from tiles.geo.grids import Grid
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.regions.area import Place, Size
from tiles.regions.output import RegionRequest, Rendered, band_labels, encode_region, frame, missing_value
from tiles.regions.values import read_layers
from tiles.rendering.tile import overlap
from tiles.sources.protocol import Source
from tiles.styling.style import Style


def value_tile(
    sources: Sequence[Source],
    grid: Grid,
    zxy: tuple[int, int, int],
    *,
    style: Style,
    target: DataFormat,
    size: int = 0,
    buffer: float = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """Encode the values of the style's bands or expression on a tile; b"" when none is valid.

    Of several images, b1 is the first one's first band. Raises what `tiles.rendering.tile.render_tile` does.
    """
    if style.algorithm:
        raise InvalidParameter(f"algorithm={style.algorithm.name} makes a picture, and {target.extension} holds values")
    area = grid.tile(*zxy, size=size, buffer=buffer)
    boxes = [box for source in sources for box in source.coverage(grid)]
    if boxes and not any(overlap(area.box, box) for box in boxes):
        raise OutsideBounds(f"Tile {'/'.join(map(str, zxy))} lies outside the image")
    layers = tuple(read_layers(sources, grid, area, style=style, limits=limits))
    if not any(layer.shown.any() for layer in layers):
        return b""
    wanted = RegionRequest(Place(), Size(), style, target)
    where = frame(sources[0], grid, area)
    nodata = missing_value(sources, style)
    content = encode_region(
        Rendered(wanted, where, None, layers=layers, nodata=nodata, labels=band_labels(sources, style))
    )
    if not isinstance(content, MemoryFile):
        return content
    with content:
        return content.read()
