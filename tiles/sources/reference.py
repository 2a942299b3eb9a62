"""Name an image by all that is needed to open it, without asking anyone."""

from dataclasses import dataclass, field

from tiles.sources.statistics import BandStatistics


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Say where an image lies and what is known about it. Hashable: the key of the pool of open files.

    ``location``: local path, ``/vsis3/bucket/key`` or ``/vsicurl/https://…``, checked and mapped by the caller.
    ``version``: changes whenever the content does; part of cache keys and ETags.
    ``etag``: that of this content, as its server has it: whenever the server holds another, the image is not read.
    ``siblings``: base names of the files next to it that belong to it (``.ovr``, ``.msk``, ``.aux.xml``, ``.rpb``…).
    ``statistics``: of each band, in file order, None where unknown; used for automatic scaling.
    ``subdataset``: the name GDAL gives to one variable of the file, such as ``NETCDF:"…":temperature`` or just the
    part behind the file's name.
    ``variable``: the short name of one that is asked for instead, looked for when the image is opened.
    ``driver``: GDAL driver or large-image source found at ingest; empty: find out.
    ``selection``: axis, value and method of planes of a cube, looked for when the image is opened.
    ``bands``: of GDAL's dataset those that are the image's, in that order; empty: all.
    """

    location: str
    version: str
    siblings: tuple[str, ...] = ()
    # Thousands of numbers that the version stands for: no part of what is compared and hashed for each tile.
    statistics: tuple[BandStatistics | None, ...] = field(default=(), compare=False)
    etag: str = field(default="", compare=False)
    name: str = ""
    media_type: str = ""
    subdataset: str = ""
    variable: str = ""
    driver: str = ""
    selection: tuple[tuple[str, str, str], ...] = ()
    bands: tuple[int, ...] = ()
