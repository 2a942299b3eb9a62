"""Files that make their reader open others, or run what they contain: refused, by the rules of each format.

`check_file` looks at a local file's own bytes before any reader does; `names_other_files` and `check_siblings` at what
GDAL made of it. What each reader may open, and what prevents it, is the table in docs/security-readers.md.
"""

from tiles.sources.external_files.checking import (
    DATABASE_DRIVERS,
    HDF_DRIVERS,
    check_file,
    check_siblings,
    names_other_files,
    unfit_drivers,
)
from tiles.sources.external_files.heads import is_dicom, is_tiff, openslide_may_read

__all__ = [
    "DATABASE_DRIVERS",
    "HDF_DRIVERS",
    "check_file",
    "check_siblings",
    "is_dicom",
    "is_tiff",
    "names_other_files",
    "openslide_may_read",
    "unfit_drivers",
]
