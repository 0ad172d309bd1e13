"""Where private files are: in a folder of the host, or in a bucket of a store that speaks S3."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from project import environment


class StoreAwayError(OSError):
    """The store does not answer, or lets nobody in: a later try may go well."""


def media_storage(folder: Path) -> dict[str, Any]:
    """Return Django's entry for the storage of private files.

    :param folder: where they are without a bucket.
    :raises ImproperlyConfigured: when the bucket is configured by halves.
    """
    if not environment.S3_BUCKET:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": folder,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    if find_spec("storages") is None:
        text = "S3_BUCKET is set, but requirements/s3.txt is not installed (in images: EXTRAS=s3)."
        raise ImproperlyConfigured(text)
    if bool(environment.S3_ACCESS_KEY) != bool(environment.S3_SECRET_KEY):
        raise ImproperlyConfigured("Set both S3_ACCESS_KEY and S3_SECRET_KEY, or neither.")
    if not (environment.S3_ENDPOINT or environment.S3_REGION):
        raise ImproperlyConfigured("S3_BUCKET needs S3_ENDPOINT, or S3_REGION of Amazon's.")
    return {
        "BACKEND": "project.bucket.BucketStorage",
        "OPTIONS": {
            "bucket_name": environment.S3_BUCKET,
            "endpoint_url": environment.S3_ENDPOINT or None,
            "public_endpoint": environment.S3_PUBLIC_ENDPOINT or None,
            "region_name": environment.S3_REGION or "us-east-1",
            "access_key": environment.S3_ACCESS_KEY or None,
            "secret_key": environment.S3_SECRET_KEY or None,
        },
    }


def links_origin() -> list[str]:
    """Return the origin that browsers load pictures from besides the site's, if there is one."""
    if not environment.S3_BUCKET or environment.S3_DELIVERY == "proxied":
        return []
    endpoint = environment.S3_PUBLIC_ENDPOINT or environment.S3_ENDPOINT
    if not endpoint:
        return [f"https://{environment.S3_BUCKET}.s3.{environment.S3_REGION}.amazonaws.com"]
    parts = urlsplit(endpoint)
    return [f"{parts.scheme}://{parts.netloc}"]
