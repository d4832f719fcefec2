"""Settings. Everything that differs between installations comes from the environment; see README for the names."""

import os
import secrets
import sqlite3
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from dragops_site import smtp
from dragops_site.supervisor.valkey import broker_url, socket_path

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("DRAGOPS_DATA_DIR") or Path.home() / ".dragops").expanduser().absolute()
TESTING = "pytest" in sys.modules


def _secret_key() -> str:
    """DRAGOPS_SECRET_KEY, else the key that `up` keeps in the data folder, else one that lasts for this process."""
    kept = DATA_DIR / "secret_key"
    if key := os.environ.get("DRAGOPS_SECRET_KEY"):
        return key
    try:
        return kept.read_text().strip()
    except OSError:
        return secrets.token_urlsafe(50)


def _encryption_keys() -> str:
    """DRAGOPS_ENCRYPTION_KEYS, else those that `up` keeps in the data folder. See `dragops_site.vault`."""
    if keys := os.environ.get("DRAGOPS_ENCRYPTION_KEYS"):
        return keys
    try:
        return (DATA_DIR / "encryption_key").read_text().strip()
    except OSError:
        return ""


def _count(name: str, default: int = 0) -> int:
    """A whole number from the environment; anything else ends the program with one clear line."""
    given = os.environ.get(name) or str(default)
    if not given.isdecimal():
        sys.exit(f"{name} must be a whole number, not {given!r}.")
    return int(given)


SECRET_KEY = _secret_key()
ENCRYPTION_KEYS = _encryption_keys()
# What `manage.py rotate_secrets` seals again.
SEALED_FIELDS = [
    ("deployments.WebhookSecret", "sealed"),
    ("deployments.EnvironmentSecret", "sealed"),
    ("deployments.Connection", "sealed"),
    ("deployments.Connection", "sealed_token"),
]
DEBUG = False
# The server is reached by names we cannot know; every absolute URL it prints comes from PUBLIC_URL or the request.
ALLOWED_HOSTS = [h for h in os.environ.get("DRAGOPS_ALLOWED_HOSTS", "*").split(",") if h]
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("DRAGOPS_TRUSTED_ORIGINS", "").split(",") if o]
HTTPS = os.environ.get("DRAGOPS_HTTPS", "") == "1"
PUBLIC_URL = os.environ.get("DRAGOPS_PUBLIC_URL", "http://localhost:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "dragops_site",
    "dragops_site.accounts",
    "patterns",
    "executions",
    "deployments",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "dragops_site.headers.Permissions",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "dragops_site.sessions.EndsSessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dragops_site.audit.KnowsTheAddress",
]

# A request to a webhook has no session, sends no form and sees no page.
WEBHOOK_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "dragops_site.headers.Permissions",
    "dragops_site.headers.Sandboxed",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dragops_site.audit.KnowsTheAddress",
]

ROOT_URLCONF = "dragops_site.urls"
WSGI_APPLICATION = "dragops_site.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": [
                "django.templatetags.static",
                "template_partials.templatetags.partials",
                "dragops_site.pagetags",
            ],
        },
    },
]


# --- Database -------------------------------------------------------------------------------------------------------
def _database() -> dict[str, Any]:
    """The database of DATABASE_URL, else a file in the data folder."""
    url = os.environ.get("DATABASE_URL", "")
    try:
        found = dj_database_url.parse(url or "sqlite:///", conn_max_age=60, conn_health_checks=True)
    except ValueError:
        found = {}
    if found.get("ENGINE") not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL must read like postgres://user:password@host:5432/name or sqlite:////path."
        )
    return dict(found) if url else {**found, "NAME": str(DATA_DIR / "dragops.sqlite3")}


