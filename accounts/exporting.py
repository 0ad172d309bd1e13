"""Exports of everything that the site holds of a person. The sweeper makes them, aside.

One that is broken off, as its process ended, is made again from the start once its lease is over.
"""

import logging
import tempfile
import zipfile
from datetime import timedelta
from typing import IO
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone, translation

from accounts.audit import audit_record
from accounts.export_model import DataExport
from accounts.models import User
from accounts.personal import Entry, personal_parts

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 3
LEASE = timedelta(minutes=5)
TOLD_EVERY = 50
"""Files after which it is noted how far an export is."""


class ExportRefusedError(Exception):
    """One is being made, or there were enough for today."""


class _LostError(Exception):
    """The export is somebody else's by now, or gone."""


def exports_of(user: User) -> QuerySet[DataExport]:
    """Return the exports of a user, newest first."""
    return DataExport.objects.filter(user=user).order_by("-id")


def export_request(*, user: User, origin: str) -> DataExport:
    """Have everything exported that the site holds of a user.

    :param origin: the site's address, for the link in the message.
    :raises ExportRefusedError: when one is being made, or there were enough for today.
    """
    day_ago = timezone.now() - timedelta(days=1)
    if exports_of(user).filter(created_at__gt=day_ago).count() >= settings.EXPORTS_PER_DAY:
        raise ExportRefusedError
    try:
        with transaction.atomic():
            export = DataExport.objects.create(user=user, origin=origin)
            audit_record("export.asked", user=user, target=f"export:{export.id}")
    except IntegrityError as error:
        raise ExportRefusedError from error
    return export


def export_delete(*, export: DataExport) -> None:
    """Delete an export with its zip, be it finished or not."""
    default_storage.delete(export.path)
    export.delete()


def exports_expire() -> int:
    """Delete the exports that have been kept long enough; return how many."""
    old = list(DataExport.objects.filter(expires_at__lt=Now())[:100])
    for export in old:
        export_delete(export=export)
    return len(old)


def export_make_next() -> bool:
    """Make the export that has waited longest; ``False`` when none does."""
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())
    waiting = DataExport.objects.filter(free, finished_at=None, user__is_active=True)
    export = waiting.select_related("user").order_by("id").first()
    if export is None or not _claim(export):
        return False
    if export.attempts > ATTEMPTS_MAX:
        _finish(export, failed=True)
        logger.error("export %s has failed %d times", export.id, ATTEMPTS_MAX)
        return True
    try:
        _make(export)
    except _LostError:
        logger.info("export %s is not wanted any more", export.id)
    return True


def _claim(export: DataExport) -> bool:
    """Take an export, unless another process has been quicker."""
    mine = DataExport.objects.filter(pk=export.pk, attempts=export.attempts, finished_at=None)
    export.attempts += 1
    return bool(mine.update(attempts=export.attempts, lease_expires_at=Now() + LEASE, done=0))


def _mine(export: DataExport) -> QuerySet[DataExport]:
    return DataExport.objects.filter(pk=export.pk, attempts=export.attempts, finished_at=None)


def _make(export: DataExport) -> None:
    """Write a zip and store it, then tell."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=settings.DATA_DIR) as scratch:
        with translation.override(export.user.language or settings.LANGUAGE_CODE):
            _write(export, scratch)
        size = scratch.tell()
        scratch.seek(0)
        default_storage.delete(export.path)  # of an attempt that ended just before its own end
        default_storage.save(export.path, File(scratch))
    if not _finish(export, size=size):
        default_storage.delete(export.path)
        raise _LostError
    logger.info("export %s is ready: %d bytes", export.id, size)
    _tell(export)


def _write(export: DataExport, scratch: IO[bytes]) -> None:
    """Write all parts into a zip, and note how far it is."""
    _note(export, total=sum(part.count(export.user) for part in personal_parts()))
    done = 0
    with zipfile.ZipFile(scratch, "w", allowZip64=True) as archive:
        for part in personal_parts():
            for entry in part.entries(export.user):
                done += _add(archive, entry)
                if done % TOLD_EVERY == 0:
                    _note(export, done=done)
    scratch.seek(0, 2)


def _add(archive: zipfile.ZipFile, entry: Entry) -> int:
    """Add a file; one that is deleted before its first byte is read is left out."""
    info = zipfile.ZipInfo(entry.name, date_time=timezone.now().timetuple()[:6])
    info.compress_type = zipfile.ZIP_STORED if entry.packed else zipfile.ZIP_DEFLATED
    parts = iter(entry.parts)
    try:
        first = next(parts, b"")
    except FileNotFoundError:
        return 1
    with archive.open(info, "w", force_zip64=True) as file:
        file.write(first)
        for part in parts:
            file.write(part)
    return 1


def _note(export: DataExport, **fields: int) -> None:
    """Note how far an export is, and hold it for a while longer."""
    if not _mine(export).update(lease_expires_at=Now() + LEASE, **fields):
        raise _LostError


def _finish(export: DataExport, *, failed: bool = False, size: int = 0) -> bool:
    """Note that an export is made, or never will be."""
    finished = _mine(export).update(
        finished_at=Now(),
        expires_at=Now() + settings.EXPORTS_KEPT,
        lease_expires_at=None,
        done=F("total"),
        failed=failed,
        size=size,
    )
    return bool(finished)


def _tell(export: DataExport) -> None:
    """Write to its owner, in their language; there is no request here to take addresses from."""
    origin = urlsplit(export.origin)
    context = {
        "user": export.user,
        "request": {"scheme": origin.scheme},
        "current_site": {"domain": origin.netloc},
        "url": f"{export.origin}{reverse('account_data')}",
        "days": settings.EXPORTS_KEPT.days,
    }
    with translation.override(export.user.language or settings.LANGUAGE_CODE):
        message = get_adapter().render_mail(
            "account/email/export_ready", export.user.email, context
        )
    try:
        message.send()
    except OSError:
        logger.exception("the message about export %s could not be sent", export.id)
