"""The API's settings and limits, each with its reason."""

API_REQUESTS_PER_MINUTE = 3_000
"""Of one account, whatever the number of its tokens: twice what a program needs that hands in
pictures one by one as fast as one machine classifies them."""

API_ANONYMOUS_REQUESTS_PER_MINUTE = 300
"""Of one address without an account."""

API_TOKENS_PER_USER = 100
API_WEBHOOKS_PER_USER = 20

API_ARCHIVE_MAX_BYTES = 200 * 1024 * 1024
"""Of a zip archive, packed and unpacked."""

WEB_THREADS = 256
"""Clients that one web process serves at once. Most of them only wait, which costs a thread
and nothing else."""

WEB_PLACES = 8
"""Requests that work at once in one web process, and connections to the database that it holds."""

WEB_MAX_WAITING = 224
"""Clients of one web process that may wait for jobs; the threads beyond are for everybody else."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "project.api.authentication.TokenAuthentication",
        "project.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["project.api.authentication.ScopePermission"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "project.api.negotiation.AlwaysJson",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["project.api.parsers.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "project.api.schema.ApiSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "project.api.problems.exception_handler",
}

_DESCRIPTION = """\
Classify photographs by program. Every picture that is handed in makes a *job*, which ends exactly
once; ask for it, wait for it, follow its events, or be told by a webhook.

**Who calls.** `Authorization: Bearer vit_…`, with a token that a page of your account makes. A
browser that is signed in may call too, and sends `X-CSRFToken` with whatever changes something.

**Waiting.** `Prefer: wait=N` (RFC 7240) answers once the job has ended, after at most 60 seconds.
Whoever asks again sends the `ETag` as `If-None-Match`: 304 while nothing has changed, and
`Retry-After` says when to ask.

**Sending again.** With an `Idempotency-Key` the same request makes no second job or batch for 24
hours. The same key with other content is 422, and 409 while the first request is at work.

**Errors** are problem documents (RFC 9457) in the language of `Accept-Language`; `type` leads to a
page that explains the kind, `code` is its name for programs, `errors` names the fields.

**Limits.** `RateLimit-Policy` and `RateLimit` tell how many requests a minute you may send and how
many are left. 429 means that you have reached a limit, 503 that the site has; both come with
`Retry-After`.

**Lists** come in pages: follow `next`, or the header `Link`, until it is null.

**Request ids.** `X-Request-Id` is yours, the trace id of your `traceparent`, or a new one; the same
id stands in the site's logs.

**What changes.** Within v1 things are only added; ignore what you do not know. What is to go is
marked as deprecated here and announced a year ahead by `Deprecation` (RFC 9745) and `Sunset` (RFC
8594).
"""

SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Vitrina",
    "VERSION": "1.0.0",
    "DESCRIPTION": _DESCRIPTION,
    "LICENSE": {"name": "Apache-2.0"},
    "SCHEMA_PATH_PREFIX": r"/(api/v1|v2)",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "WEBHOOKS": ["worker.api.webhook_examples.MESSAGE"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "project.api.schema_hooks.complete_parameters",
        "project.api.schema_hooks.share_problems",
        "project.api.schema_hooks.share_headers",
        "project.api.schema_hooks.exemplify_fields",
    ],
    "SORT_OPERATION_PARAMETERS": False,
    "TAGS": [
        {"name": "services", "description": "What the site can do."},
        {"name": "jobs", "description": "One picture, one service, one result."},
        {"name": "batches", "description": "Many pictures at once."},
        {"name": "classify", "description": "The classes and models of the classification."},
        {"name": "webhooks", "description": "Be told when jobs end."},
        {"name": "account", "description": "You, your use and your tokens."},
        {
            "name": "probes",
            "description": (
                "Is the site alive, and can it serve? Beside these there are `/health/live`, "
                "`/health/ready`, which tells what is wrong, and `/metrics` for Prometheus."
            ),
        },
        {"name": "about", "description": "The API about itself."},
    ],
}

# --- Webhooks -------------------------------------------------------------------
WEBHOOK_THREADS = 16
"""Deliveries that one process sends at once."""

WEBHOOK_WINDOW = 2
"""Deliveries of one webhook that are under way at once, so that a slow one delays no other."""

WEBHOOK_SECONDS = 10
"""For a receiver to answer."""

WEBHOOK_LEASE_SECONDS = 60
"""A delivery that was handed out and not heard of for so long is handed out again."""

WEBHOOK_PAUSES: tuple[float, ...] = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds between the tries of a delivery: over about three days, as Standard Webhooks advises."""

WEBHOOK_JITTER = 0.2
"""The share by which a pause is longer or shorter, so that a receiver which comes back is not
met by everything at once."""

WEBHOOK_SECRET_OVERLAP_HOURS = 24
"""After a webhook's secret was renewed the one before signs too, so that a receiver can be given
the new one without losing a message."""

WEBHOOK_DELIVERIES_KEPT_DAYS = 30
