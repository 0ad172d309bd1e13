"""The bucket in which private files are; imported only where ``S3_BUCKET`` names one.

What the library raises becomes what Django's own storage would: :class:`FileNotFoundError`, or
:class:`project.media.StoreAwayError`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, wraps
from tempfile import SpooledTemporaryFile
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from project.media import StoreAwayError

LINK_SECONDS = 60
"""How long a link to a file works: long enough for the browser that was just sent there."""

MEMORY = 2**20
"""Bytes of a file that are read into memory; more than that goes to a temporary file."""


@contextmanager
def _as_files() -> Iterator[None]:
    """Raise what a storage on a disk would."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == 404:
            raise FileNotFoundError(str(error)) from error
        raise StoreAwayError(str(error)) from error
    except (BotoCoreError, Boto3Error, HTTPClientError) as error:
        raise StoreAwayError(str(error)) from error


def _told(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of the library that raises what a storage on a disk would."""

    @wraps(method)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with _as_files():
            return method(*args, **kwargs)

    return wrapped


class BucketStorage(S3Storage):  # type: ignore[misc]
    """A private bucket. No request waits long for it: what fails is tried once more."""

    public_endpoint: str | None

    def __init__(self, **options: Any) -> None:
        style = "path" if options.get("endpoint_url") else "virtual"
        config = Config(
            connect_timeout=2,
            read_timeout=4,
            retries={"mode": "standard", "total_max_attempts": 2},
            s3={"addressing_style": style},
            signature_version="s3v4",
            # Stores other than Amazon's do not all know the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(
            client_config=config,
            transfer_config=TransferConfig(use_threads=False),
            file_overwrite=False,
            max_memory_size=MEMORY,
            **options,
        )
        # A connection that a child shares with its parent would mix up their answers.
        os.register_at_fork(after_in_child=self._forget_connections)

    def get_default_settings(self) -> dict[str, Any]:
        """Return the library's defaults, and ours."""
        return {**super().get_default_settings(), "public_endpoint": None}

    def _forget_connections(self) -> None:
        self.__setstate__(self.__getstate__())

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        """Read a file: one request, and the whole file, as models and decoders jump around in it.

        :raises FileNotFoundError: when it is not there.
        """
        if mode != "rb":
            raise ValueError("Files in a bucket are written whole, with save().")
        content = SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115 - the file closes it
        try:
            with _as_files():
                key = self._normalize_name(name)
                self.bucket.Object(key).download_fileobj(content, Config=self.transfer_config)
        except BaseException:
            content.close()
            raise
        content.seek(0)
        return File(content, name)

    @cached_property
    def _signing(self) -> Any:
        """What signs links: it talks to nobody, and takes a tenth of a second to make."""
        return self._create_session().client(
            "s3",
            region_name=self.region_name,
            endpoint_url=self.public_endpoint or self.endpoint_url,
            config=self.client_config,
        )

    def link(self, name: str, *, content_type: str, disposition: str) -> str:
        """Return an address at which anybody can load a file for the next minute.

        What the browser is told of the file is part of the signature: it cannot be altered.
        """
        told = {
            "ResponseContentType": content_type,
            "ResponseContentDisposition": disposition,
            "ResponseCacheControl": "private, no-store",
        }
        key = {"Bucket": self.bucket_name, "Key": self._normalize_name(name)}
        with _as_files():
            address: str = self._signing.generate_presigned_url(
                "get_object", Params=key | told, ExpiresIn=LINK_SECONDS
            )
        return address

    _save = _told(S3Storage._save)  # noqa: SLF001 - that is how a storage is extended
    delete = _told(S3Storage.delete)
    exists = _told(S3Storage.exists)
    listdir = _told(S3Storage.listdir)
    size = _told(S3Storage.size)
    get_modified_time = _told(S3Storage.get_modified_time)
