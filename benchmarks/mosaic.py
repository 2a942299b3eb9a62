"""Mosaics: tiles over 50 adjacent scenes beside TiTiler's, and low zooms of 5,000: ``python -m benchmarks.mosaic``.

One process each, one request at a time, no tile cache, through the whole of each server's own stack but the socket.
"""

import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

import django

from benchmarks.environments import environment
from benchmarks.imagery import SCENES, make_imagery
from benchmarks.places import IMAGERY, PROJECT
from benchmarks.scenes import ZOOM, scene_files, tiles_on


def main() -> None:
    make_imagery()
    os.environ["DJANGO_SETTINGS_MODULE"] = "geodata.settings.testing"
    os.environ["GEODATA_TESTING_DIR"] = tempfile.mkdtemp(prefix="mosaic-")
    django.setup()
    from benchmarks import mosaic_site  # noqa: PLC0415 -- its models need Django to be set up

    scenes = scene_files()
    places = tiles_on(scenes)
    ours, lines = mosaic_site.measure(scenes, places)
    command: list[str | Path] = [
        environment("titiler") / "python",
        "-m",
        "benchmarks.peers.titiler_mosaic",
        IMAGERY,
        *places,
    ]
    peer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT).stdout)
    print(f"{len(places)} tiles of zoom {ZOOM} over {SCENES} scenes: {_summary(ours)}")
    print(f"TiTiler, MosaicJSON: {_summary(peer)}")
    print("\n".join(lines))


def _summary(seconds: list[float]) -> str:
    return f"median {statistics.median(seconds) * 1000:.1f} ms, worst {max(seconds) * 1000:.0f} ms"


if __name__ == "__main__":
    main()
