"""Where benchmarks keep what is too big for the repository: imagery, the peers' environments, results."""

import os
from pathlib import Path

CACHE = Path(os.environ.get("GEODATA_BENCHMARKS_DIR", Path.home() / ".cache" / "geodata-benchmarks"))
IMAGERY = CACHE / "imagery"
ENVIRONMENTS = CACHE / "environments"
PROJECT = Path(__file__).resolve().parents[1]


def shared_data() -> Path:
    """Return the folder of real imagery beside the repository."""
    return Path(os.environ.get("GEODATA_SHARED_DATA", PROJECT.parent / "shared" / "data"))
