"""Say for how long browsers, proxies and CDNs may keep a picture."""

# Seconds after its time that a picture may still be shown while its new version is fetched: nobody waits for that, and
# what has become private since is shown to strangers by caches for no longer.
STALE_SECONDS = 60


def cache_control(seconds: int, *, is_public: bool) -> str:
    """Return a `Cache-Control` header: what everybody may see is kept by shared caches as well."""
    if is_public:
        return f"public, max-age={seconds}, stale-while-revalidate={STALE_SECONDS}"
    return f"private, max-age={seconds}"
