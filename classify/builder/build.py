"""Builds artefacts: all or nothing, checked before they are put in place, skipped when sound."""

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any, Literal

from classify import table
from classify.builder.quiet import quiet
from worker.runtime.errors import ModelError
from worker.runtime.manifest import (
    EngineName,
    Manifest,
    Preprocessing,
    Source,
    artefact_sha256,
    read,
    verify,
)

VERSION = "1"
"""Version of all artefacts; raise it when a change here changes their numbers."""

LICENCE = "Apache-2.0"

_TEMPORARY_PREFIX = ".building-"

_SAME_ALWAYS = "Two builds with these versions give the same file."
_SAME_ON_ONE_CPU = (
    "Two builds with these versions on one kind of processor give the same file; on another the "
    "calibrated ranges may differ in the last digits."
)
_NEVER_THE_SAME = (
    "Two builds give the same scores but not the same checksum: TensorFlow numbers functions by "
    "what the process did before and writes these numbers into the SavedModel."
)


@dataclass(frozen=True)
class _Form:
    """One way to export a network."""

    engine: EngineName
    artefact: str
    reproducible: str


_FORMS = {
    "fp32": _Form("litert", "model.tflite", _SAME_ALWAYS),
    "int8": _Form("litert", "model.tflite", _SAME_ON_ONE_CPU),
    "savedmodel": _Form("tensorflow", "saved_model", _NEVER_THE_SAME),
}
_NETWORK_NAMES = ("efficientnet-lite0", "efficientnet-lite2")

MODEL_NAMES: tuple[str, ...] = tuple(
    f"{network}-{form}" for network in _NETWORK_NAMES for form in _FORMS
)
"""Every artefact that can be built."""

DEFAULT_NAMES: tuple[str, ...] = tuple(
    name for name in MODEL_NAMES if not name.endswith("-savedmodel")
)
"""The four that are built when none is named: those that the default engine serves."""


@dataclass(frozen=True)
class Progress:
    """What a build is doing.

    :ivar name: the artefact.
    :ivar step: ``kept`` (it was there and sound), ``building`` or ``built``.
    :ivar done: artefacts finished, this one included when it is.
    :ivar total: artefacts asked for.
    """

    name: str
    step: Literal["kept", "building", "built"]
    done: int
    total: int


def is_sound(directory: Path) -> bool:
    """Tell whether a directory holds a complete, unaltered artefact of this builder's version."""
    try:
        return verify(directory).version == VERSION
    except ModelError:
        return False


def build(
    names: Sequence[str],
    directory: Path,
    *,
    force: bool = False,
    report: Callable[[Progress], None] = lambda _: None,
) -> list[Manifest]:
    """Build artefacts into ``directory/<name>`` and return their manifests in the order of names.

    An artefact is built beside its place, loaded, tried on the golden photographs and only then
    moved in. Two builds of one directory wait for each other.

    :param names: of :data:`MODEL_NAMES`; none means :data:`DEFAULT_NAMES`.
    :param directory: created when missing.
    :param force: build also what is there and sound.
    :param report: called as the build proceeds.
    :raises ValueError: on an unknown name, a missing package, or weights that do not fit.
    :raises worker.runtime.errors.ModelError: when a built artefact fails its checks.
    """
    wanted = list(dict.fromkeys(names or DEFAULT_NAMES))
    if unknown := set(wanted) - set(MODEL_NAMES):
        raise ValueError(f"There is no model named {', '.join(sorted(unknown))}.")
    directory.mkdir(parents=True, exist_ok=True)
    with _exclusive(directory):
        missing = [name for name in wanted if force or not is_sound(directory / name)]
        try:
            _build_missing(wanted, missing, directory, report)
        except ImportError as error:
            raise ValueError(f"Building needs requirements/model.txt installed: {error}") from error
    return [read(directory / name) for name in wanted]


def _build_missing(
    wanted: Sequence[str],
    missing: Sequence[str],
    directory: Path,
    report: Callable[[Progress], None],
) -> None:
    done = 0
    for name in wanted:
        if name not in missing:
            done += 1
            report(Progress(name, "kept", done, len(wanted)))
    for network in _NETWORK_NAMES:
        frozen = None
        for name in (name for name in missing if name.startswith(f"{network}-")):
            report(Progress(name, "building", done, len(wanted)))
            frozen = frozen or _freeze(network)
            _build_one(name, network, frozen, directory)
            done += 1
            report(Progress(name, "built", done, len(wanted)))


