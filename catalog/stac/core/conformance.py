"""What this API promises. A class is named here when all of it works."""

STAC_API = "https://api.stacspec.org/v1.0.0"
# Where items are searched.
PARTS = ("item-search", "ogcapi-features")
COLLECTION_SEARCH = "https://api.stacspec.org/v1.0.0-rc.1/collection-search"
FREE_TEXT = ("free-text", "advanced-free-text")
OGC_FEATURES = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"

OGC_TRANSACTIONS = "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf"
OGC_FILTER = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
CQL2_CLASSES = (
    "cql2-text",
    "cql2-json",
    "basic-cql2",
    "advanced-comparison-operators",
    "case-insensitive-comparison",
    "accent-insensitive-comparison",
    "basic-spatial-functions",
    "basic-spatial-functions-plus",
    "spatial-functions",
    "temporal-functions",
    "array-functions",
    "property-property",
    "arithmetic",
    # As they were called before CQL2 was final, which is what clients and validators still look for.
    "basic-spatial-operators",
    "spatial-operators",
    "temporal-operators",
    "array-operators",
)
CONFORMS_TO = (
    f"{STAC_API}/core",
    f"{STAC_API}/collections",
    f"{STAC_API}/ogcapi-features",
    f"{STAC_API}/item-search",
    f"{OGC_FEATURES}/core",
    f"{OGC_FEATURES}/oas30",
    f"{OGC_FEATURES}/geojson",
    *(f"{STAC_API}/{part}#{name}" for part in PARTS for name in ("fields", "query", "filter", "sort")),
    # Clients of today know Sort 1.0.0; the one in force is 1.1.0.
    *(f"https://api.stacspec.org/v1.1.0/{part}#sort" for part in PARTS),
    "https://api.stacspec.org/v1.0.0-rc.2/browseable",
    "https://api.stacspec.org/v1.0.0-rc.2/children",
    *(f"https://api.stacspec.org/v1.0.0-rc.1/{part}#{name}" for part in PARTS for name in FREE_TEXT),
    *(f"https://api.stacspec.org/v0.3.0/aggregation{part}" for part in ("", "#query", "#filter")),
    COLLECTION_SEARCH,
    *(f"{COLLECTION_SEARCH}#{name}" for name in (*FREE_TEXT, "filter", "query", "sort", "fields")),
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/simple-query",
    f"{OGC_FILTER}/filter",
    f"{OGC_FILTER}/features-filter",
    f"{OGC_FILTER}/queryables",
    *(f"{CQL2}/{name}" for name in CQL2_CLASSES),
    f"{STAC_API}/ogcapi-features/extensions/transaction",
    f"{STAC_API}/collections/extensions/transaction",
    f"{OGC_TRANSACTIONS}/create-replace-delete",
    f"{OGC_TRANSACTIONS}/update",
    f"{OGC_TRANSACTIONS}/features",
)
