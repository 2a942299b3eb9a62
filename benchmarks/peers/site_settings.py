"""The whole site as in production, but for HTTPS and the cache of rendered tiles: what is measured is rendering."""

import os

os.environ.setdefault("SECRET_KEY", "benchmark")
os.environ.setdefault("GEODATA_HTTPS_ONLY", "false")
# A line for each request, as the peers: none.
os.environ.setdefault("LOG_LEVEL", "WARNING")

from geodata.settings.production import *  # noqa: F403
from geodata.settings.production import TILES

TILES = {**TILES, "cache_alias": ""}
