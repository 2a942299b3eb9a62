"""Addresses that carry a signature, which changes while the file stays the same."""

import re
from urllib.parse import parse_qsl, urlsplit

# What the stores' signatures consist of: AWS (version 4, version 2), Google, Azure's shared access signatures,
# CloudFront. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html,
# https://learn.microsoft.com/en-us/rest/api/storageservices/create-service-sas
ALWAYS = re.compile(r"x-(amz|goog)-.+", re.IGNORECASE)
BY_SIGNATURE = {
    "Signature": frozenset({"AWSAccessKeyId", "GoogleAccessId", "Expires", "Signature", "Policy", "Key-Pair-Id"}),
    "sig": frozenset(
        {"sig", "sv", "st", "se", "sr", "sp", "si", "sip", "spr", "ss", "srt", "sks", "skt", "ske", "skv"}
        | {"skoid", "sktid", "sdd", "saoid", "suoid", "scid", "ses"}
    ),
}


def unsigned(href: str) -> str:
    """Return the address without its signature: the same for two that differ by nothing else."""
    query = urlsplit(href).query
    if href.startswith("s3://") or not query:
        return href
    names = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    parts = frozenset[str]().union(*(names_of for name, names_of in BY_SIGNATURE.items() if name in names))
    kept = [each for each in query.split("&") if not _is_signing(each.partition("=")[0], parts)]
    base = href.partition("?")[0]
    return f"{base}?{'&'.join(kept)}" if kept else base


def _is_signing(name: str, parts: frozenset[str]) -> bool:
    return name in parts or ALWAYS.fullmatch(name) is not None
