"""The whole site on one machine, with nothing to set: SpatiaLite, a local folder, a Redis of its own."""

import secrets
from contextlib import suppress

from geodata.settings.base import *  # noqa: F403
from geodata.settings.base import DATA_DIR, REDIS_TIMEOUT_SECONDS, env
from geodata.settings.databases import broker, caches, database, redis_socket, storage
from geodata.settings.environment import DATABASE, REDIS, STORAGE, make_folder

make_folder("GEODATA_DATA_DIR", DATA_DIR)


def _own_secret() -> str:
    path = DATA_DIR / "secret-key"
    if not path.exists():
        # Written aside and linked: of several processes that start together all read the same one, and a whole one.
        draft = DATA_DIR / f"secret-key.{secrets.token_hex(8)}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", default="") or _own_secret()
DATABASES = {
    "default": database(env.str("DATABASE_URL", default=f"spatialite://{DATA_DIR}/geodata.sqlite3", form=DATABASE))
}
SPATIALITE_LIBRARY_PATH = env.str("SPATIALITE_LIBRARY_PATH", default="mod_spatialite")

# A socket, not a port: nobody else's Redis is met by accident, and nobody on the network meets ours.
# Named, it is somebody's service; otherwise `manage.py serve` starts one.
REDIS_URL: str = env.str("REDIS_URL", default="", form=REDIS)
OWN_REDIS_SOCKET = None if REDIS_URL else redis_socket(DATA_DIR)
if OWN_REDIS_SOCKET:
    REDIS_URL = f"unix://{OWN_REDIS_SOCKET}"
CACHES = caches(REDIS_URL, timeout_seconds=REDIS_TIMEOUT_SECONDS)
CELERY_BROKER_URL = broker(REDIS_URL)

STORAGES = {
    "default": storage(env.str("GEODATA_STORAGE_URL", default=f"file://{DATA_DIR}/files", form=STORAGE)),
    "staticfiles": {"BACKEND": "geodata.addresses.StaticStorage"},
}
