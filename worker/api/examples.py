"""Examples for the description of the API."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_ID = "019a9c0e-5d7e-7c3a-9f5e-0d6f0c1f2a3b"
_SITE = "https://vitrina.example"
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

_SUCCEEDED = _QUEUED | {
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

JOB = [OpenApiExample("A job that has succeeded", value=_SUCCEEDED, response_only=True)]
QUEUED_JOB = [OpenApiExample("A job that waits", value=_QUEUED, response_only=True)]
CREATE_JOB = [
    OpenApiExample(
        "A picture at an address",
        value={"image_url": "https://example.com/cat.jpg", "top_k": 2, "lang": "es"},
        request_only=True,
    ),
    OpenApiExample(
        "A picture in the document",
        value={"image": f"data:image/png;base64,{_PICTURE}", "min_score": 0.2},
        request_only=True,
    ),
]
CREATE_BATCH = [
    OpenApiExample(
        "Two pictures at addresses",
        value={"image_urls": ["https://example.com/cat.jpg", "https://example.com/dog.jpg"]},
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
