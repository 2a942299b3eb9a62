"""Make a STAC item of each URL by rio-stac, with metadata and statistics, in so many processes.

Reads URLs from standard input, one a line, after a line with the number of processes; prints seconds and CPU seconds.
"""

import json
import resource
import sys
import time
from multiprocessing import Pool

import rio_stac


def make(url: str) -> int:
    """Return the length of the item of one file, as JSON."""
    item = rio_stac.create_stac_item(
        url, collection="bench", asset_roles=["data"], with_proj=True, with_raster=True, with_eo=True
    )
    return len(json.dumps(item.to_dict(transform_hrefs=False)))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    processes, *urls = sys.stdin.read().split()
    with Pool(int(processes)) as pool:
        # Imports and the first connection are nobody's rate.
        pool.map(make, urls[: 4 * int(processes)], chunksize=1)
        start = time.perf_counter()
        pool.map(make, urls, chunksize=4)
        seconds = time.perf_counter() - start
        pool.close()
        pool.join()
    print(json.dumps({"seconds": seconds, "cpu": _cpu() * len(urls) / (len(urls) + 4 * int(processes))}))
