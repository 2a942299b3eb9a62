"""Configure GDAL for the process in one place, so that no environment variable decides how files are read."""

from osgeo import gdal, osr

from tiles.geo.georeference import set_elevation_model

# Megabytes of decoded blocks that all threads of one process share.
DEFAULT_CACHE_MEGABYTES = 200

DEFAULTS = {
    # Sidecar files are named by the catalog; no folder or bucket is ever listed.
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    # One request brings a COG's header; neighbouring ranges travel together.
    "GDAL_INGESTED_BYTES_AT_OPEN": "32768",
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
    "GDAL_HTTP_MULTIPLEX": "YES",
    "GDAL_HTTP_MULTIRANGE": "YES",
    "CPL_VSIL_CURL_CACHE_SIZE": str(64 * 2**20),
    # Seconds. A server that hangs must not hold a thread for minutes.
    "GDAL_HTTP_CONNECTTIMEOUT": "5",
    "GDAL_HTTP_TIMEOUT": "30",
    # Nor one that drips: bytes a second that a request has to come with, on average over so many seconds.
    "GDAL_HTTP_LOW_SPEED_LIMIT": "1024",
    "GDAL_HTTP_LOW_SPEED_TIME": "8",
    "GDAL_HTTP_MAX_RETRY": "2",
    "GDAL_HTTP_RETRY_DELAY": "0.3",
    # Local files have the system's page cache already, remote ones the cache above.
    "VSI_CACHE": "FALSE",
    # Side files are read, although large-image switches them off for its process. Nothing here has GDAL write any.
    "GDAL_PAM_ENABLED": "YES",
    # Never run code that a file brings.
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_NUM_THREADS": "1",
    # Where a GRIB or netCDF has several meanings, take the geographic one.
    "GDAL_NETCDF_VERIFY_DIMS": "STRICT",
    "OGR_SQLITE_LOAD_EXTENSIONS": "NO",
}


_added: dict[str, str] = {}


def configure_gdal(
    *, cache_megabytes: int = DEFAULT_CACHE_MEGABYTES, rpc_dem: str | None = None, **options: str
) -> None:
    """Set GDAL up for this process. ``options`` are GDAL configuration keys that add to or replace `DEFAULTS`.

    ``rpc_dem``: path of an elevation model, metres above the ellipsoid, that places images by RPC; empty: none.
    May be called again; what earlier calls gave stays unless it is given anew.
    """
    if rpc_dem is not None:
        set_elevation_model(rpc_dem)
    gdal.UseExceptions()
    osr.UseExceptions()
    gdal.SetCacheMax(cache_megabytes * 2**20)
    _added.update(options)
    for key, value in {**DEFAULTS, **_added}.items():
        gdal.SetConfigOption(key, value)
