"""Serves stored files to those whom a view lets see them: itself, or by the proxy in front."""

from collections.abc import Mapping
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import Storage
from django.http import FileResponse, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header

SAFE = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
"""No browser runs what is served, whatever it holds. A proxy that serves it has to say so again."""


def stored_file_response(
    storage: Storage,
    name: str | None,
    *,
    content_type: str,
    filename: str,
    download: bool = False,
    headers: Mapping[str, str] | None = None,
) -> HttpResponseBase:
    """Answer with a stored file that nobody may see without having been asked who they are.

    Where files are in a bucket and ``S3_DELIVERY`` says so, the browser is sent to the bucket with
    a link that works for a minute. Where ``MEDIA_INTERNAL_PATH`` is set, the proxy sends the file:
    it is told its name in a header that no client ever sees, and does not answer to the path
    otherwise.

    :raises FileNotFoundError: when it is not there.
    """
    if not name:
        raise FileNotFoundError
    disposition = content_disposition_header(download, filename) or "inline"
    if settings.MEDIA_LINKS:
        return _link_response(storage, name, content_type=content_type, disposition=disposition)
    kept = {"Cache-Control": "private, no-store"} | SAFE | dict(headers or {})
    if not settings.MEDIA_INTERNAL_PATH:
        return FileResponse(
            storage.open(name),
            as_attachment=download,
            content_type=content_type,
            filename=filename,
            headers=kept,
        )
    if not storage.exists(name):
        raise FileNotFoundError(name)
    response = HttpResponse(content_type=content_type, headers=kept)
    response["Content-Disposition"] = disposition
    response["X-Accel-Redirect"] = settings.MEDIA_INTERNAL_PATH + quote(name)
    return response


def _link_response(
    storage: Storage, name: str, *, content_type: str, disposition: str
) -> HttpResponseBase:
    """Send the browser to where the file is; nobody keeps the way."""
    if not storage.exists(name):
        raise FileNotFoundError(name)
    link: str = storage.link(  # type: ignore[attr-defined]
        name, content_type=content_type, disposition=disposition
    )
    headers = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
    return HttpResponseRedirect(link, headers=headers)
