"""Encrypt what opens a storage, by a key that is derived from the site's own secret."""

import base64
import os
from collections.abc import Mapping

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from catalog.errors import CatalogError

PURPOSE = b"catalog.storages.secrets"
# What a storage may be given, and the ends of the variables that have it.
NAMES = (
    *("access_key_id", "secret_access_key", "session_token"),
    *("username", "password", "token"),
    *("account", "account_key"),
)


def encrypt(values: Mapping[str, str]) -> str:
    """Return the values as they are kept; nothing of nothing."""
    return _cipher().encrypt(orjson.dumps(dict(values))).decode() if values else ""


def decrypt(text: str) -> dict[str, str]:
    """Return what was kept. Raises CatalogError where the site has another secret by now."""
    if not text:
        return {}
    try:
        values: dict[str, str] = orjson.loads(_cipher().decrypt(text.encode()))
    except InvalidToken:
        raise CatalogError(
            "What opens the storage was encrypted with another SECRET_KEY: give it again.", code="secrets_unreadable"
        ) from None
    return values


def from_environment(prefix: str) -> dict[str, str]:
    """Return credentials that variables have: of `ARCHIVE` those of `ARCHIVE_ACCESS_KEY_ID` and so on."""
    found = {name: os.environ.get(f"{prefix}_{name.upper()}", "") for name in NAMES}
    return {name: value for name, value in found.items() if value}


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str | bytes) -> bytes:
    material = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(
        key if isinstance(key, bytes) else key.encode()
    )
    return base64.urlsafe_b64encode(material)
