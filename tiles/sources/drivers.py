"""Open files by GDAL: by which drivers they may be, and how GDAL's failures read."""

import re
from itertools import filterfalse
from pathlib import Path
from typing import Any

from osgeo import gdal

from tiles.errors import SourceCorrupt, SourceNotFound, SourceUnreachable, SourceUnreadable, TilesError, UnsafeSource
from tiles.geo.cf_axes import geographic_system
from tiles.geo.georeference import georeferencing_method
from tiles.sources.copies import LOCAL_DRIVERS, holds_local_only, is_local_only, with_local_copy
from tiles.sources.external_files import check_siblings, names_other_files, unfit_drivers
from tiles.sources.reference import SourceRef
from tiles.sources.zarr_folder import is_zarr
from tiles.sources.zarr_planes import is_read_here, open_zarr

# Formats whose pixels lie in the file itself. Never VRT, WMS, HTTP, STACTA, WCS, MRF, PDS, ISIS3, PCIDSK, ILWIS…: they
# make GDAL open other files or servers that a hostile file names.
ALLOWED_DRIVERS = (
    "GTiff",
    "JP2OpenJPEG",
    "JPEG",
    "PNG",
    "WEBP",
    "GIF",
    "BMP",
    "netCDF",
    "HDF5",
    "HDF5Image",
    "HDF4",
    "HDF4Image",
    "GRIB",
    "Zarr",
    "NITF",
    "HFA",
    "MBTiles",
    "GPKG",
    "DTED",
    "SRTMHGT",
    "USGSDEM",
    "AAIGrid",
    "ENVI",
    "EHdr",
    "BAG",
    "RST",
    "GSBG",
    "GSAG",
    "GS7BG",
    "RMF",
    "VICAR",
    "FITS",
    "SAR_CEOS",
    "CEOS",
    "DIPEx",
    "LCP",
    "BT",
    "TERRAGEN",
    "PNM",
    "SGI",
    "BIGGIF",
    "JPEGLS",
    "JPEGXL",
    "AVIF",
    "KEA",
)

# large-image's own readers, safest match first: OpenSlide takes an OME-TIFF for a plain one. Its `multi`, `test` and
# `gdal` sources aren't here: they follow names in files, or open what `ALLOWED_DRIVERS` forbids.
LARGE_IMAGE_SOURCES = ("ometiff", "openslide", "dicom", "tiff", "zarr", "pil")

# Where what is made here of a file's dataset says by which driver the file was opened.
OWN_DOMAIN, OPENED_AS = "GEODATA", "DRIVER"

REMOTE_PREFIXES = ("/vsis3/", "/vsicurl/", "/vsigs/", "/vsiaz/")
MEMORY_PREFIX = "/vsimem/"

# Location → version of the content that GDAL may have bytes of; as many as are a few megabytes.
_versions: dict[str, str] = {}
MAX_VERSIONS = 20_000

_UNREACHABLE = ("timed out", "timeout", "could not resolve", "connection", "403", "500", "502", "503", "access denied")
_MISSING = ("404", "does not exist", "no such file", "nosuchkey", "nosuchbucket", "not found")


# Who opens a file of a single image, by the driver that it is handed on to and that the image then tells.
OPENED_BY = {"HDF4Image": "HDF4", "HDF5Image": "HDF5"}


# How GDAL's names of variables begin that lead back into the file, and what stands before a variable's own name.
SUBDATASET_PREFIX = re.compile(r"NETCDF|HDF5|BAG|ZARR|HDF4_(?:SDS|EOS)(?::[A-Z0-9_]+)?", re.IGNORECASE)
OWN_PREFIXES = {"netCDF": "NETCDF", "HDF5": "HDF5", "HDF5Image": "HDF5", "Zarr": "ZARR"}


