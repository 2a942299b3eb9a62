"""Connections by URL: SpatiaLite or PostGIS, Redis, local folder or S3, and GDAL's view of the same S3."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

# A socket's path fits into 108 bytes on Linux and 104 on macOS, its closing zero included.
SOCKET_PATH_MAX_BYTES = 103


def spatialite(path: Path | str) -> dict[str, Any]:
    """Return the settings of one file, written by several processes at once: readers go on, and writers queue."""
    return {
        "ENGINE": "geodata.spatialite",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=30000;",
        },
    }


def database(url: str) -> dict[str, Any]:
    """Return Django's settings of ``spatialite:///path`` or ``postgis://user:password@host:port/name``."""
    parts = urlsplit(url)
    if parts.scheme == "spatialite":
        return spatialite(parts.path)
    config: dict[str, Any] = environ.Env.db_url_config(url)
    config["ENGINE"] = "django.contrib.gis.db.backends.postgis"
    config.setdefault("CONN_MAX_AGE", 60)
    config.setdefault("CONN_HEALTH_CHECKS", True)
    # Seconds: a machine that is gone, not only a server that is down, shall not hold requests for minutes.
    config.setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
    return config


def storage(url: str) -> dict[str, Any]:
    """Return django-storages' settings of ``file:///folder`` or ``s3://bucket/prefix?endpoint_url=…``."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": parts.path}}
    if parts.scheme == "s3":
        options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        options |= {"bucket_name": parts.netloc, "location": parts.path.strip("/")}
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {**options, "file_overwrite": False, "default_acl": None},
        }
    raise ValueError(f"GEODATA_STORAGE_URL is {url!r}: it begins with file:// or s3://")


def redis_socket(data_dir: Path) -> Path:
    """Return the path of the site's own Redis socket: in the data folder, or a short one where that is too long."""
    path = data_dir / "redis.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_MAX_BYTES:
        return path
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"geodata-{os.getuid()}-{name}" / "redis.sock"


def caches(redis_url: str, *, timeout_seconds: float = 0.3) -> dict[str, Any]:
    """Return small shared facts (`default`) and rendered tiles (`tiles`), in one Redis under two key prefixes."""
    shared = {"BACKEND": "geodata.redis_cache.RedisCache", "LOCATION": redis_url}
    options = {"timeout_seconds": timeout_seconds}
    return {
        "default": {**shared, "KEY_PREFIX": "geodata-default", "OPTIONS": options},
        "tiles": {
            **shared,
            "KEY_PREFIX": "geodata-tiles",
            "OPTIONS": {**options, "serializer": "geodata.redis_cache.BytesSerializer"},
        },
    }


def broker(redis_url: str) -> str:
    """Return Celery's name of the same Redis: it spells sockets in its own way."""
    return redis_url.replace("unix://", "redis+socket://", 1)


def gdal_s3(endpoint_url: str, *, unsigned: bool) -> dict[str, str]:
    """Return GDAL's configuration for the S3 that boto3 is told of; both read the credentials from the environment."""
    options = {"AWS_NO_SIGN_REQUEST": "YES" if unsigned else "NO"}
    if endpoint_url:
        scheme, _, host = endpoint_url.partition("://")
        options |= {
            "AWS_S3_ENDPOINT": host.rstrip("/"),
            "AWS_HTTPS": "YES" if scheme == "https" else "NO",
            # Servers other than AWS seldom have a host name per bucket.
            "AWS_VIRTUAL_HOSTING": "FALSE",
        }
    return options


def check_buckets(buckets: list[str], *, endpoint_url: str, signed: bool) -> None:
    """Raise ImproperlyConfigured for a site whose accounts would read every bucket that its own keys open.

    A server on this machine is somebody's trial, whose buckets are their own.
    """
    local = urlsplit(endpoint_url).hostname in {"127.0.0.1", "::1", "localhost"}
    if signed and "*" in buckets and not local:
        raise ImproperlyConfigured(
            "GEODATA_INGEST_BUCKETS names every bucket (*), and AWS_ACCESS_KEY_ID is set: each account could ingest "
            "whatever these keys may read. Name the buckets that hold imagery, such as imagery-*."
        )
