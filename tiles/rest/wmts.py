"""Serve an image as a WMTS 1.0.0 layer (OGC 07-057r7), for QGIS, ArcGIS, GDAL and all clients of templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.encoding import escape_uri_path
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from tiles.encoding.formats import image_format
from tiles.errors import InvalidParameter
from tiles.geo.extent import TileLimits, clipped_to
from tiles.geo.grids import WEB_MERCATOR, Box, Grid, tile_matrix_set
from tiles.geo.longitudes import flat_box
from tiles.rest.base import SourceMixin
from tiles.rest.ogc import find_bounds
from tiles.rest.parameters import MATRIX_SETS, RENDERING, TILE_FORMAT
from tiles.rest.responses import declared
from tiles.rest.tile import check_lossless

CAPABILITIES = "WMTSCapabilities.xml"
# What every client knows; more of them by `tileMatrixSetId`.
DEFAULT_SETS = (WEB_MERCATOR, "WorldCRS84Quad")
MAX_SETS = 20
WMTS_FORMAT = "png"
WMTS, OWS, XLINK = "http://www.opengis.net/wmts/1.0", "http://www.opengis.net/ows/1.1", "http://www.w3.org/1999/xlink"
# Metres of WMTS' standardized rendering pixel (07-057r7, 6.1), and the share by which rounded scales are off.
PIXEL_SIZE = 0.00028
TOLERANCE = 1e-3
_PREFIXES = (("", WMTS), ("ows", OWS), ("xlink", XLINK))


@dataclass(frozen=True, slots=True)
class WmtsLayer:
    """Describe a layer; ``template``: of tile URLs, with {TileMatrixSet}, {TileMatrix}, {TileCol} and {TileRow}."""

    name: str
    bounds: Box
    template: str
    media_type: str
    address: str
    sets: Sequence[tuple[Grid, Sequence[TileLimits]]]


class WmtsMixin(SourceMixin):
    @extend_schema(
        summary="WMTS capabilities of an image",
        parameters=[MATRIX_SETS, TILE_FORMAT, *RENDERING],
        responses=declared("WMTS 1.0.0 capabilities.", ("application/xml",)),
    )
    @action(detail=True, url_path=r"WMTSCapabilities\.xml")
    def wmts(self, request: Request, **_: Any) -> HttpResponseBase:
        """Describe one layer in the style of the rendering parameters; add these to the address given to the client."""
        imagery, query = self.find_imagery(request), request.query_params
        target = image_format(TILE_FORMAT.text(query) or WMTS_FORMAT)
        check_lossless(imagery.style, target)
        names = set_names(query)
        base = request.build_absolute_uri(escape_uri_path(request.path)).removesuffix(CAPABILITIES)
        bounds = find_bounds(imagery, "This image has no place on Earth, so it is no WMTS layer")
        imagery.check()
        sets = [check_grid(imagery.grid(name), name) for name in names]
        for each in sets:
            bounds = clipped_to(bounds, each)
        layer = WmtsLayer(
            name=imagery.title,
            bounds=flat_box(bounds),
            template=tile_template(base, target.extension, imagery.handed_on),
            media_type=target.media_type,
            address=request.build_absolute_uri(),
            sets=[(grid, limits) for grid in sets if (limits := imagery.tile_limits(grid))],
        )
        return HttpResponse(capabilities(layer), content_type="application/xml")


def tile_template(base: str, extension: str, query: str) -> str:
    """Return the address of tiles in WMTS' terms; ``query``: rendering parameters."""
    address = base + "tiles/{TileMatrixSet}/{TileMatrix}/{TileCol}/{TileRow}." + extension
    return f"{address}?{query}" if query else address


def check_grid(grid: Grid, name: str) -> Grid:
    """Return the grid, if WMTS knows of its like. Raises InvalidParameter."""
    if grid.is_pixels or any(matrix.coalesced for matrix in grid.matrices):
        raise InvalidParameter(f"WMTS has no way to say how the tiles of {name} lie")
    return grid


def set_names(query: QueryDict) -> list[str]:
    """Return the grids that are asked for, else those that every client knows. Raises InvalidParameter."""
    texts = query.getlist("tileMatrixSetId")
    names = list(dict.fromkeys(part.strip() for text in texts for part in text.split(",") if part.strip()))
    if len(names) > MAX_SETS:
        raise InvalidParameter(f"tileMatrixSetId names {len(names)} sets; the limit is {MAX_SETS}")
    return names or list(DEFAULT_SETS)


