"""From coordinates to pixels and back, and what images and threads share of it."""

from threading import Thread

import numpy as np

from tiles.geo.georeference import TRANSFORMATIONS, AffineReference
from tiles.geo.grids import web_mercator
from tiles.sources.pool import POOL


def test_images_of_one_system_share_the_way_to_another(make):
    crs = web_mercator().crs
    TRANSFORMATIONS.between.cache_clear()
    for ref in (make(), make()):
        with POOL.lease(ref) as source:
            AffineReference(source.dataset, crs)
    assert TRANSFORMATIONS.between.cache_info().misses == 1


def test_reference_of_one_thread_used_by_another_finds_the_same_pixels(make):
    columns, rows = np.meshgrid(np.linspace(0, 100, 5), np.linspace(0, 100, 5))
    found = []
    with POOL.lease(make()) as source:
        reference = AffineReference(source.dataset, web_mercator().crs)
        x, y = reference.to_coordinates(columns, rows)
        thread = Thread(target=lambda: found.append(reference.to_pixels(x, y)))
        thread.start()
        thread.join()
    assert np.allclose(found, (columns, rows), atol=1e-6)
