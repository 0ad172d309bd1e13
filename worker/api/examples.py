"""Examples for the description of the API."""

import json
from typing import Any

from drf_spectacular.utils import OpenApiExample

from project.api.schema import EXAMPLE_ID as _ID
from project.api.schema import EXAMPLE_SITE as _SITE
from project.api.schema import example_page
from worker.failures import message

_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

# Eight grey pixels in a square, so that the example works.
_PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAIAQMAAAD+wSzIAAAAA1BMVEUAAACnej3aAAAAC0lEQVR42mNg"
    "QAUAABAAAaoZ+IIAAAAASUVORK5CYII="
)

_QUEUED: dict[str, Any] = {
    "id": _ID,
    "service": "classify",
    "model": {"name": "efficientnet-lite2-int8", "version": None, "sha256": None},
    "status": "queued",
    "lane": "interactive",
    "parameters": {"top_k": 2},
    "output": None,
    "error": None,
    "timings": {"queued_ms": None, "decode_ms": None, "predict_ms": None, "total_ms": None},
    "attempts": 0,
    "created_at": "2026-05-04T09:30:00.000000Z",
    "started_at": None,
    "finished_at": None,
    "expires_at": "2026-05-05T09:30:00.000000Z",
    "image": {
        "name": "cat.jpg",
        "sha256": _SHA256,
        "width": 500,
        "height": 375,
        "format": "JPEG",
        "url": None,
    },
    "batch": None,
    "urls": {
        "self": f"{_SITE}/api/v1/jobs/{_ID}",
        "cancel": f"{_SITE}/api/v1/jobs/{_ID}/cancel",
        "events": f"{_SITE}/api/v1/jobs/{_ID}/events",
        "web": f"{_SITE}/jobs/{_ID}/",
    },
}

SUCCEEDED = _QUEUED | {
    "model": {"name": "efficientnet-lite2-int8", "version": "1", "sha256": _SHA256},
    "status": "succeeded",
    "output": {
        "predictions": [
            {
                "id": "n02123045",
                "index": 281,
                "name": "tabby cat",
                "score": 0.93,
                "parents": [{"id": "cat", "name": "cat"}],
            },
            {
                "id": "n02124075",
                "index": 285,
                "name": "Egyptian cat",
                "score": 0.04,
                "parents": [{"id": "cat", "name": "cat"}],
            },
        ],
    },
    "timings": {"queued_ms": 8.1, "decode_ms": 4.2, "predict_ms": 11.9, "total_ms": 31.5},
    "attempts": 1,
    "started_at": "2026-05-04T09:30:00.008100Z",
    "finished_at": "2026-05-04T09:30:00.031500Z",
    "image": _QUEUED["image"] | {"url": f"{_SITE}/api/v1/jobs/{_ID}/image"},
}

_CANCELED = _QUEUED | {"status": "canceled", "finished_at": "2026-05-04T09:30:02.400000Z"}

_FAILED = _CANCELED | {
    "status": "failed",
    "error": {"code": "broken_image", "message": str(message("broken_image"))},
}

JOB = [
    OpenApiExample("A job that has succeeded", value=SUCCEEDED, response_only=True),
    OpenApiExample("A job that has failed", value=_FAILED, response_only=True),
]
QUEUED_JOB = [OpenApiExample("A job that waits", value=_QUEUED, response_only=True)]
CANCELED_JOB = [OpenApiExample("A canceled job", value=_CANCELED, response_only=True)]
JOBS = [
    OpenApiExample("One job", value=example_page("jobs", SUCCEEDED), response_only=True),
]
EVENTS = [
    OpenApiExample(
        "The last event",
        value={"event": "succeeded", "id": "1-succeeded", "data": json.dumps(SUCCEEDED)},
        response_only=True,
    ),
]
_PARAMETERS = {
    "model": "efficientnet-lite2-int8",
    "top_k": 3,
    "min_score": 0.05,
    "lane": "interactive",
    "lang": "es",
}
_ADDRESSES = ["https://example.com/cat.jpg", "https://example.com/dog.jpg"]

CREATE_JOB_FORM = [
    OpenApiExample(
        "A file", value={"image": "(the file)", "top_k": 3, "lang": "es"}, request_only=True
    ),
    OpenApiExample(
        "With all that can be said", value={"image": "(the file)", **_PARAMETERS}, request_only=True
    ),
]
CREATE_JOB = [
    OpenApiExample(
        "A picture in the document",
        value={"image": f"data:image/png;base64,{_PICTURE}", "min_score": 0.2},
        request_only=True,
    ),
    OpenApiExample(
        "A picture at an address",
        value={"image_url": "https://example.com/cat.jpg", "top_k": 2, "lang": "es"},
        request_only=True,
    ),
    OpenApiExample(
        "With all that can be said",
        value={"image_url": "https://example.com/cat.jpg", **_PARAMETERS},
        request_only=True,
    ),
]
CREATE_BATCH_FORM = [
    OpenApiExample(
        "Two files", value={"images": ["(a file)", "(a file)"], "top_k": 1}, request_only=True
    ),
    OpenApiExample("An archive", value={"zip": "(the archive)"}, request_only=True),
    OpenApiExample(
        "Addresses, with all that can be said",
        value={"image_urls": _ADDRESSES, "service": "classify", **_PARAMETERS},
        request_only=True,
    ),
]
CREATE_BATCH = [
    OpenApiExample(
        "Two pictures at addresses",
        value={"image_urls": _ADDRESSES},
        request_only=True,
    ),
    OpenApiExample(
        "With all that can be said",
        value={"image_urls": _ADDRESSES, "service": "classify", **_PARAMETERS},
        request_only=True,
    ),
]
BATCH = [
    OpenApiExample(
        "A batch of three",
        value={
            "id": _ID,
            "service": "classify",
            "created_at": "2026-05-04T09:30:00.000000Z",
            "counts": {
                "queued": 1,
                "running": 1,
                "succeeded": 1,
                "failed": 0,
                "canceled": 0,
                "expired": 0,
            },
            "total": 3,
            "finished": 1,
            "urls": {
                "self": f"{_SITE}/api/v1/batches/{_ID}",
                "jobs": f"{_SITE}/api/v1/jobs?batch={_ID}",
            },
        },
        response_only=True,
    ),
]

_SERVICE = {
    "id": "classify",
    "name": "Classification",
    "parameters": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "top_k": {
                "type": "integer",
                "title": "Number of classes",
                "default": 5,
                "minimum": 1,
                "maximum": 100,
            },
        },
        "required": [],
    },
    "models": [
        {
            "name": "efficientnet-lite2-int8",
            "version": "1",
            "sha256": _SHA256,
            "is_default": True,
        },
    ],
    "urls": {
        "self": f"{_SITE}/api/v1/services/classify",
        "jobs": f"{_SITE}/api/v1/services/classify/jobs",
    },
}
SERVICE = [OpenApiExample("The classification", value=_SERVICE, response_only=True)]
SERVICES = [OpenApiExample("One service", value={"results": [_SERVICE]}, response_only=True)]

USAGE = [
    OpenApiExample(
        "After 120 pictures",
        value={
            "limits": {
                "requests_per_minute": 3000,
                "jobs_per_minute": 3000,
                "jobs_per_day": 50_000,
                "unfinished_jobs": 2500,
                "stored_bytes": 10_000_000_000,
                "image_bytes": 10_485_760,
                "images_per_batch": 50,
            },
            "used": {"jobs_today": 120, "unfinished_jobs": 3, "stored_bytes": 31_457_280},
            "days": [{"day": "2026-05-04", "jobs": 120}],
        },
        response_only=True,
    ),
]
