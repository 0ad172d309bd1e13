"""Teaches Schemathesis what a picture is, so that its jobs are ones that a worker could run."""

import base64
import io
import os
import uuid
from typing import Any

import schemathesis
from hypothesis import strategies
from PIL import Image


def picture(size: int, form: str) -> bytes:
    """Return a picture. Not the one of ``conftest``, which needs Django."""
    buffer = io.BytesIO()
    Image.new("RGB", (size, size)).save(buffer, form)
    return buffer.getvalue()


PICTURES = [picture(size, form) for size in (8, 20) for form in ("PNG", "JPEG", "WEBP")]

schemathesis.openapi.format("binary", strategies.sampled_from(PICTURES))
schemathesis.openapi.format(
    "data-url",
    strategies.sampled_from(PICTURES).map(
        lambda content: f"data:image/png;base64,{base64.b64encode(content).decode()}"
    ),
)
schemathesis.openapi.format("uri", strategies.just("https://127.0.0.1/private.jpg"))

OWN_TOKENS = os.environ.get("OWN_TOKENS", "").split()


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Let nobody revoke the token with which they call: all that follows would be 401."""
    if case.method == "DELETE" and case.path_parameters.get("token_id") in OWN_TOKENS:
        case.path_parameters["token_id"] = str(uuid.uuid4())
