"""The same site on as many machines as it takes: PostGIS, Redis and S3, all named by the environment."""

from geodata.settings.base import *  # noqa: F403
from geodata.settings.base import REDIS_TIMEOUT_SECONDS, SILENCED_SYSTEM_CHECKS, env
from geodata.settings.databases import broker, caches, database, storage
from geodata.settings.environment import DATABASE, REDIS, SECRET, STORAGE

SECRET_KEY = env.str("SECRET_KEY", form=SECRET)
DATABASES = {"default": database(env.str("DATABASE_URL", form=DATABASE))}
REDIS_URL = env.str("REDIS_URL", form=REDIS)
CACHES = caches(REDIS_URL, timeout_seconds=REDIS_TIMEOUT_SECONDS)
CELERY_BROKER_URL = broker(REDIS_URL)
STORAGES = {
    "default": storage(env.str("GEODATA_STORAGE_URL", form=STORAGE)),
    "staticfiles": {"BACKEND": "geodata.addresses.StaticStorage"},
}

# A proxy in front speaks HTTPS with the world, and says so in this header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
HTTPS_ONLY: bool = env.bool("GEODATA_HTTPS_ONLY", default=True)
SECURE_SSL_REDIRECT = HTTPS_ONLY
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
SECURE_HSTS_SECONDS: int = env.int("GEODATA_HSTS_SECONDS", default=3600)
# Subdomains and browsers' lists are other people's as well: a proxy that speaks for the whole domain may say more.
SILENCED_SYSTEM_CHECKS = [*SILENCED_SYSTEM_CHECKS, "security.W005", "security.W021"]
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