DATABASES = {"default": _database()}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    if sqlite3.sqlite_version_info < (3, 35):  # what UPDATE … FROM … RETURNING needs
        raise ImproperlyConfigured(f"SQLite 3.35 or newer is needed; this Python has {sqlite3.sqlite_version}.")
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE takes the write lock at BEGIN, where SQLite waits for it; a lock upgraded later fails at once.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-20000;",
    }
    # A file, because the tests of the queue use several threads, each with its own connection.
    DATABASES["default"]["TEST"] = {"NAME": os.environ.get("DRAGOPS_TEST_DB", str(DATA_DIR / "test.sqlite3"))}
else:
    # A host that does not answer at all, or no more, must end in 503 too, not in a request that hangs.
    gone_after = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives_idle": 10, "keepalives_interval": 5}
    DATABASES["default"]["OPTIONS"] = {**gone_after, **DATABASES["default"].get("OPTIONS", {})}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Broker and rendezvous ------------------------------------------------------------------------------------------
REDIS_SOCKET = socket_path(DATA_DIR)
REDIS_URL = os.environ.get("REDIS_URL") or f"unix://{REDIS_SOCKET}"

CELERY_BROKER_URL = broker_url(REDIS_URL)
# A ring that cannot be delivered at once is given up; the sweeper rings again.
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 0, "connect_retries_timeout": 1, "socket_connect_timeout": 2}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "dragops"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker as long as it takes
# Celery would close a thread's connection to the database before and after each task, and a new one to PostgreSQL takes
# ten milliseconds; `dragops_site.celery` closes those that are old or broken.
CELERY_DB_REUSE_MAX = sys.maxsize
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE = {"sweep": {"task": "executions.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}}}

# --- Executions -----------------------------------------------------------------------------------------------------
EXECUTIONS = {
    "TIME_LIMIT_S": 300,
    "STEP_LIMIT": 10_000_000,
    "DEPTH_LIMIT": 1_000,  # open flow nodes within one run
    "CALL_DEPTH_LIMIT": 20,
    "LOG_ENTRIES": 10_000,  # a run keeps so many, and every effect and error besides
    "VALUE_BYTES": 64_000,  # of one value in the log; longer ones are cut and say so
    "RESULT_BYTES": 10_000_000,
    "CLAIM": 32,  # executions that one thread takes at once, when they are short
    "LEASE_S": 20,  # a worker unseen for so long is lost
    "RECOVERIES": 3,
}
RETENTION_DAYS = _count("DRAGOPS_RETENTION_DAYS", 30)  # of patterns that were never deployed; 0 for ever
WEBHOOK_BODY_BYTES = 10_000_000
WEBHOOK_WAIT_S = 30
CAPTURED_REQUESTS_KEPT = 20
REQUEST_LOG_EVERY_S = 0.5
HTTP_ALLOW = os.environ.get("DRAGOPS_HTTP_ALLOW", "")
HTTP_CA_FILE = os.environ.get("DRAGOPS_HTTP_CA_FILE", "")
HTTP_REQUEST_BYTES = 50_000_000
HTTP_RESPONSE_BYTES = 10_000_000

# --- Code -----------------------------------------------------------------------------------------------------------
CODE = {  # of one call of a Code node
    "SECONDS": _count("DRAGOPS_CODE_SECONDS") or 10,
    "MEMORY_MB": _count("DRAGOPS_CODE_MEMORY_MB") or 128,
    "PROCESSES": _count("DRAGOPS_CODE_PROCESSES") or max(2, os.cpu_count() or 2),  # of the sandbox, for each worker
    "RECURSION_DEPTH": 500,
    "PRINTED_CHARACTERS": 10_000,
}

# What the lower apps need from the ones above them, by name, so that imports go one way.
CALLEE_RESOLVER = "deployments.callees.live_version"
INTERFACE_RESOLVER = "deployments.callees.interfaces"
ENVIRONMENT_RESOLVER = "deployments.environments.environment_of"
CONNECTION_RESOLVER = "deployments.connections.connection_named"
CONNECTION_NAMES_RESOLVER = "deployments.connections.names"
SECRETS_RESOLVER = "deployments.known_secrets.secrets_known"
MASKS_KEPT_S = 1.0  # so long a process relies on the secrets that it knows
RETRY_POLICY_RESOLVER = "deployments.policies.retry_policy"
FAILURE_LISTENER = "deployments.failures.heard"
RERUN = "deployments.actions.rerun.rerun_each"  # of many at once
# What the clock calls, and how often: (name, seconds). Each is called by several processes, and decides by the database
# which of them acts; at idle it costs one cheap query.
CLOCKWORK: list[tuple[str, float]] = [
    ("deployments.schedules.dispatch", 0.5),
    ("deployments.timetable.tend", 3600),
    ("deployments.housekeeping.prune", 60),
    ("deployments.retention.prune", 10),
    ("executions.tally.roll", 30),
    ("deployments.trials.judge", 1),
    ("deployments.notices.send", 5),
    ("executions.actions.bulk.work", 1),
]

# --- Mail -----------------------------------------------------------------------------------------------------------
try:
    SMTP = smtp.read(os.environ.get("DRAGOPS_SMTP_URL", ""))
except ValueError as error:
    sys.exit(f"DRAGOPS_SMTP_URL cannot be used: {error}.")  # without the value, which may hold a password
EMAIL_HOST, EMAIL_PORT = SMTP.host, SMTP.port  # without a host no mail is sent
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = SMTP.user, SMTP.password
EMAIL_USE_TLS, EMAIL_USE_SSL = SMTP.starts_tls, SMTP.is_tls
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DRAGOPS_MAIL_FROM") or "dragops@localhost"

# --- People and security --------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3_600
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "sign-in"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:  # a name that browsers let no other host of the domain set
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SESSION_COOKIE_AGE = 86_400 * (_count("DRAGOPS_SESSION_DAYS") or 30)
SESSION_IDLE_S = 3_600 * (_count("DRAGOPS_SESSION_IDLE_HOURS") or 72)
PERMISSIONS_POLICY = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
SECURE_SSL_REDIRECT = False  # TLS ends at a proxy; it redirects.
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # the redirect, as above
    "security.W005",  # whether HSTS holds for the subdomains too, and is preloaded, only the domain's owner can say
    "security.W021",
]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20_000_000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],  # the nonce is for the rules that the editor's code fields make
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

