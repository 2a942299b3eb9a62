"""How far our tiles agree with rio-tiler's, on every raster of the shared imagery: ``python -m benchmarks.agreement``.

Masks are compared pixel by pixel; values where both are valid and not next to an edge, as peak signal to noise ratio
over the range of the reference's values (bilinear), or as the share of equal pixels (nearest). Where the two differ, a
judge that approximates nothing says who is right: see `benchmarks.exactness`.
"""

import json
import math
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.environments import environment
from benchmarks.exactness import best_level, exact_warp
from benchmarks.places import PROJECT, shared_data
from tiles.description import zoom_range
from tiles.errors import TilesError
from tiles.gdal_env import configure_gdal
from tiles.grids import MERCATOR_EDGE, web_mercator
from tiles.limits import DEFAULT_LIMITS
from tiles.plan import make_plan
from tiles.raster import RasterSource
from tiles.references import SourceRef
from tiles.render import sample_area
from tiles.sources import open_source
from tiles.style import Style

SIDECARS = (".msk", ".ovr", ".rpb", ".aux.xml", ".json", ".txt")
LEAST_MASK, LEAST_PSNR, LEAST_EQUAL = 99.5, 35.0, 99.0
# Percent of pixels that have to be right by the judge.
LEAST_RIGHT = 99.9


@dataclass(frozen=True)
class Job:
    path: Path
    tile: tuple[int, int, int]
    bands: tuple[int, ...]
    resampling: str


@dataclass(frozen=True)
class Verdict:
    """``mask`` and ``equal`` in percent, ``psnr`` in dB (inf: identical), over ``pixels`` compared values."""

    mask: float
    psnr: float
    equal: float
    pixels: int


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
    bands = make_plan(source, Style()).indexes
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
    plan = make_plan(source, style)
    found = sample_area(source, web_mercator(), area, plan=plan, style=style, limits=DEFAULT_LIMITS)
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


def compare(mine: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> Verdict:
    mask = (mine[1] > 0) == (other[1] > 0)
    both = ((mine[1] > 0) & (other[1] > 0)).astype(np.uint8)
    interior = cv2.erode(both, np.ones((9, 9)), borderValue=1) > 0
    a, b = mine[0][:, interior].astype(np.float64), other[0][:, interior]
    b = np.abs(b).astype(np.float64) if np.iscomplexobj(b) else b.astype(np.float64)
    if a.size == 0:
        return Verdict(100 * mask.mean(), math.inf, 100.0, 0)
    shown = np.abs(other[0][:, both > 0]) if np.iscomplexobj(other[0]) else other[0][:, both > 0]
    peak = 255.0 if other[0].dtype == np.uint8 else max(float(np.ptp(shown.astype(np.float64))), 1e-9)
    error = float(np.mean((a - b) ** 2))
    psnr = math.inf if error == 0 else 10 * math.log10(peak**2 / error)
    return Verdict(100 * float(mask.mean()), psnr, 100 * float(np.isclose(a, b).mean()), a.size)


def verdicts(jobs: list[Job]) -> Iterator[tuple[Job, Verdict | str]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        theirs(jobs, folder)
        for number, job in enumerate(jobs):
            refused = folder / f"{number}.txt"
            if refused.exists():
                yield job, refused.read_text()
                continue
            stored = np.load(folder / f"{number}.npz")
            try:
                yield job, compare(ours(job), (stored["values"], stored["mask"]))
            except TilesError as error:
                yield job, f"ours: {error.code}"


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
    counts = Counter(_line(job, verdict, folder) for job, verdict in verdicts(jobs))
    print(f"\n{sum(counts.values())} tiles: {', '.join(f'{count} {what}' for what, count in counts.most_common())}")


def _line(job: Job, verdict: "Verdict | str", folder: Path) -> str:
    """Print a tile's line; what came out of it in a word."""
    place = f"| {job.path.relative_to(folder)} | {'/'.join(map(str, job.tile))} |"
    if isinstance(verdict, str):
        print(f"{place} | | | {verdict} |")
        return "refused"
    alike = verdict.psnr >= LEAST_PSNR if job.resampling != "nearest" else verdict.equal >= LEAST_EQUAL
    agrees = alike and verdict.mask >= LEAST_MASK
    right, reason = (True, "") if agrees else _judge(job)
    print(f"{place} {verdict.mask:.2f} | {verdict.psnr:.1f} | {verdict.equal:.1f} | {reason} |", flush=True)
    return "agree" if agrees else "differ, ours is right" if right else "differ"


def _judge(job: Job) -> tuple[bool, str]:
    source = open_source(reference(job.path))
    assert isinstance(source, RasterSource)
    area = web_mercator().tile(*job.tile)
    values, mask = ours(job)
    try:
        if job.resampling == "nearest":
            share, level = best_level(source, area, values, mask > 0, job.bands)
            return share >= LEAST_RIGHT, f"{share:.2f} % of ours are the pixels of level {level} at their exact places"
        found = [compare((values, mask), exact_warp(source, area, job.bands, overviews=one)) for one in (True, False)]
    except RuntimeError as error:
        return False, str(error)[:80]
    best = max(found, key=lambda one: (one.mask >= LEAST_MASK, min(one.psnr, 99)))
    right = best.mask >= LEAST_MASK and best.psnr >= LEAST_PSNR
    return right, f"ours and GDAL's exact warp: mask {best.mask:.2f} %, {best.psnr:.1f} dB"


if __name__ == "__main__":
    main(sys.argv[1:])
