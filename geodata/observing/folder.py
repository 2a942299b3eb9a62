"""Say where the processes of a machine keep what they count, before any of them counts."""

import os
from pathlib import Path

from django.conf import settings

FOLDER = Path(settings.DATA_DIR) / "run" / "metrics"


def prepare() -> None:
    """Name the folder to Prometheus' client, which reads that as it is imported."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(FOLDER)


def begin() -> None:
    """Forget what processes counted that are no more; called before those of this run begin."""
    for file in FOLDER.glob("*.db"):
        if not is_alive(file):
            file.unlink(missing_ok=True)


def is_alive(file: Path) -> bool:
    """Tell whether the process is alive whose counts a file holds, as its name says."""
    try:
        os.kill(int(file.stem.rpartition("_")[2]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
