"""Writes to models: add, switch, make default, roll back, remove. The check is in ``checking``."""

import uuid
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, BinaryIO

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts.audit import audit_record
from classify.models import UNCHECKED, Model, State
from classify.packages import directory_remove
from classify.selectors import DEFAULT_MODEL, model_before_default
from worker.models import Job

if TYPE_CHECKING:
    from worker.runtime.manifest import Manifest


OF_THE_SITE = "efficientnet-lite"
"""What the names of the models begin with that ``manage.py build_models`` makes."""


class ModelError(Exception):
    """What was asked of a model cannot be done.

    :param code: a key of ``classify.refusals.PROBLEMS``.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@transaction.atomic
def model_register(*, manifest: "Manifest") -> Model:
    """Note in the database that an artefact is installed; the first default becomes default."""
    model, _ = Model.objects.update_or_create(
        name=manifest.name,
        defaults={
            "version": manifest.version,
            "sha256": manifest.sha256,
            "engine": manifest.engine,
            "input_size": manifest.input_size,
            "licence": manifest.licence,
            "source": str(manifest.source),
        },
    )
    no_default = not Model.objects.filter(is_default=True).exists()
    if no_default and model.name == DEFAULT_MODEL:
        model.is_default = True
        model.save(update_fields=["is_default"])
    return model


def model_add(
    *,
    name: str,
    upload: BinaryIO | None,
    file_name: str,
    recipe: Mapping[str, Any],
    classes: Sequence[Mapping[str, Any]] = (),
    application: str = "",
    version: str = "1",
    licence: str = "",
) -> Model:
    """Take in a model that is to be checked. Nobody can use it before.

    :param upload: its file; ``None`` for a network of keras.applications.
    :param recipe: ``size``, ``crop``, ``mean``, ``std`` and ``output``.
    :param classes: of ``classify.labels``; none for the 1,000 of ImageNet.
    :raises ModelError: when the name is taken by a model that has ever been ready.
    """
    if name.startswith(OF_THE_SITE):
        raise ModelError("name_taken")
    stored = ""
    if upload is not None:
        stored = default_storage.save(f"models/{name}/{uuid.uuid4().hex}.upload", File(upload))
    try:
        with transaction.atomic():
            _forget_refused(name)
            model = Model(
                name=name,
                version=version,
                licence=licence,
                source=(application or _last_part(file_name))[:200],
                input_size=recipe["size"],
                recipe=dict(recipe),
                classes=[dict(one) for one in classes],
                application=application,
                file=stored,
                enabled=False,
                state=State.WAITING,
            )
            model.save(force_insert=True)
            audit_record("model.added", target=_target(model), version=version)
    except BaseException as error:
        if stored:
            default_storage.delete(stored)
        if isinstance(error, IntegrityError):
            raise ModelError("name_taken") from error
        raise
    return model


def _last_part(name: str) -> str:
    """Return a file's name without a path."""
    return PurePath(name.replace("\\", "/")).name


def _forget_refused(name: str) -> None:
    """Make room for another try of a model that was refused: no result names it."""
    for model in Model.objects.filter(name=name, state=State.REFUSED):
        _file_delete(model)
        model.delete()


def _file_delete(model: Model) -> None:
    """Delete what was handed in, once the database has forgotten it."""
    if model.file.name:
        transaction.on_commit(lambda name=model.file.name: default_storage.delete(name))  # type: ignore[misc]


@transaction.atomic
def model_make_default(*, model: Model, event: str = "model.made_default") -> None:
    """Have a model run the jobs that name none from now on.

    Jobs that wait or run go on with the one that they were submitted with.

    :raises ModelError: when it is not ready, or the default already.
    """
    others = Model.objects.filter(is_default=True).exclude(name=model.name)
    others.update(is_default=False, was_default_until=Now())
    changed = Model.objects.filter(name=model.name, state=State.READY, is_default=False)
    if not changed.update(is_default=True, enabled=True):
        raise ModelError("not_ready")
    audit_record(event, target=_target(model), version=model.version)


def model_roll_back() -> Model:
    """Make the model the default again that was it before.

    :raises ModelError: when there was none, or it is gone.
    """
    before = model_before_default()
    if before is None:
        raise ModelError("nothing_before")
    model_make_default(model=before, event="model.rolled_back")
    return before


def model_switch(*, model: Model, enabled: bool) -> bool:
    """Offer a model, or offer it no more; ``False`` when that cannot be.

    The default one has to be offered, and one that is not ready cannot. Jobs that have named a
    model are run all the same.
    """
    wanted = Model.objects.filter(name=model.name, state=State.READY, is_default=False)
    switched = wanted.update(enabled=enabled)
    if switched:
        event = "model.enabled" if enabled else "model.disabled"
        audit_record(event, target=_target(model), version=model.version)
    return bool(switched)


def model_check_again(*, model: Model) -> bool:
    """Have a refused model checked once more; ``False`` when it is not refused."""
    waiting = Model.objects.filter(name=model.name, state=State.REFUSED).update(
        state=State.WAITING, check_attempts=0, refusal="", detail=""
    )
    if waiting:
        audit_record("model.check_asked", target=_target(model), version=model.version)
    return bool(waiting)


@transaction.atomic
def model_remove(*, model: Model) -> None:
    """Delete a model's files; of one that has been ready the name stays, as results have it.

    :raises ModelError: when it is on, comes with the site, is being checked, or jobs wait for it.
    """
    found = Model.objects.select_for_update().get(name=model.name)
    if found.enabled:
        raise ModelError("still_on")
    if not (found.file.name or found.application):
        raise ModelError("comes_with_the_site")
    if Job.objects.filter(model=found.name, finished_at__isnull=True).exists():
        raise ModelError("jobs_wait")
    if found.state == State.CHECKING:
        raise ModelError("being_checked")
    _file_delete(found)
    if found.state in {*UNCHECKED, State.REFUSED}:
        found.delete()
    else:
        Model.objects.filter(name=found.name).update(
            state=State.REMOVED, file="", was_default_until=None
        )
        transaction.on_commit(lambda: directory_remove(model.name))
    audit_record("model.removed", target=_target(model), version=model.version)


def _target(model: Model) -> str:
    return f"model:{model.name}"