# --- API ------------------------------------------------------------------------------------------------------------
API_CALLS_A_MINUTE = _count("DRAGOPS_API_CALLS_A_MINUTE", 6_000)  # of each person; 0 for no limit
OPEN_REGISTRATION = os.environ.get("DRAGOPS_OPEN_REGISTRATION", "") == "1"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "dragops_site.bearer.TokenAuthentication",
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["dragops_site.api_roles.HasRole"],
    "DEFAULT_PARSER_CLASSES": ["dragops_site.api_json.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["dragops_site.api_json.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "dragops_site.api_schema.EnvelopeSchema",
    "EXCEPTION_HANDLER": "dragops_site.api_errors.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,
    # Proxies in front of us whose X-Forwarded-For is believed; more would let callers name their own address.
    "NUM_PROXIES": _count("DRAGOPS_PROXIES"),
}

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "CHECK_REVOKE_TOKEN": True,  # a new password ends the tokens given for the old one
}

SPECTACULAR_SETTINGS = {
    "TITLE": "DRAGOPS API",
    "DESCRIPTION": "Patterns, their deployments and their runs.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api",
    "SERVE_PERMISSIONS": ["dragops_site.api_roles.HasRole"],
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
    "POSTPROCESSING_HOOKS": ["dragops_site.api_examples.add_examples"],
}

# --- Language, time, static files, logs -----------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
# Beside these folders lie the sources of what is in dist, which nobody needs to fetch.
STATICFILES_DIRS = [(name, BASE_DIR / "static" / name) for name in ("css", "js", "images", "dist")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("DRAGOPS_LOG_LEVEL", "INFO")},
}
