"""Tiles as rio-tiler renders them; runs in its own environment.

Reads a JSON list of ``{"path", "tile": [z, x, y], "bands", "resampling"}`` from standard input, writes
``{number}.npz`` with ``values`` (bands, rows, columns) and ``mask`` into the folder of the first argument; what fails
is a ``{number}.txt`` with the reason.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from rio_tiler.io import Reader

warnings.simplefilter("ignore")


def main() -> None:
    folder = Path(sys.argv[1])
    for number, job in enumerate(json.load(sys.stdin)):
        z, x, y = job["tile"]
        # The one for reading decimates, the other reprojects.
        kernels = {"resampling_method": job["resampling"], "reproject_method": job["resampling"]}
        try:
            with Reader(job["path"]) as source:
                image = source.tile(x, y, z, tilesize=256, indexes=tuple(job["bands"]), **kernels)
        except Exception as error:  # noqa: BLE001 -- the reason goes into the table
            (folder / f"{number}.txt").write_text(f"{type(error).__name__}: {error}"[:200])
            continue
        # Its mask calls everything missing that isn't opaque; what it draws is by the alpha band.
        shown = (~image.array.mask).any(axis=0) if image.alpha_mask is None else np.asarray(image.alpha_mask) > 0
        np.savez(folder / f"{number}.npz", values=image.array.data, mask=shown)


if __name__ == "__main__":
    main()
