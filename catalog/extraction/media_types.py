from typing import Any

DRIVER_MEDIA_TYPES = {
    "JP2OpenJPEG": "image/jp2",
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "netCDF": "application/netcdf",
    "HDF5": "application/x-hdf5",
    "HDF5Image": "application/x-hdf5",
    "HDF4": "application/x-hdf",
    "HDF4Image": "application/x-hdf",
    "GRIB": "application/wmo-GRIB2",
    "GPKG": "application/geopackage+sqlite3",
    "MBTiles": "application/vnd.sqlite3",
    "Zarr": "application/vnd+zarr",
    "NITF": "application/vnd.nitf",
    "COG": "image/tiff; application=geotiff; profile=cloud-optimized",
}


def media_type_of(dataset: Any, *, georeferenced: bool, given: str) -> str:
    """The type of what the file really is; `given` (as a server or uploader named it) only where nobody knows."""
    driver = dataset.GetDriver().ShortName
    if driver == "GTiff":
        if not georeferenced:
            return "image/tiff"
        optimized = dataset.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE") == "COG"
        return "image/tiff; application=geotiff" + ("; profile=cloud-optimized" if optimized else "")
    return DRIVER_MEDIA_TYPES.get(driver) or given or "application/octet-stream"
