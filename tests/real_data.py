"""Where real data lies: some of it in the repository, the rest beside it. `tests/data/README.md` says which and why."""

import os
from collections.abc import Callable
from pathlib import Path

OWN_DATA = Path(__file__).parent / "data"
SHARED_DATA = Path(os.environ.get("GEODATA_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
# What the fixture `data_file` is: the path of a file by its name.
DataFile = Callable[[str], Path]
