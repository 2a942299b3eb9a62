"""What a test needs beside Python: told from where it lies and from its fixtures, so that nobody has to mark it."""

from pathlib import Path

import pytest
from django.db import connection

TESTS = Path(__file__).parent
# Fixtures that start a program, or take one that was started: Redis, an S3 server, a Celery worker, a site.
OF_SERVICES = {"redis_url", "redis_site", "object_store", "bucket", "file_server", "worker", "live_server", "example"}
OF_BROWSER = {"page", "context", "browser", "visitor"}
OF_DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}
# Folders and modules whose tests start programs of their own: PostGIS, whole sites, other projects, scripts.
PLACES_OF_SERVICES = (
    "e2e",
    "catalog/stac/outside",
    "geodata/confinement",
    "geodata/serving/test_server.py",
    "geodata/test_containers.py",
    "geodata/test_demo.py",
    "geodata/test_frozen_redis.py",
    "geodata/test_serve.py",
    "geodata/test_services.py",
    "geodata/test_settings.py",
    "geodata/test_setup_scripts.py",
    "geodata/test_spatialite.py",
    "geodata/test_supervision.py",
    "tiles/test_viewers.py",
)
# What goes through real files, chance, whole routes or the pictures of other programs, a second or more each time.
OF_PATIENCE = {"shared_data", "data_file"}
PLACES_OF_PATIENCE = (
    "catalog/api/test_schema.py",
    "catalog/extraction/test_cost.py",
    "catalog/extraction/test_one_engine.py",
    "catalog/stac/cql2/test_text.py",
    "catalog/stac/outside",
    "tiles/test_copies.py",
    "tiles/test_data_fuzz.py",
    "tiles/test_database_schemas.py",
    "tiles/test_every_grid.py",
    "tiles/test_every_route_fuzz.py",
    "tiles/test_failures.py",
    "tiles/test_ground.py",
    "tiles/test_hdf4.py",
    "tiles/test_hostile_slides.py",
    "tiles/test_large_image_source.py",
    "tiles/test_memory.py",
    "tiles/test_mixins.py",
    "tiles/test_mosaic.py",
    "tiles/test_mosaic_terrain.py",
    "tiles/test_odd_rasters.py",
    "tiles/test_package.py",
    "tiles/test_remote.py",
    "tiles/test_services.py",
    "tiles/test_slide_services.py",
    "tiles/test_terrain.py",
    "tiles/test_tile_fuzz.py",
    "tiles/test_zonal.py",
    "tiles/test_zonal_coverage.py",
)
# Whose subject is pixels, files or who may what: what they ask of a database, other tests ask of both kinds.
PLACES_OF_ANY_DATABASE = (
    "catalog/extraction",
    "catalog/scenes",
    "catalog/services/test_ingest_costs.py",
    "catalog/services/test_replaced_file.py",
    "catalog/services/test_transient.py",
    "catalog/services/test_uploaded_series.py",
    "catalog/stac/outside/test_schemathesis.py",
    "catalog/test_access_matrix.py",
    "catalog/test_imagery.py",
    "catalog/test_imagery_data.py",
    "catalog/test_mosaic_boxes.py",
    "catalog/test_mosaic_data.py",
    "catalog/test_mosaic_measures.py",
    "catalog/test_mosaic_parameters.py",
    "catalog/test_mosaic_services.py",
    "catalog/test_mosaics_fuzz.py",
    "catalog/test_remote_slides.py",
    "catalog/test_slide_imagery.py",
)


def marks_of(item: pytest.Item) -> set[str]:
    """Return the names of a test's marks, of ``services``, ``browser``, ``database``, ``any_database`` and ``slow``."""
    fixtures = set(getattr(item, "fixturenames", ()))
    place = item.path.relative_to(TESTS).as_posix()
    found = set()
    if fixtures & OF_BROWSER:
        found |= {"browser", "services"}
    if fixtures & OF_SERVICES or place.startswith(PLACES_OF_SERVICES):
        found.add("services")
    if fixtures & OF_PATIENCE or place.startswith(PLACES_OF_PATIENCE):
        found.add("slow")
    if place.startswith(PLACES_OF_ANY_DATABASE):
        found.add("any_database")
    if fixtures & OF_DATABASE or item.get_closest_marker("django_db"):
        found.add("database")
        if connection.vendor == "postgresql":
            found.add("services")
    return found
