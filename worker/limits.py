"""What a picture may be like, for whoever checks before handing one in."""

from django.conf import settings

from worker.runtime.header import MAX_PIXELS, MAX_SIDE, MAX_WEBP_PIXELS, MIN_SIDE


def picture_limits() -> dict[str, int]:
    """Return the limits that a browser can check by itself, in bytes and pixels."""
    return {
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "max_pixels": MAX_PIXELS,
        "max_webp_pixels": MAX_WEBP_PIXELS,
        "max_side": MAX_SIDE,
        "min_side": MIN_SIDE,
    }
