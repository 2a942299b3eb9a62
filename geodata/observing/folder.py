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
    """Forget what an earlier run of this site counted; called before its processes begin."""
    for file in FOLDER.glob("*.db"):
        file.unlink(missing_ok=True)
