"""Say for how long browsers, proxies and CDNs may keep a picture."""

# `Cache-Control`, by whether everybody may see the picture, which is kept by shared caches then. For 60 seconds after
# its time it may still be shown while its new version is fetched: nobody waits for that, and what has become private
# since is shown to strangers by caches for no longer.
CACHE_CONTROL = {
    True: "public, max-age={seconds}, stale-while-revalidate=60",
    False: "private, max-age={seconds}",
}