def open_dataset(ref: SourceRef) -> Any:
    """Open the file that ``ref`` names, read-only, with an allowed driver.

    Raises SourceNotFound, SourceUnreachable, SourceUnreadable, and of HDF on a server what `local_copy` does.
    """
    check_location(ref.location)
    if not ref.location.startswith(REMOTE_PREFIXES):
        return _open(ref)
    forget_older_content(ref.location, ref.version)
    if not is_local_only(ref):
        try:
            return _open(ref, without=LOCAL_DRIVERS)
        except SourceUnreadable:
            if ref.driver or not holds_local_only(ref.location):
                raise
    return _open(with_local_copy(ref))


def _open(ref: SourceRef, *, without: frozenset[str] = frozenset()) -> Any:
    without |= unfit_drivers(ref.location)
    if ref.siblings:
        check_siblings(ref.location, ref.siblings)
    name = dataset_name(ref) if ref.subdataset else ref.location
    known = (ref.driver, *([OPENED_BY[ref.driver]] if ref.driver in OPENED_BY else ()))
    wanted = known if ref.driver in ALLOWED_DRIVERS else ALLOWED_DRIVERS
    # Never none: to GDAL an empty list is every driver.
    if not (allowed := list(filterfalse(without.__contains__, wanted))):
        raise SourceUnreadable(f"{ref.name or Path(ref.location).name} is not in a format that can be read here")
    variable = name.rpartition('":')[2] if ref.subdataset else ""
    if "Zarr" in allowed and is_zarr(ref.location) and is_read_here(ref, variable):
        return open_zarr(ref, variable)
    siblings = [Path(ref.location).name, *ref.siblings]
    try:
        dataset = open_raster(name, allowed_drivers=allowed, sibling_files=siblings)
        if dataset.GetDriver().ShortName == "HDF5Image" and "netCDF" not in without:
            dataset = _placed_by_axes(dataset)
        return only_bands(dataset, ref.bands) if ref.bands else dataset
    except RuntimeError as error:
        raise explain_failure(ref, error, default=SourceUnreadable) from error


def _placed_by_axes(dataset: Any) -> Any:
    """Return a dataset of HDF5 as netCDF's driver reads the same variable, where only that finds its place on Earth.

    GDAL's driver of HDF5 leaves unread what a CF file says of its axes, grid mapping, scale and missing values.
    """
    if georeferencing_method(dataset):
        return dataset
    _, _, path = dataset.GetDescription().partition(':"')
    path, _, variable = path.partition('"://')
    variable = f"/{variable}" if "/" in variable else variable
    try:
        read = open_raster(f'NETCDF:"{path}":{variable}', allowed_drivers=["netCDF"])
    except (RuntimeError, UnsafeSource):
        return dataset
    if read is None or not georeferencing_method(read):
        return dataset
    return only_bands(read, tuple(range(1, read.RasterCount + 1)), driver="HDF5Image")


def opened_by(dataset: Any) -> str:
    """Return the name of the driver that opened a dataset's file."""
    return str(dataset.GetMetadataItem(OPENED_AS, OWN_DOMAIN) or dataset.GetDriver().ShortName)


def only_bands(dataset: Any, bands: tuple[int, ...], *, driver: str = "") -> Any:
    """Return a view of some bands of an open dataset, placed as that is. Raises RuntimeError.

    ``driver``: what opened the file, when that isn't the dataset's own driver.
    """
    own = None if dataset.GetSpatialRef() else geographic_system(dataset)
    placed = {"outputSRS": own.ExportToWkt()} if own is not None else {}
    view = gdal.Translate("", dataset, format="VRT", bandList=list(bands), **placed)
    view.SetMetadataItem(OPENED_AS, driver or opened_by(dataset), OWN_DOMAIN)
    return view


def forget_content(location: str) -> None:
    """Drop what GDAL keeps of a remote file: it would do so for ever."""
    gdal.VSICurlPartialClearCache(location)
    _versions.pop(location, None)


def forget_files(ref: SourceRef) -> None:
    """Drop what GDAL keeps of a remote file and of those beside it."""
    folder = ref.location.rpartition("/")[0]
    for location in (ref.location, *(f"{folder}/{name}" for name in ref.siblings)):
        forget_content(location)


