"""Any query to any route, django-large-image's included: an answer of theirs, never a failure."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.http import Http404
from django.test import Client
from django.urls import include, path, reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ViewSet

from tests.tiles.rasters import Recipe, write
from tests.tiles.slides import write_ome
from tests.tiles.test_data_fuzz import BOXES, EXPRESSIONS, SYSTEMS
from tests.tiles.test_tile_fuzz import BROKEN, FLAGS, JSON, LISTS, NUMBERS
from tiles.geo.grids import WEB_MERCATOR
from tiles.rest import (
    DataMixin,
    InfoMixin,
    LargeImageDetailMixin,
    ServicesMixin,
    SlidesMixin,
    TilesMixin,
    imagery_urls,
    services,
    services_urls,
    slides_urls,
)
from tiles.rest.viewer import ViewerMixin
from tiles.sources.reference import SourceRef
from tiles.styling.style import PARAMETERS

pytestmark = pytest.mark.urls(__name__)
FILES: dict[str, Path] = {}
ANSWERS = {200, 204, 303, 400, 404, 413, 501}


class EverythingViewSet(InfoMixin, TilesMixin, ServicesMixin, DataMixin, SlidesMixin, ViewerMixin, ViewSet):
    default_tilematrixset = WEB_MERCATOR
    authentication_classes = ()
    permission_classes = ()

    def get_source(self, request: Request, **kwargs: Any) -> SourceRef:  # noqa: ARG002
        if kwargs["name"] not in FILES:
            raise Http404
        return SourceRef(str(FILES[kwargs["name"]]), version="1", name=kwargs["name"])

    def get_sources(self, request: Request, assets: tuple[str, ...], **_: Any) -> tuple[SourceRef, ...]:
        return tuple(self.get_source(request, name=name) for name in assets)


class LargeImageViewSet(LargeImageDetailMixin, ViewSet):
    authentication_classes = ()
    permission_classes = ()

    def get_path(self, request: Request, pk: Any = None) -> Path:  # noqa: ARG002
        return FILES[pk]


router = SimpleRouter(trailing_slash=False)
router.register("large-image", LargeImageViewSet, basename="large-image")
ABOUT: list[Any] = services.urlpatterns
LARGE_IMAGE: list[Any] = router.urls
OWN: list[Any] = [
    *imagery_urls(EverythingViewSet),
    *services_urls(EverythingViewSet, name="imagery"),
    *slides_urls(EverythingViewSet, name="imagery"),
    path("viewer", EverythingViewSet.as_view({"get": "viewer"}, detail=True), name="viewer"),
]
urlpatterns: list[Any] = [path("tiles/", include(ABOUT)), path("files/<str:name>/", include(OWN)), *LARGE_IMAGE]

# What paths are made of, of which some lies on the image.
PLACES: dict[str, tuple[Any, ...]] = {
    "name": ("earth", "slide"), "pk": ("earth", "slide"), "z": (13, 0, 2, 40), "x": (2337, 0, 1), "y": (3107, 0, 1),
    "image_format": ("png", "jpg", "webp", "tif", "npy", "x"), "fmt": ("png", "jpeg", "tiff", "x"),
    "tile_matrix_set": ("WebMercatorQuad", "UTM31WGS84Quad", "None"), "longitude": ("-77.25", "0"),
    "latitude": ("39.78", "90"), "level": (9, 0, 99), "column": (0, 5), "row": (0, 5), "associated": ("label", "x"),
    "region": ("full", "square", "0,0,9,9", "pct:9"), "size": ("64,", "max", "^9,9", "0,0"),
    "rotation": ("0", "!90", "45"), "quality": ("default", "gray", "x"), "identifier": ("WebMercatorQuad", "None"),
    "colormap": ("viridis", "None"), "algorithm": ("slope", "None"),
}  # fmt: skip
ROUTES = sorted(
    (each.name, tuple(part for part in each.pattern.regex.groupindex if part != "scale"), prefix)
    for patterns, prefix in ((OWN, ("name",)), (ABOUT, ()), (LARGE_IMAGE, ()))
    for each in patterns
)
NAMES = sorted({
    *PARAMETERS, "tilesize", "buffer", "tileMatrixSetId", "tile_format", "bbox", "bbox_crs", "bounds_crs", "coord_crs",
    "crs", "dst_crs", "left", "top", "right", "bottom", "units", "width", "height", "max_width", "max_height",
    "max_size",
    "styled", "compress", "p", "percentiles", "categories", "categorical", "histogram_bins", "histogram_range",
    "bins", "range", "density", "line", "samples", "projection", "source", "onlyMinMax", "encoding", "bogus",
})  # fmt: skip
TEXTS = st.one_of(
    NUMBERS, LISTS, FLAGS, JSON, BROKEN, BOXES, EXPRESSIONS, SYSTEMS,
    st.sampled_from(["viridis", "hillshade", "nearest", "earth,earth", "slide", "DNA", "minmax", "pixels"]),
)  # fmt: skip
QUERIES = st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=3)


@pytest.fixture(scope="module", autouse=True)
def _files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("every-route")
    FILES["earth"] = write(Recipe(dtype="uint16", nodata="value"), folder / "earth.tif")
    FILES["slide"] = write_ome(folder / "slide.ome.tif", z=2, names=("DNA", "CD4"))
    yield
    FILES.clear()


@pytest.mark.parametrize(("name", "parts", "before"), ROUTES, ids=[route[0] for route in ROUTES])
@settings(max_examples=25)
@given(data=st.data(), query=QUERIES)
def test_any_query_of_any_route_gets_one_of_the_answers(name, parts, before, data, query):
    chosen = {part: data.draw(st.sampled_from(PLACES[part]), label=part) for part in (*before, *parts)}
    answer = Client().get(reverse(name, kwargs=chosen), {"max_size": "40"} | query)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code in ANSWERS, content[:500]
    if answer.status_code >= 400:
        assert json.loads(content).keys() >= {"code", "description"}
