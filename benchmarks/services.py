"""Previews, regions, statistics, points and mosaics beside TiTiler and titiler-pgstac.

``python -m benchmarks.services [seconds] [row…]``: one table, the rows of a catalog last. Everyone has two workers and
the same block cache.
"""

import sys
from contextlib import ExitStack

from benchmarks import catalogs, data
from benchmarks.imagery import make_imagery
from benchmarks.latency import HEADER
from benchmarks.servers import serve
from tiles.sources.gdal_env import configure_gdal


def main(arguments: list[str]) -> None:
    seconds, words = float(arguments[0]) if arguments else 3.0, arguments[1:]
    configure_gdal()
    make_imagery()
    print(
        f"Beside TiTiler, and from the first row of an item or a mosaic beside titiler-pgstac:\n\n{HEADER}", flush=True
    )
    with ExitStack() as stack:
        ours, peer = (stack.enter_context(serve(name)) for name in ("geodata", "titiler"))
        data.lines(ours, peer, seconds=seconds, words=words)
    catalogs.lines(seconds=seconds, words=words)


if __name__ == "__main__":
    main(sys.argv[1:])
