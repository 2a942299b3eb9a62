"""For pytest: either engine by ``DATABASE_URL``, storage in a temporary folder, Redis where the tests started one."""

import tempfile
from pathlib import Path

from frontend.bundle import vite_settings
from geodata.settings import openid
from geodata.settings.base import *  # noqa: F403
from geodata.settings.base import INSTALLED_APPS, MIDDLEWARE, TILES, env
from geodata.settings.databases import broker, caches, database, storage

SECRET_KEY = "only-for-tests"  # noqa: S105
TESTING_DIR = env.str("GEODATA_TESTING_DIR", default="") or tempfile.mkdtemp(prefix="geodata-tests-")
DATABASES = {"default": database(env.str("DATABASE_URL", default=f"spatialite://{TESTING_DIR}/geodata.sqlite3"))}
# On disk, not in memory: worker processes and the live server's threads open the same database.
DATABASES["default"]["TEST"] = {"NAME": env.str("TEST_DATABASE_NAME", default="") or None}
if DATABASES["default"]["ENGINE"].endswith("spatialite"):
    DATABASES["default"]["TEST"]["NAME"] = f"{TESTING_DIR}/test.sqlite3"
SPATIALITE_LIBRARY_PATH = "mod_spatialite"
REDIS_URL = env.str("REDIS_URL", default="")
CACHES = (
    caches(REDIS_URL)
    if REDIS_URL
    else {
        name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}
        for name in ("default", "tiles")
    }
)
CELERY_BROKER_URL = broker(REDIS_URL) or "memory://"
STORAGES = {
    "default": storage(env.str("GEODATA_STORAGE_URL", default=f"file://{TESTING_DIR}/files")),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# WhiteNoise warns of a folder that isn't there, and in a fresh clone nothing has been collected yet.
STATIC_ROOT = Path(TESTING_DIR) / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# What is deleted is gone at once, where a test looks.
DELETED_KEPT_HOURS = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INGEST_ALLOW_PRIVATE = ["127.0.0.0/8"]
# Tests run in processes that nobody preloaded a gate into.
OUTER_FIREWALL = True
DATA_DIR = Path(TESTING_DIR)
# Pages render without a Node build; the browser's tests build one and switch this off.
DJANGO_VITE = vite_settings(dev_mode=True)
TILES = {**TILES, "copies": {"folder": f"{TESTING_DIR}/copies"}}

# Tests ask from one address; those of throttles set their own.
THROTTLES = dict.fromkeys(
    ("tiles", "searches", "search_seconds", "registrations", "ingests", "uploads", "failed_tokens"), ""
)

# A provider, so that its routes are there; tests that sign in start one and name it.
OIDC_ISSUER = "http://provider.invalid"
if openid.MIDDLEWARE not in MIDDLEWARE:
    INSTALLED_APPS += openid.APPS
    MIDDLEWARE.insert(-1, openid.MIDDLEWARE)
SOCIALACCOUNT_PROVIDERS = openid.providers(OIDC_ISSUER, name="Provider", client_id="geodata", secret=SECRET_KEY)