def forget_older_content(location: str, version: str) -> None:
    """Drop what GDAL keeps of a remote file that was replaced since: it knows locations, not versions."""
    if _versions.get(location, version) != version:
        gdal.VSICurlPartialClearCache(location)
    if len(_versions) >= MAX_VERSIONS:
        _versions.clear()
        gdal.VSICurlClearCache()
    _versions[location] = version


def keeps_content(location: str, version: str) -> bool:
    """Tell whether what GDAL keeps of a remote file is still of that version."""
    return _versions.get(location, version) == version


def open_raster(name: str, *, open_options: tuple[str, ...] = (), **options: Any) -> Any:
    """Open by `gdal.OpenEx` for reading, without overviews that are other pictures. Raises UnsafeSource, RuntimeError.

    Aperio flags a slide's label and macro as reduced images, and GDAL takes every such image for an overview: zoomed
    out, the slide would turn into its label, which may name a patient.
    """
    flags = gdal.OF_RASTER | gdal.OF_READONLY | gdal.OF_VERBOSE_ERROR
    dataset = gdal.OpenEx(name, flags, open_options=list(open_options), **options)
    if dataset is None:
        return None
    if names_other_files(dataset):
        raise UnsafeSource("The file names others to be opened, which is not done")
    width, height = dataset.RasterXSize, dataset.RasterYSize
    band: Any = dataset.GetRasterBand(1) if dataset.RasterCount else None
    for index in range(band.GetOverviewCount() if band else 0):
        overview = band.GetOverview(index)
        # Another picture has other proportions than the image, by more than rounding.
        if overview and abs(overview.XSize * height - overview.YSize * width) > 2 * max(width, height):
            return gdal.OpenEx(name, flags, open_options=["OVERVIEW_LEVEL=NONE", *open_options], **options)
    return dataset


def check_location(location: str) -> None:
    """Refuse what isn't a plain file: connection strings, XML, chained virtual file systems."""
    remote = location.startswith((*REMOTE_PREFIXES, MEMORY_PREFIX))
    if not location.startswith("/") or (location.startswith("/vsi") and not remote):
        raise SourceUnreadable("The location is not one of a plain file")


def dataset_name(ref: SourceRef) -> str:
    """Return what GDAL opens: the file, or one of its subdatasets, by a name that leads back into the same file.

    Raises SourceUnreadable for any other name.
    """
    if not ref.subdataset:
        return ref.location
    prefix, is_full, variable = ref.subdataset.partition(f':"{ref.location}":')
    if not is_full:
        prefix, variable = OWN_PREFIXES.get(ref.driver, ""), ref.subdataset
        if ref.driver == "HDF4Image":
            # Variables of plain files have numbers, those of HDF-EOS grids the names of their grids before their own.
            prefix = "HDF4_SDS:UNKNOWN" if variable.isdecimal() else "HDF4_EOS:EOS_GRID"
    if not SUBDATASET_PREFIX.fullmatch(prefix) or '"' in f"{variable}{ref.location}":
        raise SourceUnreadable(f"{ref.name or 'The file'} has no such subdataset")
    return f'{prefix}:"{ref.location}":{variable}'


def explain_failure(ref: SourceRef, error: Exception, *, default: type[TilesError] = SourceCorrupt) -> TilesError:
    """Return the error to show for one of GDAL's, without the location: not all who see an image may know it."""
    name = ref.name or Path(ref.location).name
    # Without the location: an address with 403 in it, a port of 44037 say, tells nothing of what went wrong.
    text = str(error).replace(ref.location, "").lower()
    if ref.location.startswith(REMOTE_PREFIXES):
        if any(word in text for word in _MISSING):
            return SourceNotFound(f"{name} is no longer where it was")
        if any(word in text for word in _UNREACHABLE):
            return SourceUnreachable(f"The server that holds {name} doesn't hand it out")
    elif not ref.location.startswith(MEMORY_PREFIX) and not Path(ref.location).exists():
        return SourceNotFound(f"{name} is no longer where it was")
    if default is SourceUnreadable:
        return SourceUnreadable(f"{name} is not in a format that can be read here")
    return default(f"The pixels of {name} can't be decoded")
