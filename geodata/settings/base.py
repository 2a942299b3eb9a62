"""What every place shares. Each variable is read once, with its type, default and reason."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
from corsheaders.defaults import default_headers
from kombu import Queue

from frontend.bundle import vite_settings
from geodata.settings import openid
from geodata.settings.databases import check_buckets, gdal_s3
from geodata.settings.environment import RATE, WEB, Environment, host_or_network
from geodata.settings.telling import LEVELS, log_settings
from tiles import __version__

# Lets Django's generic classes take their type arguments at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[2]
env = Environment(BASE_DIR / ".env")

# --- Where things are kept -------------------------------------------------------------------------------------------
# Folder of everything the embedded site writes: database, uploads, Redis' dump, logs, its secret.
DATA_DIR = Path(env.str("GEODATA_DATA_DIR", default=str(BASE_DIR / ".data"))).resolve()

# Seconds that one answer of Redis may take. Without it tiles are rendered anew, and beat sends the work later.
REDIS_TIMEOUT_SECONDS: float = env.float("GEODATA_REDIS_TIMEOUT_SECONDS", default=0.3, least=0.01)

# --- Django ----------------------------------------------------------------------------------------------------------
DEBUG: bool = env.bool("DEBUG", default=False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# The path below which a proxy serves the site (`/geodata`), if not at the root of its host.
SCRIPT_NAME: str = env.str("GEODATA_SCRIPT_NAME", default="")
CSRF_FAILURE_VIEW = "geodata.errors.csrf_failure"
ROOT_URLCONF = "geodata.urls"
WSGI_APPLICATION = "geodata.wsgi.application"
INSTALLED_APPS = [
    "geodata",
    "frontend",
    "catalog",
    "tiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_vite",
    "csp",
    "corsheaders",
    "axes",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.gis",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "geodata.pages_of_docs.StaticFilesMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "geodata.addresses.AbsoluteRedirects",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # The last, as it wants: it answers instead of a sign-in that is shut.
    "axes.middleware.AxesMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "frontend.documentation.documentation",
            ]
        },
    }
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
# GDAL 3.9 could fence in what references open. Here no user text reaches GDAL as a geometry's reference system.
SILENCED_SYSTEM_CHECKS = ["gis.W001"]
LOGIN_URL = "frontend:sign_in"
LOGIN_REDIRECT_URL = "frontend:home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- Signing in ------------------------------------------------------------------------------------------------------
# Proxies in front of the site that add the address they were asked from to X-Forwarded-For. 0: none, and what the
# header says is believed of nobody.
PROXIES: int = env.int("GEODATA_PROXIES", default=0)
# Wrong passwords for one name from one address, after which both together are shut out for so many minutes.
SIGN_IN_FAILURES: int = env.int("GEODATA_SIGN_IN_FAILURES", default=10, least=1)
SIGN_IN_PAUSE_MINUTES: int = env.int("GEODATA_SIGN_IN_PAUSE_MINUTES", default=15)
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = SIGN_IN_FAILURES
AXES_COOLOFF_TIME = timedelta(minutes=SIGN_IN_PAUSE_MINUTES)
# Of the pair: whoever shuts a name out by guessing does so for their own address alone.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "catalog.api.throttling.client_address"
AXES_LOCKOUT_CALLABLE = "geodata.errors.shut_out"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# Days after which a token ends by itself, unless its maker names another time.
TOKEN_DAYS: int = env.int("GEODATA_TOKEN_DAYS", default=90, least=1)
# Days that the record of who changed what is kept; 0: for ever.
AUDIT_DAYS: int = env.int("GEODATA_AUDIT_DAYS", default=730)
# Seconds that a signed URL may be good for: a month. It ends as well when its signer may no longer see what it shows.
SIGNATURE_MAX_SECONDS: int = env.int("GEODATA_SIGNATURE_MAX_SECONDS", default=31 * 24 * 3600)

# --- Signing in at an OpenID provider (Keycloak, Entra, Google, …) ----------------------------------------------------
# The provider's URL, below which `/.well-known/openid-configuration` lies; empty: people sign in by name and password
# alone. It sends people back to `/sign-in/openid/callback/`.
OIDC_ISSUER: str = env.str("GEODATA_OIDC_ISSUER", default="", form=WEB)
OIDC_CLIENT_ID: str = env.str("GEODATA_OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET: str = env.str("GEODATA_OIDC_CLIENT_SECRET", default="")
# As the button has it: "Sign in with …".
OIDC_NAME: str = env.str("GEODATA_OIDC_NAME", default="single sign-on")
# The claim that says which groups somebody is in, and which of its values are groups here: `value=group`, or the value
# alone where both are called alike. At each sign-in people are put into these and out of these; others are left alone.
OIDC_GROUPS_CLAIM: str = env.str("GEODATA_OIDC_GROUPS_CLAIM", default="groups")
OIDC_GROUPS: dict[str, str] = openid.claimed_groups(env.list("GEODATA_OIDC_GROUPS", default=[]))
# Whether the first sign-in of somebody whose address the provider calls verified takes the account that has it here.
OIDC_LINK_BY_EMAIL: bool = env.bool("GEODATA_OIDC_LINK_BY_EMAIL", default=False)
openid.check_client(OIDC_ISSUER, client_id=OIDC_CLIENT_ID, secret=OIDC_CLIENT_SECRET)
if OIDC_ISSUER:
    INSTALLED_APPS += openid.APPS
    MIDDLEWARE.insert(-1, openid.MIDDLEWARE)
SOCIALACCOUNT_PROVIDERS = openid.providers(
    OIDC_ISSUER, name=OIDC_NAME, client_id=OIDC_CLIENT_ID, secret=OIDC_CLIENT_SECRET
)
SOCIALACCOUNT_ADAPTER = "geodata.sign_in.ProviderAdapter"
SOCIALACCOUNT_ONLY = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = OIDC_LINK_BY_EMAIL
ACCOUNT_ADAPTER = "geodata.sign_in.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = False
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*"]

# Where `manage.py serve` listens. 127.0.0.1 is this machine only.
HOST: str = env.str("GEODATA_HOST", default="127.0.0.1")
PORT: int = env.int("PORT", default=8000, least=1, most=65535)

# --- Clients that are slow, requests that don't end -------------------------------------------------------------------
# Threads of each web process that wait for bodies, and for clients that read streams, at a time; beyond: 503.
WEB_BODY_THREADS: int = env.int("GEODATA_WEB_BODY_THREADS", default=16, least=1)
WEB_STREAM_THREADS: int = env.int("GEODATA_WEB_STREAM_THREADS", default=8, least=1)
# Bytes a second that a body has to come with after a grace period in seconds; otherwise: 408.
BODY_LEAST_BYTES_PER_SECOND: int = env.int("GEODATA_BODY_LEAST_BYTES_PER_SECOND", default=1024)
BODY_GRACE_SECONDS: float = env.float("GEODATA_BODY_GRACE_SECONDS", default=5.0)
# A web process is replaced that shows no sign of life for so many seconds (a C call that keeps the interpreter), holds
# one request for so many, or has requests in all of its threads and neither begins nor ends one for so many.
WEB_SILENCE_SECONDS: float = env.float("GEODATA_WEB_SILENCE_SECONDS", default=8.0, least=1)
WEB_REQUEST_SECONDS: float = env.float("GEODATA_WEB_REQUEST_SECONDS", default=60.0, least=1)
WEB_STALL_SECONDS: float = env.float("GEODATA_WEB_STALL_SECONDS", default=12.0, least=1)

# --- Static files: Vite's output is hashed already, WhiteNoise compresses and serves it ------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("GEODATA_STATIC_ROOT", default=str(BASE_DIR / "static")))

# The globe, served as npm has it. Its page alone loads it; a site without the folder has no such page.
CESIUM_DIR = BASE_DIR / "frontend" / "node_modules" / "cesium" / "Build" / "Cesium"
STATICFILES_DIRS = [("cesium", CESIUM_DIR)] if CESIUM_DIR.exists() else []

# Vite names each file by its content.
# The pages that `make docs` builds, which are served at `/docs/` if they are there.
DOCS_DIR: str = env.str("GEODATA_DOCS_DIR", default=str(BASE_DIR / "build" / "docs"))
WHITENOISE_IMMUTABLE_FILE_TEST = r"/frontend/dist/assets/.+-[\w-]{8}\.\w+$"
# The browser's bundle, which Vite built into `frontend/static/`.
DJANGO_VITE = vite_settings()

# --- Security of pages: nothing from elsewhere, no inline script or style --------------------------------------------
# An optional raster basemap, as an XYZ template (`https://host/{z}/{x}/{y}.png`); the built-in one needs no network.
BASEMAP_XYZ_URL: str = env.str("BASEMAP_XYZ_URL", default="")
_basemap_origins = ["/".join(BASEMAP_XYZ_URL.split("/")[:3])] if BASEMAP_XYZ_URL else []
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:", *_basemap_origins],
        "worker-src": ["'self'", "blob:"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'self'"],
        # The button to a provider is a form, which is sent on to it.
        "form-action": ["'self'", *([openid.origin(OIDC_ISSUER)] if OIDC_ISSUER else [])],
        "object-src": ["'none'"],
    }
}

# --- Other origins ---------------------------------------------------------------------------------------------------
# Web clients elsewhere (a STAC browser, a map) may read what anyone may, never with this site's cookies.
CORS_URLS_REGEX = r"^/(stac$|stac/|tiles/|api/files/.)"
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ("GET", "HEAD", "OPTIONS", "POST")
CORS_ALLOW_HEADERS = (*default_headers, "range", "if-none-match", "if-range")
CORS_EXPOSE_HEADERS = ("Accept-Ranges", "Content-Length", "Content-Range", "ETag", "Link", "Location", "Retry-After")

# --- API -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "catalog.api.authentication.TokenAuthentication",
        "catalog.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["catalog.api.parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "NUM_PROXIES": PROXIES,
    "EXCEPTION_HANDLER": "catalog.api.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# How often one may ask, by user or else by address: "100/day", with second, minute, hour or day; empty: as often as one
# likes. Pictures that no cache has, of which a map asks for two hundred at once; searches, and the seconds that the
# site spends on those that take long; searches that people without an account register, since each is kept; ingests;
# uploads; and tokens that there are not.
THROTTLES: dict[str, str] = {
    "tiles": env.str("GEODATA_THROTTLE_TILES", default="6000/minute", form=RATE),
    "searches": env.str("GEODATA_THROTTLE_SEARCHES", default="6000/minute", form=RATE),
    "search_seconds": env.str("GEODATA_THROTTLE_SEARCH_SECONDS", default="120/minute", form=RATE),
    "registrations": env.str("GEODATA_THROTTLE_REGISTRATIONS", default="100/day", form=RATE),
    "ingests": env.str("GEODATA_THROTTLE_INGESTS", default="2000/hour", form=RATE),
    "uploads": env.str("GEODATA_THROTTLE_UPLOADS", default="20000/hour", form=RATE),
    "failed_tokens": env.str("GEODATA_THROTTLE_FAILED_TOKENS", default="60/minute", form=RATE),
}
# Bytes of the largest JSON body: INGEST_MAX_SOURCES of the longest locations fit.
API_MAX_BODY_BYTES: int = env.int("GEODATA_API_MAX_BODY_BYTES", default=32 * 2**20)
SPECTACULAR_SETTINGS = {
    "TITLE": "Geodata",
    "DESCRIPTION": "Ingest cloud-hosted imagery, search it as STAC, see it as dynamic tiles.",
    "VERSION": __version__,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/(api|stac|tiles)/",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "tiles.rest.openapi.share_components",
    ],
}

# --- Ingest: what may be read ----------------------------------------------------------------------------------------
# URL schemes that sources may have.
INGEST_SCHEMES: list[str] = env.list("GEODATA_INGEST_SCHEMES", default=["http", "https", "s3"])
# Host patterns (`*.example.org`) that http(s) sources may have. Every public host by default.
INGEST_HOSTS: list[str] = env.list("GEODATA_INGEST_HOSTS", default=["*"])
# Bucket patterns that s3 sources may have.
INGEST_BUCKETS: list[str] = env.list("GEODATA_INGEST_BUCKETS", default=["*"])
# Hosts or networks (`127.0.0.1`, `10.1.0.0/16`) that may be read although they are private. None by default: the
# worker must not be a way into the network it runs in.
INGEST_ALLOW_PRIVATE: list[str] = env.list("GEODATA_INGEST_ALLOW_PRIVATE", default=[], check=host_or_network)
# Judge the address and port of each connection as it is made, redirects and changed names included: the gate, which
# set-up compiles and whoever starts a process preloads.
GATE: bool = env.bool("GEODATA_GATE", default=True)
# Services of the site's own on private addresses (`host:port`) that no other setting names: a proxy, an identity
# provider, a collector of logs.
GATE_SERVICES: list[str] = env.list("GEODATA_GATE_SERVICES", default=[])
# Whether something outside (a firewall, a network policy) keeps the site from private networks. Without the gate and
# without that, remote locations are ingested for staff alone.
OUTER_FIREWALL: bool = env.bool("GEODATA_OUTER_FIREWALL", default=False)
# Have the kernel keep web and worker processes to code, libraries, data and temporary folder (Landlock, Linux 5.13).
LANDLOCK: bool = env.bool("GEODATA_LANDLOCK", default=True)
# Files and folders that they may read besides: keys for `AWS_SHARED_CREDENTIALS_FILE`, certificates of the database.
LANDLOCK_READ: list[str] = env.list("GEODATA_LANDLOCK_READ", default=[])
# Bytes of the largest upload. 20 GiB holds a whole-slide image or an aerial mosaic.
UPLOAD_MAX_BYTES: int = env.int("GEODATA_UPLOAD_MAX_BYTES", default=20 * 2**30)
# Bytes of one user's uploads that no ingest has taken yet, and hours after which such an upload is removed.
UPLOAD_QUOTA_BYTES: int = env.int("GEODATA_UPLOAD_QUOTA_BYTES", default=100 * 2**30)
UPLOAD_UNUSED_HOURS: int = env.int("GEODATA_UPLOAD_UNUSED_HOURS", default=24)
# Hours for which the stored object of a file that was deleted is kept, so that a database that is restored finds it.
DELETED_KEPT_HOURS: int = env.int("GEODATA_DELETED_KEPT_HOURS", default=72)
# Days after its end that an ingest is remembered with its sources; 0: for ever.
INGEST_KEPT_DAYS: int = env.int("GEODATA_INGEST_KEPT_DAYS", default=180)
# Sources of one ingest request, and files that one prefix may list.
INGEST_MAX_SOURCES: int = env.int("GEODATA_INGEST_MAX_SOURCES", default=10_000, least=1)
INGEST_MAX_LISTED: int = env.int("GEODATA_INGEST_MAX_LISTED", default=1_000_000, least=1)
# Bytes of one STAC document that is read from elsewhere: a page of an API, a file of all items of a collection.
INGEST_STAC_MAX_BYTES: int = env.int("GEODATA_INGEST_STAC_MAX_BYTES", default=64 * 2**20)
# Links from one STAC document to the next that are followed.
INGEST_STAC_MAX_DEPTH: int = env.int("GEODATA_INGEST_STAC_MAX_DEPTH", default=32)
# Seconds one file, or the listing of one prefix, may take.
INGEST_TIME_LIMIT: int = env.int("GEODATA_INGEST_TIME_LIMIT", default=600, least=1)
# Processes that read files, of all workers together. Nobody has files in all of them, so that others don't wait.
INGEST_PROCESSES: int = env.int("GEODATA_INGEST_PROCESSES", default=3, least=1)
# Bytes of memory that one process of a worker may take. A file that needs more is refused as too large.
INGEST_MEMORY_BYTES: int = env.int("GEODATA_INGEST_MEMORY_BYTES", default=4 * 2**30, least=1)
# Seconds after which a worker that gave no sign of life is taken for dead, and its file is tried again.
INGEST_LEASE_SECONDS: int = env.int("GEODATA_INGEST_LEASE_SECONDS", default=30, least=1)
# How often a source is tried again whose store fails for a moment, and the seconds before the first of these; each
# pause is three times the one before.
INGEST_RETRIES: int = env.int("GEODATA_INGEST_RETRIES", default=6)
INGEST_RETRY_SECONDS: float = env.float("GEODATA_INGEST_RETRY_SECONDS", default=5.0)
# How often one file is tried before it counts as failed: the first time, and after two lost workers.
INGEST_MAX_ATTEMPTS: int = env.int("GEODATA_INGEST_MAX_ATTEMPTS", default=3, least=1)

# --- Searches as layers ----------------------------------------------------------------------------------------------
# Searches that one user may have registered at a time: each may have its overviews kept up to date.
# Bytes of one that is registered. Its id is asked for with every tile.
SEARCH_MAX_BYTES: int = env.int("GEODATA_SEARCH_MAX_BYTES", default=64 * 2**10)
SEARCHES_PER_USER: int = env.int("GEODATA_SEARCHES_PER_USER", default=1000)

# Who sends stored files to those who download them: "stream" this process, "nginx" the one before it
# (X-Accel-Redirect, see packaging/nginx), "presigned" the bucket itself, where clients reach it.
DOWNLOADS: str = env.str("GEODATA_DOWNLOADS", default="stream", among=("stream", "nginx", "presigned"))

# --- S3 --------------------------------------------------------------------------------------------------------------
# Credentials come as boto3 and GDAL read them: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION.
# An S3-compatible server's URL (MinIO, Ceph, moto); empty for AWS.
AWS_ENDPOINT_URL: str = env.str("AWS_ENDPOINT_URL", default="", form=WEB)
# Read public buckets without signing. On when no key is given.
AWS_NO_SIGN_REQUEST: bool = env.bool("AWS_NO_SIGN_REQUEST", default=not env.str("AWS_ACCESS_KEY_ID", default=""))
check_buckets(INGEST_BUCKETS, endpoint_url=AWS_ENDPOINT_URL, signed=not AWS_NO_SIGN_REQUEST)

# --- Rendering: `tiles.conf` reads these -----------------------------------------------------------------------------
TILES: dict[str, Any] = {
    "gdal": gdal_s3(AWS_ENDPOINT_URL, unsigned=AWS_NO_SIGN_REQUEST),
    # HDF5 and some slides in buckets and on web servers are read from local copies, of others what they say of their
    # tiles is kept: all processes of a machine share it.
    "copies": {
        "folder": env.str("GEODATA_COPIES_DIR", default=str(DATA_DIR / "copies")),
        # Bytes of all copies, those longest unused going first, and of one image.
        "total_bytes": env.int("GEODATA_COPIES_MAX_BYTES", default=20 * 2**30),
        "image_bytes": env.int("GEODATA_COPY_MAX_BYTES", default=8 * 2**30),
    },
    # Path of an elevation model (metres above the ellipsoid) that places images by RPC; without: their mean height.
    "rpc_dem": env.str("GEODATA_RPC_DEM", default=""),
    # Of items, mosaics and footprints alike: all of them take `datetime`.
    "conformance": ("http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/datetime",),
}

# --- Workers ---------------------------------------------------------------------------------------------------------
CELERY_TASK_QUEUES = [Queue(name) for name in ("ingest", "dispatch", "overviews")]
CELERY_TASK_DEFAULT_QUEUE = "dispatch"
_SLOW = ("refresh_overviews", "verify_file", "verify_some_files", "tally_missing")
CELERY_TASK_ROUTES = {
    "catalog.tasks.process_source_task": {"queue": "ingest"},
    **{f"catalog.tasks.{name}_task": {"queue": "overviews"} for name in _SLOW},
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # The database re-dispatches; a poisonous file must not loop in the broker.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = INGEST_TIME_LIMIT + 30
CELERY_TASK_SOFT_TIME_LIMIT = INGEST_TIME_LIMIT
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500  # GDAL's and codecs' memory goes back to the system now and then.
# Who hands work over waits no longer for a broker that is away: the beat sends again what it missed.
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
# Whether the nightly comparison of database and storage deletes what nothing names, or only logs it.
CONSISTENCY_REPAIRS: bool = env.bool("GEODATA_CONSISTENCY_REPAIRS", default=False)
# Bytes of stored files that are read again and compared each hour (0: none), and days until a file's turn comes again.
VERIFY_BYTES_PER_HOUR: int = env.int("GEODATA_VERIFY_BYTES_PER_HOUR", default=2 * 2**30)
VERIFY_EVERY_DAYS: int = env.int("GEODATA_VERIFY_EVERY_DAYS", default=30, least=1)
# A message of the beat's that nobody took by the next one is of no use: the next one does the same.
CELERY_BEAT_SCHEDULE = {
    name: {"task": f"catalog.tasks.{task}", "schedule": seconds, "options": {"expires": seconds}}
    for name, task, seconds in (
        ("redispatch-lost-sources", "redispatch_lost_sources_task", 10.0),
        ("start-due-crawls", "start_due_crawls_task", 10.0),
        ("remove-unused-uploads", "remove_unused_uploads_task", 3600.0),
        ("delete-dropped-objects", "delete_dropped_objects_task", 600.0),
        ("prune-audit", "prune_audit_task", 24 * 3600.0),
        ("refresh-overviews", "refresh_all_overviews_task", 60.0),
        ("tally-missing", "tally_missing_task", 60.0),
        ("check-consistency", "check_consistency_task", 24 * 3600.0),
        ("remove-old-jobs", "remove_old_jobs_task", 24 * 3600.0),
        ("verify-files", "verify_some_files_task", 3600.0),
    )
}

# --- What the site says of itself ------------------------------------------------------------------------------------
# Sent as a bearer token, it lets a collector read `/metrics`; empty: staff alone may.
METRICS_TOKEN: str = env.str("GEODATA_METRICS_TOKEN", default="")
# "line" for people; "json" for machines: an object a line, with the id of the request that led to it.
LOG_FORMAT: str = env.str("GEODATA_LOG_FORMAT", default="line", among=("line", "json"))
# Workers log as the site does, not in Celery's own way.
CELERY_WORKER_HIJACK_ROOT_LOGGER = LOG_FORMAT == "line"
LOGGING = log_settings(LOG_FORMAT, level=env.str("LOG_LEVEL", default="INFO", among=LEVELS))