def capabilities(layer: WmtsLayer) -> bytes:
    """Return the capabilities, in UTF-8."""
    for prefix, namespace in _PREFIXES:
        ET.register_namespace(prefix, namespace)
    root = ET.Element(f"{{{WMTS}}}Capabilities", {"version": "1.0.0"})
    service = _add(root, OWS, "ServiceIdentification")
    _add(service, OWS, "Title", layer.name)
    _add(service, OWS, "ServiceType", "OGC WMTS")
    _add(service, OWS, "ServiceTypeVersion", "1.0.0")
    contents = _add(root, WMTS, "Contents")
    _add_layer(contents, layer)
    for grid, limits in layer.sets:
        _add_set(contents, grid, {each.z for each in limits})
    _add(root, WMTS, "ServiceMetadataURL", **{f"{{{XLINK}}}href": layer.address})
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add(parent: ET.Element, namespace: str, name: str, text: object = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{namespace}}}{name}", attributes)
    element.text = None if text is None else str(text)
    return element


def _add_layer(contents: ET.Element, layer: WmtsLayer) -> None:
    element = _add(contents, WMTS, "Layer")
    _add(element, OWS, "Title", layer.name)
    west, south, east, north = layer.bounds
    box = _add(element, OWS, "WGS84BoundingBox")
    _add(box, OWS, "LowerCorner", f"{west!r} {south!r}")
    _add(box, OWS, "UpperCorner", f"{east!r} {north!r}")
    _add(element, OWS, "Identifier", layer.name)
    style = _add(element, WMTS, "Style", isDefault="true")
    _add(style, OWS, "Identifier", "default")
    _add(element, WMTS, "Format", layer.media_type)
    for grid, limits in layer.sets:
        _add_link(element, grid, limits)
    resource = {"format": layer.media_type, "resourceType": "tile", "template": layer.template}
    _add(element, WMTS, "ResourceURL", **resource)


def _add_link(layer: ET.Element, grid: Grid, limits: Sequence[TileLimits]) -> None:
    link = _add(layer, WMTS, "TileMatrixSetLink")
    _add(link, WMTS, "TileMatrixSet", grid.identifier)
    group = _add(link, WMTS, "TileMatrixSetLimits")
    for each in limits:
        matrix = _add(group, WMTS, "TileMatrixLimits")
        _add(matrix, WMTS, "TileMatrix", each.z)
        for name, (first, last) in (("Row", each.rows), ("Col", each.columns)):
            _add(matrix, WMTS, f"MinTile{name}", first)
            _add(matrix, WMTS, f"MaxTile{name}", last)


def _add_set(contents: ET.Element, grid: Grid, zooms: set[int]) -> None:
    definition: Any = tile_matrix_set(grid.identifier)
    element = _add(contents, WMTS, "TileMatrixSet")
    _add(element, OWS, "Identifier", grid.identifier)
    _add(element, OWS, "SupportedCRS", _urn(definition))
    for level in definition.tileMatrices:
        if int(level.id) not in zooms:
            continue
        matrix = _add(element, WMTS, "TileMatrix")
        _add(matrix, OWS, "Identifier", level.id)
        _add(matrix, WMTS, "ScaleDenominator", repr(_scale(definition, level)))
        _add(matrix, WMTS, "TopLeftCorner", " ".join(repr(float(value)) for value in level.pointOfOrigin))
        for name in ("tileWidth", "tileHeight", "matrixWidth", "matrixHeight"):
            _add(matrix, WMTS, name[0].upper() + name[1:], getattr(level, name))


def _scale(definition: Any, level: Any) -> float:
    """Return the denominator by which clients find the size of cells: the registry's, unless it is of other pixels.

    Canada's set has that of screens with 96 dots an inch, and cells to go with it.
    """
    # Loaded already, with the registry.
    from morecantile.utils import meters_per_unit  # noqa: PLC0415

    stated = float(level.scaleDenominator)
    real = float(level.cellSize) * float(meters_per_unit(definition.crs._pyproj_crs)) / PIXEL_SIZE  # noqa: SLF001 -- as below
    return stated if abs(stated / real - 1) < TOLERANCE else real


def _urn(definition: Any) -> str:
    authority, code = definition.crs._pyproj_crs.to_authority() or ("", "")  # noqa: SLF001 -- the public one has no CRS84
    return f"urn:ogc:def:crs:{authority}:{'1.3' if authority == 'OGC' else ''}:{code}"
