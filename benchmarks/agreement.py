"""How far our tiles agree with rio-tiler's, on every raster of the shared imagery: ``python -m benchmarks.agreement``.

Masks are compared pixel by pixel; values where both are valid and not next to an edge, as peak signal to noise ratio
over the range of the reference's values (bilinear), or as the share of equal pixels (nearest). Where the two differ, a
judge that approximates nothing says who is right: see `benchmarks.exactness`.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.comparison import Judgement, compare, judge
from benchmarks.environments import environment
from benchmarks.exactness import Tile
from benchmarks.places import PROJECT, shared_data
from tiles.errors import TilesError
from tiles.geo.extent import zoom_range
from tiles.geo.grids import MERCATOR_EDGE, web_mercator
from tiles.limits import DEFAULT_LIMITS
from tiles.rendering.tile import sample_area
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.raster import RasterSource
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.resolving import resolve_style
from tiles.styling.style import Style

SIDECARS = (".msk", ".ovr", ".rpb", ".aux.xml", ".json", ".txt")


@dataclass(frozen=True)
class Job:
    path: Path
    tile: tuple[int, int, int]
    bands: tuple[int, ...]
    resampling: str


def reference(path: Path) -> SourceRef:
    near = tuple(p.name for p in path.parent.glob(f"{path.stem}*") if p != path and p.name.endswith(SIDECARS))
    return SourceRef(str(path), version="1", siblings=near, name=path.name)


def rasters(folder: Path) -> list[Path]:
    return sorted(
        p for p in folder.rglob("*") if p.is_file() and not p.name.endswith(SIDECARS) and ".zarr" not in str(p)
    )


def jobs_for(path: Path, resampling: str) -> list[Job]:
    """Tiles in the middle and off it, from the zoom that shows the whole to one beyond the last."""
    source = open_source(reference(path))
    if not isinstance(source, RasterSource) or not source.is_geospatial:
        return []
    bands = resolve_style(source, Style()).indexes
    return [Job(path, tile, bands, resampling) for tile in sorted(set(_tiles(source)))]


def _tiles(source: RasterSource) -> Iterator[tuple[int, int, int]]:
    low, high = zoom_range(source, web_mercator())
    west, south, east, north = np.clip(source.coverage(web_mercator())[0], -MERCATOR_EDGE, MERCATOR_EDGE)
    for zoom in sorted({low, (low + high) // 2, high, high + 1}):
        span = 2 * MERCATOR_EDGE / 2**zoom
        for share in (0.5, 0.3):
            x, y = west + (east - west) * share, north - (north - south) * share
            yield zoom, int((x + MERCATOR_EDGE) // span), int((MERCATOR_EDGE - y) // span)


def ours(job: Job) -> tuple[np.ndarray, np.ndarray]:
    """Raw values (bands, rows, columns) and mask."""
    source = open_source(reference(job.path))
    assert isinstance(source, RasterSource)
    style = Style(indexes=job.bands, resampling=job.resampling)
    area = web_mercator().tile(*job.tile)
    resolved = resolve_style(source, style)
    found = sample_area(source, web_mercator(), area, resolved=resolved, style=style, limits=DEFAULT_LIMITS)
    if found is None:
        return np.zeros((len(job.bands), 256, 256)), np.zeros((256, 256), np.uint8)
    alpha = np.full((256, 256), 255, np.uint8) if found.alpha is None else found.alpha
    return found.pixels.transpose(2, 0, 1), alpha


def theirs(jobs: list[Job], folder: Path) -> None:
    listed: list[dict[str, Any]] = [
        {"path": str(job.path), "tile": job.tile, "bands": job.bands, "resampling": job.resampling} for job in jobs
    ]
    command = [environment("titiler") / "python", PROJECT / "benchmarks" / "peers" / "rio_tiler_tiles.py", folder]
    subprocess.run(command, input=json.dumps(listed), text=True, check=True)


def pairs(jobs: list[Job]) -> Iterator[tuple[Job, Tile, Tile] | tuple[Job, str]]:
    """Our tile and rio-tiler's, or why there is none."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        theirs(jobs, folder)
        for number, job in enumerate(jobs):
            refused = folder / f"{number}.txt"
            try:
                mine = ours(job)
            except TilesError as error:
                yield job, f"ours: {error.code}" + (", rio-tiler: " + refused.read_text() if refused.exists() else "")
                continue
            if refused.exists():
                yield job, f"rio-tiler: {refused.read_text()}"
                continue
            stored = np.load(folder / f"{number}.npz")
            yield job, mine, (stored["values"], stored["mask"])


def main(arguments: list[str]) -> None:
    configure_gdal()
    resampling = arguments[0] if arguments else "bilinear"
    folder = shared_data() / "geo"
    chosen = [p for p in rasters(folder) if not arguments[1:] or any(word in str(p) for word in arguments[1:])]
    jobs: list[Job] = []
    for path in chosen:
        try:
            jobs += jobs_for(path, resampling)
        except TilesError as error:
            print(f"| {path.relative_to(folder)} | | not opened: {error.code} | | |")
    print(f"| raster | tile | mask % | PSNR dB ({resampling}) | equal % | |\n|---|---|---|---|---|---|")
    counts = Counter(_line(folder, *found) for found in pairs(jobs))
    print(f"\n{sum(counts.values())} tiles: {', '.join(f'{count} {what}' for what, count in counts.most_common())}")


def _line(folder: Path, job: Job, mine: "Tile | str", other: Tile | None = None) -> str:
    """Print a tile's line; what came out of it in a word."""
    place = f"| {job.path.relative_to(folder)} | {'/'.join(map(str, job.tile))} |"
    if isinstance(mine, str) or other is None:
        print(f"{place} | | | {mine} |")
        return "refused"
    verdict = compare(mine, other)
    agrees = verdict.agrees(job.resampling)
    judged = Judgement(True, "") if agrees else _judge(job, mine, other)
    print(f"{place} {verdict.mask:.2f} | {verdict.psnr:.1f} | {verdict.equal:.1f} | {judged.reason} |", flush=True)
    if agrees or judged.tied:
        return "agree" if agrees else "agree up to a tie"
    return "differ, ours is right" if judged.right else "differ"


def _judge(job: Job, mine: Tile, other: Tile) -> Judgement:
    source = open_source(reference(job.path))
    assert isinstance(source, RasterSource)
    try:
        return judge(
            source, web_mercator().tile(*job.tile), job.bands, mine=mine, other=other, resampling=job.resampling
        )
    except RuntimeError as error:
        return Judgement(False, str(error).replace(str(job.path), job.path.name)[:80])


if __name__ == "__main__":
    main(sys.argv[1:])