@dataclass(frozen=True)
class _Frozen:
    """A network with its weights, ready to be exported."""

    model: Any
    function: Any
    preprocessing: Preprocessing
    source: Source


def _freeze(network_name: str) -> _Frozen:
    """Load a network's weights from its package."""
    with quiet():
        import keras

        from classify.builder.checkpoint import read_checkpoint
        from classify.builder.efficientnet_lite import NETWORKS, build_network
        from classify.builder.export import freeze
        from classify.builder.weights import load_weights

        network = NETWORKS[network_name]
        path = _checkpoint_path(network.package, network.file)
        keras.backend.clear_session()  # or names would count on from an earlier build
        model = build_network(network)
        load_weights(model, read_checkpoint(path))
        source = Source(
            network.package, version(network.package), network.file, artefact_sha256(path)
        )
        return _Frozen(model, freeze(model), Preprocessing(network.input_size), source)


def _checkpoint_path(package: str, file: str) -> Path:
    module = package.replace("-", "_")
    return Path(str(distribution(package).locate_file(f"{module}/models/{file}")))


def _build_one(name: str, network: str, frozen: _Frozen, directory: Path) -> None:
    """Build one artefact in a temporary directory, check it there, and move it into place."""
    from classify.builder.golden import check_golden
    from worker.runtime.model import Model

    form = _FORMS[name.removeprefix(f"{network}-")]
    with tempfile.TemporaryDirectory(prefix=_TEMPORARY_PREFIX, dir=directory) as temporary:
        place = Path(temporary) / name
        place.mkdir()
        _write(name, form, frozen, place)
        with quiet():
            check_golden(Model.open(place))
        _put_in_place(place, directory / name)


def _write(name: str, form: _Form, frozen: _Frozen, place: Path) -> None:
    artefact = place / form.artefact
    with quiet():
        created_by = _export(form, name, frozen, artefact)
    Manifest(
        name=name,
        version=VERSION,
        engine=form.engine,
        artefact=form.artefact,
        sha256=artefact_sha256(artefact),
        output="logits",
        preprocessing=frozen.preprocessing,
        class_ids=tuple(row.id for row in table.rows()),
        licence=LICENCE,
        source=frozen.source,
        created_by=created_by,
        reproducible=form.reproducible,
    ).write(place)


def _export(form: _Form, name: str, frozen: _Frozen, artefact: Path) -> dict[str, str]:
    """Write the artefact and return the versions of what wrote it."""
    import tensorflow as tf

    from classify.builder import export

    versions = {"tensorflow": str(tf.__version__), "keras": version("keras")}
    if name.endswith("-int8"):
        _export_int8(frozen, artefact)
        packages = ("numpy", "pillow", "scikit-image")
        return versions | {package: version(package) for package in packages}
    if form.engine == "tensorflow":
        export.export_saved_model(frozen.function, artefact)
    else:
        export.export_float32(frozen.function, artefact)
    return versions


def _export_int8(frozen: _Frozen, artefact: Path) -> None:
    from classify.builder.calibration import calibration_images
    from classify.builder.export import export_int8, freeze
    from classify.builder.rounding import round_weights
    from worker.runtime.preprocess import preprocess

    inputs = [preprocess([image], frozen.preprocessing) for image in calibration_images()]
    # Rounding is as good with two views of each photograph as with all eight, and quicker.
    rounded = round_weights(frozen.model, inputs[::4])
    export_int8(freeze(rounded), inputs, artefact)


def _put_in_place(built: Path, target: Path) -> None:
    """Move a finished artefact to its place, and what was there out of the way first."""
    if target.exists():
        target.rename(built.with_name("replaced"))  # removed with the temporary directory
    built.rename(target)


@contextmanager
def _exclusive(directory: Path) -> Iterator[None]:
    """Let one build at a time into ``directory``, and clear away what a killed one left."""
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in directory.glob(f"{_TEMPORARY_PREFIX}*"):
            shutil.rmtree(leftover)
        yield
