"""Place rasters of netCDF and Zarr whose axes are degrees, though no grid mapping says so.

CF conventions, sections 4.1 and 4.2: units alone tell a latitude and a longitude. GDAL before 3.8 leaves them unread.
"""

from typing import Any

from osgeo import gdal, osr

DRIVERS = frozenset({"netCDF", "HDF5Image", "Zarr"})
NORTH = frozenset({"degrees_north", "degree_north", "degree_n", "degrees_n", "degreen", "degreesn"})
EAST = frozenset({"degrees_east", "degree_east", "degree_e", "degrees_e", "degreee", "degreese"})


def geographic_system(dataset: Any) -> Any | None:
    """Return WGS 84, with longitudes first, for a dataset whose axes are in degrees north and east; else None."""
    driver = dataset.GetDriver().ShortName
    if driver not in DRIVERS:
        return None
    units = _array_units(dataset) if driver == "Zarr" else _named_units(dataset)
    if not (units & NORTH and units & EAST):
        return None
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(4326)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


def _named_units(dataset: Any) -> set[str]:
    return {text.lower() for key, text in dataset.GetMetadata().items() if key.endswith("#units")}


def _array_units(dataset: Any) -> set[str]:
    """Return the units of the last two dimensions of a Zarr's array."""
    _, _, rest = dataset.GetDescription().partition(':"')
    path, _, name = rest.partition('":')
    try:
        cube = gdal.OpenEx(path, gdal.OF_MULTIDIM_RASTER, allowed_drivers=["Zarr"])
        array = cube.GetRootGroup().OpenMDArrayFromFullname(name.partition(":")[0])
        axes = [each.GetIndexingVariable() for each in array.GetDimensions()[-2:]]
        return {str(axis.GetUnit()).lower() for axis in axes if axis is not None}
    except (RuntimeError, AttributeError):
        return set()
