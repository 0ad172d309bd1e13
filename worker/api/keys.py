"""Creates that may be sent again: a key makes one job, or one batch, and no second one."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.db import IntegrityError, transaction

from accounts.models import User
from project.api.idempotency import fingerprint
from project.api.problems import ProblemError
from worker.models import Batch, IdempotencyKey, Job

Made = TypeVar("Made", Job, Batch)


@dataclass(frozen=True)
class Once:
    """A create with its key, and with what tells its content from another's.

    Keys of the API are prefixed, so that they are not mistaken for those of the pages.
    """

    user: User
    key: str
    content: dict[str, Any]

    @property
    def _stored_key(self) -> str:
        digest = hashlib.sha256(self.key.encode()).hexdigest()
        return f"api:{digest}"

    def made(self) -> Job | Batch | None:
        """Return what the key has made before.

        :raises ProblemError: when the key was used for other content.
        """
        found = (
            IdempotencyKey.objects.filter(user=self.user, key=self._stored_key)
            .select_related("job", "batch__user")
            .first()
        )
        if found is None:
            return None
        if found.fingerprint != fingerprint(self.content):
            raise ProblemError("key_reused")
        return found.job or found.batch

    def note(self, made: Job | Batch) -> None:
        """Store the key; called in the transaction that stores what it makes.

        :raises KeyTakenError: when another request with the key was quicker.
        """
        kind = "job" if isinstance(made, Job) else "batch"
        try:
            with transaction.atomic():
                IdempotencyKey.objects.create(
                    user=self.user,
                    key=self._stored_key,
                    fingerprint=fingerprint(self.content),
                    **{kind: made},
                )
        except IntegrityError as error:
            raise KeyTakenError from error

    def create(self, create: Callable[[Callable[[Made], None]], Made]) -> tuple[Made, bool]:
        """Create something, or return what the same request has created before.

        :param create: called with what to do in the transaction of the create.
        :returns: it, and whether it was there before.
        :raises ProblemError: when the key was used for other content, or is being used.
        """
        made = self.made()
        if made is None:
            try:
                return create(self.note), False
            except KeyTakenError:
                made = self.made()
        if made is None:
            raise ProblemError("in_progress", headers={"Retry-After": "1"})
        return cast("Made", made), True


class KeyTakenError(Exception):
    """Another request with the same key was quicker."""
